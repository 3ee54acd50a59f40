"""Agreements and calendars for tests: as values, and as rows."""

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from itsm.sla.book import read_targets
from itsm.sla.models import Agreement, Clock, ClockKind, ClockState
from itsm.sla.terms import CUSTOMER, Book, Entry, Hours, Question
from itsm.tickets.models import Ticket
from people.models import Calendar, CalendarVersion
from tests.cast import AT

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Hours(id=1, version=11, name="Office hours", zone=BERLIN)
TARGETS = {"P3": {"response": "PT1H", "update": "PT4H", "resolution": "P1D"}}
CONTENT = {
    "time_zone": "Europe/Berlin",
    "hours": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
}
_ids = count(1)


def an_entry(name: str = "Everybody", **fields: Any) -> Entry:
    """An agreement as a value; `targets` as a row keeps them."""
    values: dict[str, Any] = {
        "id": next(_ids),
        "slug": name.lower().replace(" ", "-"),
        "name": name,
        "kind": CUSTOMER,
        "service": None,
        "organisation": None,
        "type": "",
        "team": None,
        "hours": OFFICE,
        "around_the_clock": frozenset(),
        "targets": TARGETS,
        "valid_from": date(2026, 1, 1),
        "valid_until": None,
        **fields,
    }
    return Entry(**{**values, "targets": read_targets(values["targets"])})


def a_book(*entries: Entry, default: Hours | None = OFFICE) -> Book:
    """These agreements, and a default calendar."""
    return Book(entries, default, ZoneInfo("UTC"))


def asking(**fields: Any) -> Question:
    """A P3 incident on service 1 for organisation 2 with team 3."""
    values: dict[str, Any] = {
        "type": "incident",
        "priority": 3,
        "service_id": 1,
        "organisation_id": 2,
        "team_id": 3,
        "always_on": False,
        **fields,
    }
    return Question(**values)


def a_calendar(name: str = "Office hours", **fields: Any) -> Calendar:
    """A calendar with its first version."""
    slug = name.lower().replace(" ", "-")
    calendar = Calendar.objects.create(slug=slug, name=name, **fields)
    CalendarVersion.objects.create(
        calendar=calendar, number=1, content=CONTENT, made_at=AT
    )
    return calendar


def an_agreement(name: str = "Acme", **fields: Any) -> Agreement:
    """An agreement's row, past the action."""
    values: dict[str, Any] = {
        "slug": name.lower().replace(" ", "-"),
        "name": name,
        "targets": TARGETS,
        "warnings": [75],
        "valid_from": date(2026, 1, 1),
        "created_at": AT,
        "updated_at": AT,
        **fields,
    }
    return Agreement.objects.create(**values)


def a_clock(
    ticket: Ticket,
    state: ClockState = ClockState.KEPT,
    *,
    kind: ClockKind = ClockKind.RESOLUTION,
    started_at: datetime = AT,
    **fields: Any,
) -> Clock:
    """A clock's row, as if its promise had been due two hours after it began."""
    due_at = started_at + timedelta(hours=2)
    is_missed = state == ClockState.MISSED
    values: dict[str, Any] = {
        "target": timedelta(hours=2),
        "used": timedelta(hours=3 if is_missed else 1),
        "started_at": started_at,
        "due_at": due_at,
        "ended_at": started_at + timedelta(hours=3 if is_missed else 1),
        "missed_at": due_at if is_missed else None,
        **fields,
    }
    return Clock.objects.create(ticket=ticket, kind=kind, state=state, **values)
