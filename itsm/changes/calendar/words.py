"""Collisions, freezes and times of the calendar in words."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.utils.dates import MONTHS, WEEKDAYS_ABBR

from core.reader import gettext as _
from core.reader import local
from core.wording import clock_words, day_words, short_day
from itsm.changes.calendar.collisions import Kind
from itsm.changes.calendar.reading import Planned

MIDNIGHT = "00:00"


def why(
    kinds: Iterable[tuple[Kind, int]], service: str | None, other: Planned
) -> list[str]:
    """What a change of this service shares with another, each in a few words."""
    return [_shared(kind, id_, service or "", other) for kind, id_ in kinds]


def _shared(kind: Kind, shared: int, service: str, other: Planned) -> str:
    if kind is Kind.SERVICE:
        return _("both on %(service)s") % {"service": other.service}
    if kind is Kind.TEAM:
        return _("both by %(team)s") % {"team": other.team}
    if kind is Kind.PERSON:
        return _("%(name)s has a part in both") % {"name": other.people.get(shared, "")}
    upper, lower = service, other.service or ""
    if other.window.service != shared:
        upper, lower = lower, upper
    return _("%(one)s depends on %(other)s") % {"one": upper, "other": lower}


def moment(at: datetime) -> str:
    """A day and its time, whichever year: tomorrow 20:00, 3 May 2027, 20:00."""
    said = clock_words(at)
    hour = f"{local(at):%H:%M}"
    return said if said.endswith(hour) else f"{said}, {hour}"


def span(start: datetime, end: datetime) -> str:
    """From when until when: Tue 20:00–22:00, or with both days."""
    if local(start).date() == local(end).date():
        return f"{moment(start)}–{local(end):%H:%M}"
    return f"{moment(start)} – {moment(end)}"


def hours(start: datetime, end: datetime, day: date) -> str:
    """A time as one of its days says it: 20:00–22:00, until 06:00, all day."""
    first, last = local(start), local(end)
    begins = first.date() == day and f"{first:%H:%M}" != MIDNIGHT
    ends = last.date() == day
    if begins and ends:
        return f"{first:%H:%M}–{last:%H:%M}"
    if begins:
        return _("from %(time)s") % {"time": f"{first:%H:%M}"}
    if ends:
        return _("until %(time)s") % {"time": f"{last:%H:%M}"}
    return _("all day")


def brief(start: datetime, end: datetime, day: date) -> str:
    """The same where there is little room: 20:00; –06:00 where it only ends."""
    first, last = local(start), local(end)
    if first.date() == day:
        return f"{first:%H:%M}"
    return f"–{last:%H:%M}" if last.date() == day else ""


def day(one: date) -> str:
    """A day with its weekday: Mon 23 Nov."""
    return f"{WEEKDAYS_ABBR[one.weekday()]} {short_day(one)}"


def days(first: date, last: date) -> str:
    """From one day to another, both counted: 23 Nov – 29 Nov 2026."""
    if first.year == last.year:
        return f"{short_day(first)} – {day_words(last)}"
    return f"{day_words(first)} – {day_words(last)}"


def last_day(end: datetime) -> date:
    """The last day that a time touches: what ends at midnight is over before."""
    return (local(end) - timedelta(microseconds=1)).date()


def month(one: date) -> str:
    """November 2026."""
    return f"{MONTHS[one.month]} {one.year}"


def weekday(n: int) -> str:
    """Mon, for 0."""
    return str(WEEKDAYS_ABBR[n])
