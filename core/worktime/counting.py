"""Counting in a calendar: forwards, backwards, between, and the changes next to an
instant. A search in sorted lists; see `core.worktime.calendar.Year`."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from core.reader import gettext as _
from core.worktime.calendar import (
    FIRST_YEAR,
    LAST_YEAR,
    Calendar,
    CalendarError,
    Year,
    instant,
    micros,
)

LONGEST = 3 * 366 * 86_400_000_000  # microseconds; what is open longer never closes


class Period(NamedTuple):
    """Working time without a gap; `end` is None where it does not close for years."""

    begin: datetime
    end: datetime | None


def add(calendar: Calendar, start: datetime, length: timedelta) -> datetime:
    """When this much working time is used up; backwards where it is negative.

    Exactly at a closing: the closing (backwards: the opening). Nothing at all: the
    first open moment from `start` on. Raises CalendarError where there is not so much.
    """
    wanted = length.days * 86_400_000_000 + length.seconds * 1_000_000
    wanted += length.microseconds
    at = micros(start)
    return (
        _forwards(calendar, at, wanted) if wanted >= 0 else _back(calendar, at, -wanted)
    )


def between(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """The working time from one instant to the other; none where that comes first."""
    first, last = micros(start), micros(end)
    if last <= first:
        return timedelta()
    year, number = _year_of(calendar, first)
    used = -_used(year, first)
    while last >= year.last:
        used += year.total
        number += 1
        year = calendar.year(number)
    return timedelta(microseconds=used + _used(year, last))


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether work goes on: from the opening up to, but not at, the closing."""
    here = micros(at)
    year, _number = _year_of(calendar, here)
    place = bisect_right(year.begins, here) - 1
    return place >= 0 and here < year.ends[place]


def snap_forward(calendar: Calendar, at: datetime) -> datetime:
    """The first open moment from here on. Raises CalendarError where none comes."""
    return _forwards(calendar, micros(at), 0)


def snap_back(calendar: Calendar, at: datetime) -> datetime:
    """The last moment up to here until which it was open; CalendarError: never was."""
    return _back(calendar, micros(at), 0)


def first_period(calendar: Calendar, at: datetime) -> Period | None:
    """What is left of the period `at` lies in, else the next one; None: none comes."""
    here = micros(at)
    for begin, end in _periods(calendar, here):
        return Period(instant(max(begin, here)), _or_none(end))
    return None


def next_opening(calendar: Calendar, at: datetime) -> datetime | None:
    """The first opening after an instant, or None. For "now or then": snap_forward."""
    here = micros(at)
    begins = (begin for begin, _end in _periods(calendar, here) if begin > here)
    return _or_none(next(begins, None))


def next_closing(calendar: Calendar, at: datetime) -> datetime | None:
    """The first closing after an instant; None where it never closes or never opens."""
    _begin, end = next(_periods(calendar, micros(at)), (0, None))
    return _or_none(end)


def previous_opening(calendar: Calendar, at: datetime) -> datetime | None:
    """The last opening up to an instant and at it, or None."""
    begin, _end = next(_periods_back(calendar, micros(at)), (None, 0))
    return _or_none(begin)


def previous_closing(calendar: Calendar, at: datetime) -> datetime | None:
    """The last closing up to an instant and at it, or None."""
    here = micros(at)
    ends = (end for _begin, end in _periods_back(calendar, here) if end <= here)
    return _or_none(next(ends, None))


def _forwards(calendar: Calendar, at: int, wanted: int) -> datetime:
    year, number = _year_of(calendar, at)
    while True:
        place = bisect_right(year.ends, at)
        if place < len(year.ends):
            begin = max(at, year.begins[place])
            if not wanted:
                return instant(begin)
            target = year.before[place] + begin - year.begins[place] + wanted
            if target <= year.total:
                place = bisect_left(year.before, target) - 1
                return instant(year.begins[place] + target - year.before[place])
            wanted = target - year.total
        number += 1
        if number > LAST_YEAR:
            raise CalendarError({"start": [_too_little()]})
        year = calendar.year(number)
        at = year.first


def _back(calendar: Calendar, at: int, wanted: int) -> datetime:
    year, number = _year_of(calendar, at)
    while True:
        place = bisect_left(year.begins, at) - 1
        if place >= 0:
            end = min(at, year.ends[place])
            if not wanted:
                return instant(end)
            target = year.before[place] + end - year.begins[place] - wanted
            if target >= 0:
                place = bisect_right(year.before, target) - 1
                return instant(year.begins[place] + target - year.before[place])
            wanted = -target
        number -= 1
        if number < FIRST_YEAR:
            raise CalendarError({"start": [_too_little()]})
        year = calendar.year(number)
        at = year.last


def _used(year: Year, at: int) -> int:
    """The working time of its year before an instant."""
    place = bisect_right(year.begins, at) - 1
    if place < 0:
        return 0
    return year.before[place] + min(at, year.ends[place]) - year.begins[place]


def _year_of(calendar: Calendar, at: int) -> tuple[Year, int]:
    """The calendar's year in which an instant lies: it begins by the zone's clocks."""
    number = instant(at).year
    year = calendar.year(min(max(number, FIRST_YEAR), LAST_YEAR))
    if at < year.first:
        number -= 1
    elif at >= year.last:
        number += 1
    return calendar.year(number), number


def _periods(calendar: Calendar, at: int) -> Iterator[tuple[int, int | None]]:
    """The periods that end after an instant, joined across the turn of years."""
    _year, start = _year_of(calendar, at)
    begin, end = 0, 0
    for number in range(start, LAST_YEAR + 1):
        year = calendar.year(number)
        for place in range(bisect_right(year.ends, at), len(year.ends)):
            one, other = year.begins[place], year.ends[place]
            if one != end:
                if begin < end:
                    yield begin, end
                begin = one
            end = other
            if end - begin > LONGEST:
                yield begin, None
                return
    if begin < end:
        yield begin, end


def _periods_back(calendar: Calendar, at: int) -> Iterator[tuple[int | None, int]]:
    """The periods that began up to an instant, the last one first."""
    _year, start = _year_of(calendar, at)
    begin, end = 0, 0
    for number in range(start, FIRST_YEAR - 1, -1):
        year = calendar.year(number)
        for place in range(bisect_right(year.begins, at) - 1, -1, -1):
            one, other = year.begins[place], year.ends[place]
            if other != begin:
                if begin < end:
                    yield begin, end
                end = other
            begin = one
            if end - begin > LONGEST:
                yield None, end
                return
    if begin < end:
        yield begin, end


def _or_none(at: int | None) -> datetime | None:
    return None if at is None else instant(at)


def _too_little() -> str:
    return _("This calendar has not that much working time.")
