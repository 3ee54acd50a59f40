"""Counting in working days: dates on which a shift begins."""

from datetime import date, datetime, timedelta

from core.reader import gettext as _
from core.worktime.calendar import (
    DAY,
    FIRST_YEAR,
    LAST_YEAR,
    Calendar,
    CalendarError,
    instant,
    joined,
    micros,
    resolve_local,
)
from core.worktime.counting import Period, snap_back, snap_forward

MOST_DAYS = 36_600  # a hundred years


def day_periods(calendar: Calendar, day: date) -> list[Period]:
    """The working time of the shifts that begin on a date; none on a free one."""
    found = joined(sorted(calendar.periods(day)))
    return [Period(instant(begin), instant(end)) for begin, end in found]


def add_working_days(
    calendar: Calendar, start: datetime, days: int, *, end_of_day: bool = False
) -> datetime:
    """The same time on the clock so many working days later (negative: earlier).

    It is counted from the first open moment on (backwards: from the last one). Where
    the day reached opens later or has a break then, it is when that ends; where it
    closes earlier, its closing. `end_of_day`: its closing, whenever that is. Raises
    CalendarError where there are not so many working days.
    """
    if abs(days) > MOST_DAYS:
        raise CalendarError({"days": [_too_many()]})
    is_back = days < 0
    here = snap_back(calendar, start) if is_back else snap_forward(calendar, start)
    if not days and not end_of_day:
        return here
    day = _day_of(calendar, micros(here), is_back)
    reached = _step(calendar, day, days)
    periods = list(joined(sorted(calendar.periods(reached))))
    if end_of_day:
        return instant(periods[-1][1])
    local = here.astimezone(calendar.zone).replace(tzinfo=None)
    moved = local + timedelta(days=(reached - day).days)
    there = micros(resolve_local(calendar.zone, moved))
    return instant(_within(periods, there, is_back))


def _day_of(calendar: Calendar, at: int, is_back: bool) -> date:
    """The working day whose shift goes on at an open (backwards: worked) moment."""
    local = instant(at).astimezone(calendar.zone).date()
    for n in (0, 1, 2, -1):  # also one that began before midnight
        day = local - n * DAY
        for begin, end in calendar.periods(day):
            if begin < at <= end if is_back else begin <= at < end:
                return day
    raise AssertionError("an open moment belongs to a shift")


def _step(calendar: Calendar, day: date, days: int) -> date:
    """The working day so many after or before this one."""
    step = DAY if days > 0 else -DAY
    left = abs(days)
    while left:
        day += step
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise CalendarError({"days": [_too_many()]})
        if calendar.periods(day):
            left -= 1
    return day


def _within(periods: list[tuple[int, int]], at: int, is_back: bool) -> int:
    """The instant itself where the day is open then, else the next one that is."""
    if is_back:
        ends = (min(at, end) for begin, end in reversed(periods) if begin < at)
        return next(ends, periods[0][0])
    begins = (max(at, begin) for begin, end in periods if at <= end)
    return next(begins, periods[-1][1])


def _too_many() -> str:
    return _("This calendar has not that many working days.")
