"""Hours and days as people type them, and written back the same way.

09:00-12:00, 13:00-17:00        22:00-07:00        24 h
2026-12-24 09:00-12:00 Christmas Eve
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from core.reader import gettext as _

Hours = list[list[str]]
ALL_DAY: Hours = [["00:00", "24:00"]]
_TIME = r"(\d{1,2})(?:[:.](\d{2}))?"
_PIECE = re.compile(rf"\s*{_TIME}\s*(?:-|–|—|\bto\b|\bbis\b)\s*{_TIME}\s*", re.ASCII)
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2}|\d{1,2}\.\d{1,2}\.\d{4})(?:\s+(.*))?", re.ASCII)
_WHOLE = re.compile(r"24\s*(?:h|hours|std\.?|stunden)\b\s*", re.IGNORECASE)
_CLOSED = re.compile(r"(?:-|–|closed|geschlossen|zu)(?:\s+|$)", re.IGNORECASE)
_PART = re.compile(r"(\d+(?:[.,]\d+)?)\s*([a-zäöü]+)\.?\s*", re.IGNORECASE)
_UNITS = {
    **dict.fromkeys(("m", "min", "minute", "minutes", "minuten"), "minutes"),
    **dict.fromkeys(("h", "hour", "hours", "std", "stunde", "stunden"), "hours"),
    **dict.fromkeys(("d", "day", "days", "tag", "tage", "tagen"), "days"),
}
MOST_HOURS = 10_000
MOST_DAYS = 1000


class Days(NamedTuple):
    """Days that differ: free ones, those with hours of their own, and their names."""

    holidays: list[str]
    overrides: dict[str, Hours]
    names: dict[str, str]


class Length(NamedTuple):
    """How long something takes: working days, or working time."""

    days: int
    time: timedelta


def read_hours(text: str) -> Hours:
    """The hours of a day; none where it is closed. ValueError with a sentence."""
    hours, rest = _take_hours(text.strip())
    if rest:
        words = {"text": rest[:40]}
        raise ValueError(
            _("“%(text)s” are no hours; write them like 09:00-12:00, 13:00-17:00.")
            % words
        )
    return hours or []


def say_hours(hours: Sequence[Sequence[str]]) -> str:
    """The hours as they are typed."""
    if [list(one) for one in hours] == ALL_DAY:
        return _("24 h")
    return ", ".join(f"{begin}-{_by_day(end)}" for begin, end in hours)


def read_days(text: str) -> Days:
    """Days that differ, one a line. ValueError with a sentence that names the line."""
    found = Days([], {}, {})
    for number, day, rest in _lines(text):
        key = day.isoformat()
        if key in found.overrides or key in found.holidays:
            words = {"number": number, "day": key}
            raise ValueError(_("Line %(number)s: %(day)s is there twice.") % words)
        try:
            hours, name = _take_hours(rest)
        except ValueError as wrong:
            raise ValueError(_of_line(number, wrong)) from None
        if hours is None:
            found.holidays.append(key)
        else:
            found.overrides[key] = hours
        if name:
            found.names[key] = name
    return found


def say_days(
    holidays: Sequence[str], overrides: Mapping[str, Hours], names: Mapping[str, str]
) -> str:
    """The days that differ as they are typed, in order."""
    hours = {key: say_hours(overrides[key]) or _("closed") for key in overrides}
    keys = sorted({*holidays, *hours})
    lines = (f"{key} {hours.get(key, '')} {names.get(key, '')}" for key in keys)
    return "\n".join(" ".join(line.split()) for line in lines)


def read_breaks(text: str) -> dict[str, Hours]:
    """Times in which nobody works, one date a line. ValueError with a sentence."""
    found: dict[str, Hours] = {}
    for number, day, rest in _lines(text):
        try:
            hours = read_hours(rest)
        except ValueError as wrong:
            raise ValueError(_of_line(number, wrong)) from None
        if not hours:
            raise ValueError(_of_line(number, _("say from when till when.")))
        found[day.isoformat()] = [*found.get(day.isoformat(), []), *hours]
    return found


def say_breaks(breaks: Mapping[str, Hours]) -> str:
    """The breaks as they are typed, in order."""
    return "\n".join(f"{key} {say_hours(breaks[key])}" for key in sorted(breaks))


def read_length(text: str) -> Length:
    """How long: 4 h, 1 h 30 min, 2 days. ValueError with a sentence."""
    found = dict.fromkeys(("minutes", "hours", "days"), 0.0)
    rest = text.strip()
    while rest:
        part = _PART.match(rest)
        unit = _UNITS.get(part[2].lower()) if part else None
        if part is None or unit is None:
            raise ValueError(_("Write how long like 30 min, 4 h or 2 days."))
        found[unit] += float(part[1].replace(",", "."))
        rest = rest[part.end() :].lstrip()
    days, hours = found.pop("days"), found["hours"] + found["minutes"] / 60
    if bool(days) == bool(hours) or days != int(days):
        raise ValueError(_("Write how long like 30 min, 4 h or 2 days."))
    if days > MOST_DAYS or hours > MOST_HOURS:
        raise ValueError(_("That is longer than can be promised here."))
    return Length(int(days), timedelta(hours=hours))


def _lines(text: str) -> Iterator[tuple[int, date, str]]:
    """Each line that says something: its number, its day, and the rest."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        shape = _DAY.fullmatch(line.strip())
        try:
            if shape is None:
                raise ValueError
            yield number, _date(shape[1]), (shape[2] or "").strip()
        except ValueError:
            words = {"number": number, "text": line.strip()[:40]}
            raise ValueError(
                _("Line %(number)s: “%(text)s” does not begin with a day, 2026-12-24.")
                % words
            ) from None


def _date(text: str) -> date:
    if "." not in text:
        return date.fromisoformat(text)
    day, month, year = (int(part) for part in text.split("."))
    return date(year, month, day)


def _of_line(number: int, what: Any) -> str:
    return _("Line %(number)s: %(what)s") % {"number": number, "what": what}


def _take_hours(text: str) -> tuple[Hours | None, str]:
    """The hours a text begins with (None: it begins with none), and what follows."""
    for shape, hours in ((_WHOLE, ALL_DAY), (_CLOSED, [])):
        if found := shape.match(text):
            return [list(one) for one in hours], text[found.end() :].strip()
    pieces: Hours = []
    rest = text
    while found := _PIECE.match(rest):
        pieces.append(_piece(found))
        rest = rest[found.end() :]
        if not rest.startswith((",", ";")):
            break
        rest = rest[1:]
    return pieces or None, rest.strip()


def _piece(found: re.Match[str]) -> list[str]:
    """A piece whose end is not after its beginning ends on the next day."""
    hour, minute, until, until_minute = (int(part or 0) for part in found.groups())
    if hour > 24 or until > 48 or minute > 59 or until_minute > 59:
        words = {"text": found[0].strip()}
        raise ValueError(_("“%(text)s” are no times of a day.") % words)
    if (until, until_minute) <= (hour, minute):
        until += 24
    return [f"{hour:02}:{minute:02}", f"{until:02}:{until_minute:02}"]


def _by_day(end: str) -> str:
    """The end by the clock of the day it is on: 31:00 is 07:00."""
    hour, minute = end.split(":")
    past = int(hour) >= 24 and end != "24:00"
    return f"{int(hour) - 24:02}:{minute}" if past else end
