"""Reading a calendar as programs send it, and as a version keeps it.

    {"time_zone": "Europe/Berlin", "hours": {"mon": [["09:00", "17:00"]], …},
     "holidays": ["2026-12-25"], "overrides": {"2026-12-24": [["09:00", "12:00"]]},
     "breaks": {"2026-12-22": [["10:00", "11:30"]]}}

All that is wrong is said at once, by field. What else the mapping holds is not read.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from core.reader import gettext as _
from core.worktime.calendar import (
    FIRST_YEAR,
    LAST_YEAR,
    Calendar,
    CalendarError,
    Piece,
    Pieces,
)

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES = 24 * 60
WEEK = 7 * MINUTES
MOST_PIECES = 24  # in one day
MOST_DATES = 5000
_TIME = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
Errors = dict[str, list[str]]


def read(given: Mapping[str, Any]) -> Calendar:
    """The calendar. Raises CalendarError with sentences for each field that is wrong;
    also where nobody would ever work by it."""
    errors: Errors = {}

    def part(name: str, reader: Callable[[Any], Any], none: Any) -> Any:
        value = given.get(name)
        try:
            return none if value is None else reader(value)
        except ValueError as wrong:
            errors.setdefault(name, []).append(str(wrong))
            return none

    zone = part("time_zone", time_zone, None)
    week = part("hours", hours, ((),) * 7)
    holidays = part("holidays", dates, frozenset())
    overrides = part("overrides", _dated(shifts), {})
    breaks = part("breaks", _dated(cuts), {})
    if given.get("time_zone") is None:
        errors["time_zone"] = [_("Say in which time zone.")]
    if not errors:
        errors = _impossible(week, holidays, overrides)
    if errors:
        raise CalendarError(errors)
    return Calendar(zone, week, holidays, overrides, breaks)


def time_zone(value: Any) -> ZoneInfo:
    """A zone by its name. ValueError with a sentence otherwise."""
    if not isinstance(value, str) or value not in available_timezones():
        words = {"zone": str(value)[:60]}
        raise ValueError(_("There is no time zone “%(zone)s”.") % words)
    return ZoneInfo(value)


def hours(value: Any) -> tuple[Pieces, ...]:
    """The shifts of a week, by day. ValueError with a sentence."""
    if not isinstance(value, Mapping):
        raise ValueError(_("Send the hours of each day, as in %(x)s.") % {"x": _LIKE})
    if unknown := sorted(str(name) for name in value.keys() - set(DAYS)):
        words = {"day": unknown[0][:40], "days": ", ".join(DAYS)}
        raise ValueError(_("“%(day)s” is none of %(days)s.") % words)
    return tuple(_said_of(day, shifts, value.get(day, [])) for day in DAYS)


_LIKE = '{"mon": [["09:00", "17:00"]]}'


def dates(value: Any) -> frozenset[date]:
    """A list of dates. ValueError with a sentence."""
    if not isinstance(value, list) or len(value) > MOST_DATES:
        raise ValueError(_("Send a list of at most %(n)s dates.") % {"n": MOST_DATES})
    return frozenset(day(one) for one in value)


def day(value: Any) -> date:
    """A date as 2026-12-25. ValueError with a sentence."""
    try:
        if not isinstance(value, str) or len(value) != 10:
            raise ValueError
        found = date.fromisoformat(value)
    except ValueError:
        words = {"text": str(value)[:40]}
        raise ValueError(
            _("“%(text)s” is not a date like 2026-12-25.") % words
        ) from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        years = {"text": value, "first": FIRST_YEAR, "last": LAST_YEAR}
        raise ValueError(_("%(text)s is not from %(first)s to %(last)s.") % years)
    return found


def shifts(value: Any) -> Pieces:
    """The shifts of a day: each begins on it and ends on it or the next."""
    found = cuts(value)
    for begin, _until in found:
        if begin >= MINUTES:
            words = {"begin": clock(begin)}
            raise ValueError(
                _("A shift begins before 24:00, not at %(begin)s.") % words
            )
    return found


def cuts(value: Any) -> Pieces:
    """Pieces of a day, in order, none over another. ValueError with a sentence."""
    if not isinstance(value, list) or len(value) > MOST_PIECES:
        most = {"n": MOST_PIECES}
        raise ValueError(_("Send a list of at most %(n)s times from and to.") % most)
    found = tuple(sorted(_piece(one) for one in value))
    for one, other in pairwise(found):
        if other.begin < one.end:
            pair = {"one": spoken(one), "other": spoken(other)}
            raise ValueError(_("%(one)s and %(other)s overlap.") % pair)
    return found


def _piece(value: Any) -> Piece:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError(_("Send each time from and to as a pair."))
    found = Piece(_minutes(value[0]), _minutes(value[1]))
    if found.begin >= found.end:
        words = {"begin": value[0], "end": value[1]}
        raise ValueError(
            _(
                "%(end)s is not after %(begin)s; what ends on the next day is written "
                "above 24:00, as in 22:00 to 30:00."
            )
            % words
        )
    return found


def _minutes(value: Any) -> int:
    shape = _TIME.fullmatch(value) if isinstance(value, str) else None
    hour, minute = (int(shape[1]), int(shape[2])) if shape else (99, 0)
    if minute > 59 or hour * 60 + minute > 2 * MINUTES:
        words = {"text": str(value)[:40]}
        raise ValueError(_("“%(text)s” is not a time from 00:00 to 48:00.") % words)
    return hour * 60 + minute


def _dated(reader: Callable[[Any], Pieces]) -> Callable[[Any], dict[date, Pieces]]:
    def read_all(value: Any) -> dict[date, Pieces]:
        if not isinstance(value, Mapping) or len(value) > MOST_DATES:
            words = {"n": MOST_DATES}
            raise ValueError(_("Send times by date, at most %(n)s dates.") % words)
        return {day(key): _said_of(key, reader, value[key]) for key in sorted(value)}

    return read_all


def _said_of(name: str, reader: Callable[[Any], Pieces], value: Any) -> Pieces:
    """What the reader reads; what is wrong is said with the day's name before it."""
    try:
        return reader(value)
    except ValueError as wrong:
        words = {"day": name, "what": str(wrong)}
        raise ValueError(_("%(day)s: %(what)s") % words) from None


def _impossible(
    week: tuple[Pieces, ...], holidays: frozenset[date], overrides: dict[date, Pieces]
) -> Errors:
    worked = any(
        pieces and date_ not in holidays for date_, pieces in overrides.items()
    )
    if not any(week) and not worked:
        return {"hours": [_("Nobody would ever work: give at least one open hour.")]}
    for n, pieces in enumerate(week):
        if pieces and (tomorrow := week[(n + 1) % 7]):
            over = pieces[-1].end - MINUTES
            if over > tomorrow[0].begin:
                words = {"one": spoken(pieces[-1]), "other": spoken(tomorrow[0])}
                days = {"day": DAYS[n], "next": DAYS[(n + 1) % 7]}
                sentence = _("%(one)s of %(day)s reaches over %(other)s of %(next)s.")
                return {"hours": [sentence % {**words, **days}]}
    return {}


def clock(minutes: int) -> str:
    """Minutes after midnight as 09:00; of the next day as 25:30."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def spoken(piece: Piece) -> str:
    """A piece as 09:00–17:00."""
    return f"{clock(piece.begin)}–{clock(piece.end)}"
