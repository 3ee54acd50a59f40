"""What the calendars say now, for counting. Versions never change, so each is read
once per process; which one counts now is asked each time: one prepared query, and one
for a whole action."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from core import prepared
from core.log import remembered
from core.worktime import ALWAYS, Calendar, CalendarError, add_working_days, read
from people.calendars.models import CalendarVersion

log = logging.getLogger(__name__)
DAY = timedelta(days=1)
MOST_KEPT = 500
DEFAULT = """SELECT version.id FROM people_calendarversion version
JOIN people_calendar calendar ON calendar.id = version.calendar_id
WHERE calendar.is_default ORDER BY version.number DESC LIMIT 1"""
CURRENT = """SELECT id FROM people_calendarversion
WHERE calendar_id = %(calendar)s ORDER BY number DESC LIMIT 1"""
DEFAULT_KEY = "default calendar"
_read: dict[int, Calendar] = {}


def worktime(version_id: int | None) -> Calendar:
    """The working time of a version; None: around the clock. DoesNotExist."""
    if version_id is None:
        return ALWAYS
    found = _read.get(version_id)
    if found is None:
        content = CalendarVersion.objects.values_list("content", flat=True)
        found = _counted(version_id, content.get(pk=version_id))
        if len(_read) >= MOST_KEPT:
            _read.clear()
        _read[version_id] = found
    return found


def _counted(version_id: int, content: Mapping[str, Any]) -> Calendar:
    """Where the machine has lost the zone, the hours are those of the installation:
    one calendar must not stop the promises of all others."""
    try:
        return read(content)
    except CalendarError as wrong:
        if wrong.errors.keys() != {"time_zone"}:
            raise
        log.error("calendar version %s: %s", version_id, wrong)
        return read({**content, "time_zone": settings.TIME_ZONE})


def default_version_id() -> int | None:
    """The default calendar's newest version; None while there is no such calendar."""

    def ask() -> int | None:
        rows = prepared.select(DEFAULT)
        return int(rows[0][0]) if rows else None

    return remembered(DEFAULT_KEY, ask)


def current_version_id(calendar_id: int) -> int:
    """A calendar's newest version. LookupError where there is no such calendar."""
    rows = prepared.select(CURRENT, calendar=calendar_id)
    if not rows:
        raise LookupError(f"there is no calendar {calendar_id}")
    return int(rows[0][0])


def working_days_later(start: datetime, length: timedelta) -> datetime:
    """The instant this much later, its whole days being working days of the default
    calendar; calendar days without one, or where its working time ends before."""
    days, rest = divmod(length, DAY)
    version = default_version_id() if days else None
    if version is None:
        return start + length
    try:
        return add_working_days(worktime(version), start, days) + rest
    except CalendarError:
        return start + length
