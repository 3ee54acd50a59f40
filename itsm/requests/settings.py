"""The catalogue in settings."""

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from itsm.requests import actions
from itsm.requests.models import Offering
from people.forms import PersonField, SettingsForm
from people.models import Service, Team
from people.pages import kinds
from processes.durations import WORKING_DAY
from processes.words import length

HOUR = timedelta(hours=1)


class OfferingForm(SettingsForm):
    """Something people can order. The promise is typed in hours."""

    name = forms.CharField(label=T("Name"), max_length=200)
    description = forms.CharField(
        label=T("What one gets"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    service = forms.ModelChoiceField(
        Service.objects.filter(is_active=True).order_by("name"),
        label=T("Service"),
        required=False,
        empty_label=T("None"),
    )
    team = forms.ModelChoiceField(
        Team.objects.filter(is_active=True).order_by("name"),
        label=T("Team that fulfils it"),
        required=False,
        empty_label=T("None"),
    )
    promise = forms.FloatField(
        label=T("Promised within, in hours"),
        min_value=0.05,
        max_value=5000,
        help_text=T("Eight hours are a working day."),
    )
    approval = forms.ChoiceField(
        label=T("Whose yes it needs"), choices=Offering.Approval.choices, required=False
    )
    approver = PersonField(
        label=T("Who says yes"),
        required=False,
        help_text=T("By e-mail: the data owner or the person of human resources."),
    )
    tasks = forms.CharField(
        label=T("Steps, one a line"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    is_active = forms.BooleanField(label=T("Can be ordered"), required=False)

    @classmethod
    def initial_of(cls, row: Offering) -> dict[str, Any]:
        """Hours and lines, as they are typed."""
        values = super().initial_of(row)
        values["promise"] = round(row.promise / HOUR, 2)
        values["tasks"] = "\n".join(row.tasks)
        return values

    def clean_tasks(self) -> list[str]:
        """The lines that say something."""
        lines = [line.strip() for line in self.cleaned_data["tasks"].splitlines()]
        if any(len(line) > 200 for line in lines):
            raise forms.ValidationError(_("A step has at most 200 characters."))
        return [line for line in lines if line]

    def given(self) -> dict[str, Any]:
        """The promise as a duration."""
        values = dict(self.cleaned_data)
        values["promise"] = timedelta(seconds=round(values["promise"] * 3600))
        return values


def _rows(q: str) -> QuerySet[Offering]:
    rows = Offering.objects.filter(name__icontains=q)
    return rows.select_related("service", "team")


def register() -> None:
    """Put the catalogue among the settings."""
    kinds.register(
        kinds.Kind(
            slug="offerings",
            title=T("Offerings"),
            one=T("offering"),
            teaches=T("An offering is something people order in the portal."),
            rows=_rows,
            head=[
                *(T("Name"), T("Service"), T("Team"), T("Within"), T("Needs a yes")),
                T("Note"),
            ],
            cells=lambda o: [
                o.service.name if o.service else "",
                o.team.name if o.team else "",
                length(o.promise, day=WORKING_DAY),
                o.get_approval_display() if o.approval else "",
                "" if o.is_active else _("Not offered"),
            ],
            form=OfferingForm,
            create=actions.create_offering,
            change=actions.change_offering,
            subject="offering",
            verb="offering.change",
            owned=lambda o, user: bool(o.service and o.service.owner_id == user.pk),
            order=45,
        )
    )
