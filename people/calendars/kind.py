"""Calendars in settings: their list."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from core.reader import language
from people.calendars import actions, holidays, queries, year
from people.calendars.models import Calendar
from people.forms import SettingsForm
from people.pages import kinds
from people.pages.kinds import PROMISES, Kind


def _rows(q: str) -> QuerySet[Calendar]:
    return queries.with_newest(Calendar.objects.filter(name__icontains=q))


def _cells(row: Any) -> list[Any]:
    country, region = row.content["country"], row.content["region"]
    place = holidays.place_name(country, region, language() or "") if country else ""
    note = _("Default") if row.is_default else "" if row.is_active else _("Not in use")
    return [
        year.week_words(row.content["hours"]),
        row.content["time_zone"],
        place,
        note,
    ]


CALENDARS = Kind(
    slug="calendars",
    title=T("Calendars"),
    one=T("calendar"),
    teaches=T(
        "A calendar says when people work. Without a default one, promises count "
        "around the clock."
    ),
    rows=_rows,
    head=[T("Name"), T("Hours"), T("Time zone"), T("Public holidays"), T("Note")],
    cells=_cells,
    form=SettingsForm,  # a calendar has a page and a form of its own
    create=actions.create_calendar,
    change=actions.change_calendar,
    subject="calendar",
    see="calendar.see",
    verb="calendar.change",
    order=46,
    group=PROMISES,
)


def register() -> None:
    """Put them into settings."""
    kinds.register(CALENDARS)
