"""A year of a calendar as a page shows it: its months, its days that differ, in words;
and when something would be due. Pure but for the names of public holidays."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.dates import MONTHS, WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from core import worktime
from core.reader import language
from core.wording import day_words
from core.worktime.calendar import DAY, Calendar
from core.worktime.reading import DAYS
from people.calendars import holidays, lines

MOST_STEPS = 12


@dataclass(frozen=True, slots=True)
class Cell:
    """One day. `kind`: "" (free), "work", "holiday", "other" (hours of its own)."""

    day: date
    kind: str
    says: str


@dataclass(frozen=True, slots=True)
class Month:
    """One month in weeks from Monday; None where a week belongs to another."""

    name: str
    number: int
    weeks: list[list[Cell | None]]
    working: int


@dataclass(frozen=True, slots=True)
class Special:
    """A day that differs, in words. `kind` as of a cell."""

    day: date
    kind: str
    what: str
    name: str

    @property
    def words(self) -> str:
        """The day, as people say it."""
        return _day(self.day)


@dataclass(frozen=True, slots=True)
class Step:
    """How much of a length is used up in one period of working time."""

    begin: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How much."""
        return self.end - self.begin

    @property
    def words(self) -> str:
        """From when till when, by the zone it is in."""
        if self.begin.date() == self.end.date():
            return f"{moment_words(self.begin)}–{self.end:%H:%M}"
        return f"{moment_words(self.begin)} – {moment_words(self.end)}"


class Year:
    """What one year of a version holds."""

    def __init__(
        self, calendar: Calendar, content: Mapping[str, Any], number: int
    ) -> None:
        self.number, self._calendar, self._content = number, calendar, content
        self._public = holidays.names(
            content.get("country", ""),
            content.get("region", ""),
            number,
            language() or "",
        )
        self.specials = list(self._specials())
        self._by_day = {one.day: one for one in self.specials}
        self.months = [self._month(month) for month in range(1, 13)]
        self.working = sum(month.working for month in self.months)

    def _specials(self) -> Iterator[Special]:
        keys = {key for key in self._content["holidays"] if self._is_mine(key)}
        keys |= {key for key in self._content["overrides"] if self._is_mine(key)}
        keys |= {key for key in self._content["breaks"] if self._is_mine(key)}
        return (self._special(key) for key in sorted(keys))

    def _is_mine(self, key: str) -> bool:
        return key.startswith(f"{self.number}-")

    def _special(self, key: str) -> Special:
        day = date.fromisoformat(key)
        own = self._content["names"].get(key, "")
        if key in self._content["holidays"]:
            is_own = key in self._content["own"]
            what = _("Nobody works") if is_own else _("Public holiday")
            return Special(day, "holiday", what, own or self._public.get(day, ""))
        said = lines.say_hours(self._content["overrides"].get(key, []))
        if key in self._content["overrides"]:
            what = said or _("Nobody works")
            return Special(day, "other" if said else "holiday", what, own)
        breaks = lines.say_hours(self._content["breaks"][key])
        return Special(day, "other", _("Break %(hours)s") % {"hours": breaks}, own)

    def _month(self, number: int) -> Month:
        first = date(self.number, number, 1)
        begin = first - first.weekday() * DAY
        weeks: list[list[Cell | None]] = []
        while begin.month == number or begin < first:
            days = [begin + n * DAY for n in range(7)]
            weeks.append([self._cell(d) if d.month == number else None for d in days])
            begin += 7 * DAY
        working = sum(
            cell is not None and cell.kind in {"work", "other"}
            for week in weeks
            for cell in week
        )
        return Month(str(MONTHS[number]), number, weeks, working)

    def _cell(self, day: date) -> Cell:
        special = self._by_day.get(day)
        if special is not None:
            says = ": ".join(part for part in (special.what, special.name) if part)
            return Cell(day, special.kind, says)
        return Cell(day, "work" if self._calendar.pieces(day) else "", "")


def moment_words(at: datetime) -> str:
    """A moment by the zone it is in: Mon 9 Mar 2026, 11:50."""
    return f"{_day(at.date())}, {at:%H:%M}"


def _day(day: date) -> str:
    return f"{WEEKDAYS_ABBR[day.weekday()]} {day_words(day)}"


def week_words(hours: Mapping[str, Sequence[Sequence[str]]]) -> str:
    """The week in few words: Mon to Fri 09:00-17:00, Sat 10:00-14:00."""
    said = [lines.say_hours(hours.get(day, [])) for day in DAYS]
    found: list[str] = []
    first = 0
    for n in range(1, 8):
        if n < 7 and said[n] == said[first]:
            continue
        if said[first]:
            begin, end = str(WEEKDAYS_ABBR[first]), str(WEEKDAYS_ABBR[n - 1])
            days = {"first": begin, "last": end}
            name = begin if first == n - 1 else _("%(first)s to %(last)s") % days
            found.append(f"{name} {said[first]}")
        first = n
    return ", ".join(found) or _("Only on single days")


def due(calendar: Calendar, start: datetime, length: lines.Length) -> datetime:
    """When something reported then is due. Raises CalendarError."""
    if length.days:
        return worktime.add_working_days(calendar, start, length.days)
    return worktime.add(calendar, start, length.time)


def steps(calendar: Calendar, start: datetime, end: datetime) -> list[Step]:
    """The working time between, period by period; none where there are too many."""
    found: list[Step] = []
    here = start
    while here < end and (period := worktime.first_period(calendar, here)) is not None:
        if period.begin >= end:
            break
        here = min(period.end or end, end)
        found.append(Step(period.begin, here))
        if len(found) > MOST_STEPS:
            return []
    return found
