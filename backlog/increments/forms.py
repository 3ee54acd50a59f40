"""What is typed about an increment."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backlog.increments.models import Increment


class IncrementForm(forms.Form):
    """Its name, what it is for, and what those affected should know."""

    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("What people will call it.")
    )
    goal = forms.CharField(
        label=_("What it achieves"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    notes = forms.CharField(
        label=_("Notes for those affected"),
        max_length=5000,
        required=False,
        help_text=_("Who does what differently, from when, and where to ask."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class DecisionForm(forms.Form):
    """When, how and to whom."""

    release_on = forms.DateField(
        label=_("When"),
        required=False,
        help_text=_("Left empty: as soon as it is done."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    how = forms.ChoiceField(
        label=_("How"), choices=Increment.How.choices, widget=forms.RadioSelect
    )
    to_whom = forms.CharField(
        label=_("To whom"),
        max_length=250,
        required=False,
        help_text=_("The pilot group, or the teams in their order."),
    )


def decision_of(increment: Increment, data: Any = None) -> DecisionForm:
    """The form as it was decided last, or with what was sent."""
    initial = {
        "how": increment.how or Increment.How.ALL,
        "to_whom": increment.to_whom,
        "release_on": increment.release_on,
    }
    return DecisionForm(data, initial=initial)
