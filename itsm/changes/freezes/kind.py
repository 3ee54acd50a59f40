"""Freezes in settings: their list and form; and how the log knows them."""

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from core import subjects
from itsm.changes.calendar.words import span
from itsm.changes.freezes import actions, words
from itsm.changes.models import Change, Freeze
from people import history
from people.forms import SettingsForm
from people.models import Service, User
from people.pages import kinds
from people.policy import allows
from people.rotas.forms import MomentField

SEE = "freeze.see"


class FreezeForm(SettingsForm):
    """A freeze: when, for which services, how often, and what goes all the same."""

    many = ("services",)
    name = forms.CharField(
        label=T("Name"),
        max_length=200,
        help_text=T("What people read when they have to wait: ERP month end."),
    )
    reason = forms.CharField(label=T("Reason"), max_length=500, required=False)
    starts_at = MomentField(label=T("From"))
    ends_at = MomentField(label=T("Until"))
    repeat = forms.ChoiceField(
        label=T("Comes again"),
        choices=Freeze.Repeat.choices,
        required=False,
        help_text=T("A month end is counted from the last day of each month."),
    )
    until = forms.DateField(
        label=T("Last day on which it begins again"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    time_zone = forms.ChoiceField(
        label=T("Time zone"), help_text=T("It comes again by the clock there.")
    )
    services = forms.ModelMultipleChoiceField(
        Service.objects.filter(is_active=True).order_by("name"),
        label=T("Services"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=T("None ticked: every service."),
    )
    allows = forms.MultipleChoiceField(
        label=T("These go all the same"),
        choices=Change.Model.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    is_active = forms.BooleanField(label=T("In use"), required=False)

    def __init__(self, *args: Any, row: Freeze | None = None, **more: Any) -> None:
        here = timezone.get_current_timezone_name()
        if row is None:
            more.setdefault("initial", {"time_zone": here, "allows": ["emergency"]})
        super().__init__(*args, row=row, **more)
        zones = {z for z in available_timezones() if "/" in z or z == "UTC"}
        zones |= {here, row.time_zone if row else here}
        zone: Any = self.fields["time_zone"]
        zone.choices = [(z, z) for z in sorted(zones)]
        if row is not None:
            services: Any = self.fields["services"]
            used = row.services.values("pk")
            services.queryset |= Service.objects.filter(pk__in=used)


def _rows(q: str) -> QuerySet[Freeze]:
    found = Q(name__icontains=q) | Q(services__name__icontains=q) if q else Q()
    return Freeze.objects.filter(found).distinct().prefetch_related("services")


def _cells(row: Freeze) -> list[Any]:
    names = sorted(one.name for one in row.services.all())
    return [
        span(row.starts_at, row.ends_at),
        words.repeat_words(row),
        ", ".join(names) or _("Every service"),
        words.allows_words(row.allows) or _("Nothing"),
        "" if row.is_active else _("Not in use"),
    ]


FREEZES = kinds.Kind(
    slug="freezes",
    title=T("Freezes"),
    one=T("freeze"),
    teaches=T(
        "In a freeze only the models of change that it names may go: at a month end, "
        "before a holiday, during a big sale."
    ),
    rows=_rows,
    head=[
        *(T("Name"), T("First time"), T("Comes again"), T("Services")),
        *(T("Goes all the same"), T("Note")),
    ],
    cells=_cells,
    form=FreezeForm,
    create=actions.create_freeze,
    change=actions.change_freeze,
    subject="freeze",
    key="pk",
    see=SEE,
    verb=actions.VERB,
    order=57,
    group=kinds.TICKETS,
)


def visible_to(user: User) -> QuerySet[Freeze]:
    """All of them, for those who work here."""
    rows = Freeze.objects.all()
    return rows if allows(user, SEE) else rows.none()


def _ids(ids: Iterable[int]) -> Mapping[int, str]:
    """They have no other name than their id."""
    return {pk: str(pk) for pk in ids}


def register() -> None:
    """Put them into settings, and make them known to the log."""
    kinds.register(FREEZES)
    subjects.register(
        subjects.SubjectType(
            name=Freeze.subject_type,
            visible_to=visible_to,
            numbers=_ids,
            url=lambda number: f"/settings/freezes/{number}/",
        )
    )
    history.say_choices(
        repeat=dict(Freeze.Repeat.choices), allows=dict(Change.Model.choices)
    )
    history.FIELDS |= {
        "repeat": T("Comes again"),
        "until": T("Last day on which it begins again"),
        "allows": T("These go all the same"),
        "reason": T("Reason"),
    }
