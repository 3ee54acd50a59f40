"""The book of agreements, read from the tables in one prepared query.

Every new ticket and every triage asks for it. The rows are few and parsing them is most
of the work, so the book made last is kept for as long as its rows stay the same.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings

from core import prepared
from itsm.sla.terms import Book, Entry, Hours, Targets
from processes.durations import WORKING_DAY, duration

# Active agreements with their calendar's newest version, and calendars without one.
SQL = """
    SELECT a.id, a.slug, a.name, a.kind, a.service_id, a.organisation_id, a.type,
        a.team_id, a.around_the_clock, a.targets::text, a.valid_from, a.valid_until,
        a.warnings, a.escalations::text,
        c.id, c.version, c.name, c.zone, c.is_default
    FROM (SELECT * FROM itsm_agreement WHERE is_active) a
    FULL JOIN (
        SELECT DISTINCT ON (calendar.id) calendar.id, version.id AS version,
            calendar.name, version.content->>'time_zone' AS zone, calendar.is_default
        FROM people_calendar calendar
        JOIN people_calendarversion version ON version.calendar_id = calendar.id
        ORDER BY calendar.id, version.number DESC
    ) c ON c.id = a.calendar_id
    ORDER BY a.id, c.id
"""
_known: tuple[list[tuple[Any, ...]], str, Book] | None = None


def load() -> Book:
    """The agreements that are not withdrawn, and the calendars. One query."""
    global _known
    rows = prepared.select(SQL)
    if _known is None or _known[:2] != (rows, settings.TIME_ZONE):
        _known = rows, settings.TIME_ZONE, _book(rows)
    return _known[2]


def _book(rows: list[tuple[Any, ...]]) -> Book:
    default = next((_hours(row) for row in rows if row[-1]), None)
    agreements = tuple(_entry(row) for row in rows if row[0] is not None)
    return Book(agreements, default, ZoneInfo(settings.TIME_ZONE))


def _hours(row: tuple[Any, ...]) -> Hours | None:
    pk, version, name, zone, _default = row[14:]
    return None if pk is None else Hours(pk, version, name, _zone(zone))


def _zone(name: str | None) -> ZoneInfo:
    """The zone; where the machine has lost it, days are those of the installation."""
    try:
        return ZoneInfo(name or settings.TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(settings.TIME_ZONE)


def _entry(row: tuple[Any, ...]) -> Entry:
    pk, slug, name, kind, service, organisation, type_, team, always, *more = row[:12]
    targets, first, last = more
    warnings, escalations = row[12:14]
    return Entry(
        id=pk,
        slug=slug,
        name=name,
        kind=kind,
        service=service,
        organisation=organisation,
        type=type_,
        team=team,
        hours=_hours(row),
        around_the_clock=frozenset(always),
        targets=read_targets(json.loads(targets)),
        valid_from=first,
        valid_until=last,
        warnings=tuple(warnings),
        escalations=tuple(json.loads(escalations)),
    )


def read_targets(kept: Mapping[str, Mapping[str, str]]) -> dict[int, Targets]:
    """Targets as an agreement's row keeps them: {"P1": {"response": "PT15M"}}."""
    return {
        int(name[1:]): {p: _length(text) for p, text in promised.items()}
        for name, promised in kept.items()
    }


def _length(text: str) -> timedelta:
    return duration(text, day=WORKING_DAY)
