"""The portal's forms: three questions, and an order."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from itsm.tickets.models import LONGEST_BODY
from people.models import Service

# What people say, and what it means: impact, urgency.
URGENCY = {
    "nuisance": (_("It is a nuisance, I can work"), "low", "low"),
    "slower": (_("I can work, but slower or not on everything"), "low", "medium"),
    "stopped": (_("I cannot work"), "low", "high"),
    "many": (_("Several of us cannot work"), "medium", "high"),
}
MOST_RADIOS = 16


class ReportForm(forms.Form):
    """What is it, which service, how urgent."""

    what = forms.CharField(
        label=_("What gets in your way?"),
        max_length=250,
        error_messages={"required": _("Say in a few words what it is about.")},
    )
    more = forms.CharField(
        label=_("Anything that helps us: what you did, what you saw"),
        max_length=LONGEST_BODY,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    service = forms.ChoiceField(
        label=_("What is it about?"), required=False, widget=forms.RadioSelect
    )
    urgency = forms.ChoiceField(
        label=_("How urgent is it?"),
        choices=[(key, words[0]) for key, words in URGENCY.items()],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the one that fits best.")},
    )

    def __init__(self, *args: Any, services: list[Service], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._services = {service.slug: service for service in services}
        choices = [(s.slug, s.name) for s in services]
        field: Any = self.fields["service"]
        if len(choices) > MOST_RADIOS:
            field.widget = forms.Select()
        field.choices = [*choices, ("", _("I am not sure"))]

    def given(self) -> dict[str, Any]:
        """The answers as `report` takes them."""
        _words, impact, urgency = URGENCY[self.cleaned_data["urgency"]]
        return {
            "title": self.cleaned_data["what"],
            "description": self.cleaned_data["more"],
            "service": self._services.get(self.cleaned_data["service"]),
            "impact": impact,
            "urgency": urgency,
        }


class OrderForm(forms.Form):
    """What we need to know to give it to you."""

    more = forms.CharField(
        label=_("What do you need it for, and is there anything to know?"),
        max_length=LONGEST_BODY,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
