"""A calendar, and its working time a year at a time, as whole microseconds in UTC.

A year's shifts are worked out once and kept with the calendar: counting is then a
search in a sorted list, whatever the clocks of its zone did in that year.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.errors import Invalid
from core.reader import gettext as _

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1)
FIRST_YEAR, LAST_YEAR = 1970, 2099  # working time is counted within these


class CalendarError(Invalid):
    """What cannot be counted: `{field: [sentence, …]}`."""


class Piece(NamedTuple):
    """From when till when, in minutes after midnight; above 1440 is the next day."""

    begin: int
    end: int


Pieces = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Year:
    """A year of working time: from `first` up to `last`, in which each period `i` goes
    from `begins[i]` up to `ends[i]`, with `before[i]` of working time before it."""

    first: int
    last: int
    begins: list[int]
    ends: list[int]
    before: list[int]
    total: int


@dataclass(frozen=True, slots=True, eq=False)  # one is itself alone, as its years are
class Calendar:
    """Working hours: a week from Monday, and the dates that differ from it.

    A holiday has no working time; an override replaces the hours of its date; a break
    is cut out of the shifts that begin on its date.
    """

    zone: ZoneInfo
    week: tuple[Pieces, ...]
    holidays: frozenset[date] = frozenset()
    overrides: Mapping[date, Pieces] = field(default_factory=dict)
    breaks: Mapping[date, Pieces] = field(default_factory=dict)
    _years: dict[int, Year] = field(default_factory=dict, repr=False)

    def pieces(self, day: date) -> Pieces:
        """The working time of the shifts that begin on a date, in its local minutes."""
        if day in self.holidays:
            return ()
        pieces = self.overrides.get(day)
        if pieces is None:
            pieces = self.week[day.weekday()]
        cuts = self.breaks.get(day)
        return pieces if cuts is None else tuple(_cut(pieces, cuts))

    def periods(self, day: date) -> list[tuple[int, int]]:
        """The same in microseconds since 1970; none on a date the zone left out."""
        pieces = self.pieces(day)
        if not pieces or _is_left_out(self.zone, day):
            return []
        found = ((self.moment(day, one), self.moment(day, end)) for one, end in pieces)
        return [(one, end) for one, end in found if one < end]

    def moment(self, day: date, minutes: int) -> int:
        """When it is so many minutes after a date's midnight by the wall's clocks."""
        local = datetime(day.year, day.month, day.day) + _minutes(minutes)
        return micros(resolve_local(self.zone, local))

    def year(self, number: int) -> Year:
        """One year. Raises CalendarError outside those that are counted."""
        found = self._years.get(number)
        if found is None:
            if not FIRST_YEAR <= number <= LAST_YEAR:
                raise CalendarError({"start": [_outside()]})
            found = self._years[number] = self._made(number)
        return found

    def _made(self, number: int) -> Year:
        first = micros(resolve_local(self.zone, datetime(number, 1, 1)))
        last = micros(resolve_local(self.zone, datetime(number + 1, 1, 1)))
        days = self._days(number)
        periods = sorted(period for day in days for period in self.periods(day))
        begins, ends, before, total = [], [], [], 0
        for one, other in joined(periods):
            here, there = max(one, first), min(other, last)
            if here < there:
                begins.append(here)
                ends.append(there)
                before.append(total)
                total += there - here
        return Year(first, last, begins, ends, before, total)

    def _days(self, number: int) -> Iterable[date]:
        """The dates on which shifts of a year begin, and those just before it, whose
        shifts may reach into it."""
        begin, end = date(number, 1, 1) - 2 * DAY, date(number + 1, 1, 1)
        if any(self.week):
            return (begin + n * DAY for n in range((end - begin).days))
        return (day for day in self.overrides if begin <= day < end)


def micros(at: datetime) -> int:
    """Whole microseconds since 1970. TypeError for an instant without a zone."""
    since = at - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def instant(micros: int) -> datetime:
    """The instant, in UTC."""
    return EPOCH + timedelta(microseconds=micros)


def resolve_local(zone: ZoneInfo, local: datetime) -> datetime:
    """When a clock on the wall shows this, in UTC.

    One that the clocks leave out moves on by what they skip (02:30 is 03:30); one that
    they show twice is the first.
    """
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


@cache
def _minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def _is_left_out(zone: ZoneInfo, day: date) -> bool:
    """Whether the zone has no such date: Samoa had no 30 December 2011."""
    noon = datetime(day.year, day.month, day.day, 12)
    return resolve_local(zone, noon).astimezone(zone).date() != day


def _cut(pieces: Pieces, cuts: Pieces) -> Iterable[Piece]:
    for begin, end in pieces:
        for cut, until in sorted(cuts):
            if cut > begin:
                yield from _if_any(begin, min(cut, end))
            begin = max(begin, until)
        yield from _if_any(begin, end)


def _if_any(begin: int, end: int) -> Iterable[Piece]:
    return (Piece(begin, end),) if begin < end else ()


def joined(periods: list[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    """Sorted periods, those that touch or overlap as one."""
    begin, end = 0, 0
    for one, other in periods:
        if one > end or begin == end:
            if begin < end:
                yield begin, end
            begin, end = one, other
        else:
            end = max(end, other)
    if begin < end:
        yield begin, end


def _outside() -> str:
    years = {"first": FIRST_YEAR, "last": LAST_YEAR}
    return _("Working time is counted from %(first)s to %(last)s.") % years


ALWAYS = Calendar(ZoneInfo("UTC"), ((Piece(0, 24 * 60),),) * 7)
