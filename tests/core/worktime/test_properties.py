"""What holds for every calendar: found by hypothesis, or not, in many cases."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from core import worktime
from core.worktime import Calendar, Piece

CASES = [200, pytest.param(5000, marks=pytest.mark.long)]
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
SECOND = timedelta(seconds=1)
NOTHING = timedelta()


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


CHANGES = [  # of clocks: Europe, America, Lord Howe, both ways
    *(utc(2026, 3, 29, 1), utc(2026, 10, 25, 1)),
    *(utc(2026, 3, 8, 7), utc(2026, 11, 1, 6)),
    *(utc(2026, 4, 4, 15), utc(2026, 10, 3, 15, 30)),
]


LATEST = 2040  # 34:00
DAYS = st.dates(date(2025, 11, 1), date(2027, 2, 28))


@st.composite
def shifts(draw: st.DrawFn, first: int, last: int) -> tuple[Piece, ...]:
    """None, one or two shifts between these minutes, the last perhaps over midnight."""
    times = st.lists(st.integers(first, 1439), max_size=3, unique=True)
    match draw(times.map(sorted)):
        case [one, two]:
            return (Piece(one, two),)
        case [one, two, three]:
            return (Piece(one, two), Piece(three, draw(st.integers(1440, last))))
        case [one]:
            return (Piece(one, draw(st.integers(1440, last))),)
    return ()


@st.composite
def calendars(draw: st.DrawFn, *, are_apart: bool = False) -> Calendar:
    """Any: day and night, years of holidays, dates that differ, breaks.

    `are_apart`: no shift goes on when that of the next day begins, as no week may be
    given either.
    """
    first, last = 0, LATEST
    if are_apart:
        first, last = draw(st.sampled_from([(0, 1440), (LATEST - 1440, LATEST)]))
    some = shifts(first, last)
    week = draw(st.tuples(*[some] * 7))
    # an hour a week at least: sixty days of minutes would take longer than time lasts
    if sum(piece.end - piece.begin for day in week for piece in day) < 60:
        week = ((Piece(first, 1440),), *week[1:])
    holidays = draw(st.frozensets(DAYS, max_size=40))
    if draw(st.booleans()):  # a whole year of them
        begin = draw(DAYS)
        holidays |= {begin + timedelta(days=n) for n in range(366)}
    return Calendar(
        ZoneInfo(draw(st.sampled_from(ZONES))),
        week,
        holidays,
        draw(st.dictionaries(DAYS, some, max_size=5)),
        draw(st.dictionaries(DAYS, some, max_size=5)),
    )


near_a_change = st.builds(
    lambda change, micros: change + timedelta(microseconds=micros),
    st.sampled_from(CHANGES),
    st.integers(-2 * 86_400_000_000, 2 * 86_400_000_000),
)
instants = st.one_of(
    near_a_change,
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
)
lengths = st.one_of(
    st.timedeltas(timedelta(microseconds=1), timedelta(hours=9)),
    st.timedeltas(timedelta(microseconds=1), timedelta(days=60)),
)


def holds(count: int, check: Callable[..., None], *given_: Any) -> None:
    """Try it with so many cases."""
    how = settings(
        max_examples=count,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    how(given(*given_)(check))()


@pytest.mark.parametrize("count", CASES)
def test_adding_then_measuring_gives_back_the_length(count):
    def check(calendar: Calendar, start: datetime, length: timedelta) -> None:
        due = worktime.add(calendar, start, length)
        assert worktime.between(calendar, start, due) == length

    holds(count, check, calendars(), instants, lengths)


@pytest.mark.parametrize("count", CASES)
def test_taking_away_what_was_added_is_where_it_began_to_count(count):
    def check(calendar: Calendar, start: datetime, length: timedelta) -> None:
        began = worktime.snap_forward(calendar, start)
        due = worktime.add(calendar, start, length)
        assert worktime.add(calendar, due, -length) == began

    holds(count, check, calendars(), instants, lengths)


@pytest.mark.parametrize("count", CASES)
def test_a_later_start_or_a_longer_time_is_never_due_earlier(count):
    def check(
        calendar: Calendar,
        starts: tuple[datetime, datetime],
        times: tuple[timedelta, timedelta],
    ) -> None:
        (early, late), (short, long) = sorted(starts), sorted(times)
        first = worktime.add(calendar, early, short)
        assert first <= worktime.add(calendar, late, short)
        assert first <= worktime.add(calendar, early, long)
        assert worktime.add(calendar, early, NOTHING) <= first

    pair = st.tuples(instants, instants), st.tuples(lengths, lengths)
    holds(count, check, calendars(), *pair)


@pytest.mark.parametrize("count", CASES)
def test_splitting_at_any_instant_adds_up(count):
    def check(calendar: Calendar, all_: tuple[datetime, ...]) -> None:
        first, middle, last = sorted(all_)
        halves = worktime.between(calendar, first, middle)
        halves += worktime.between(calendar, middle, last)
        assert worktime.between(calendar, first, last) == halves
        assert NOTHING <= halves <= last - first
        assert worktime.between(calendar, last, first) == NOTHING

    holds(count, check, calendars(), st.tuples(instants, instants, instants))


@pytest.mark.parametrize("count", CASES)
def test_what_is_counted_is_what_is_open(count):
    """Against the plainest way there is: looking at every period one by one."""

    def check(calendar: Calendar, ends: tuple[datetime, datetime]) -> None:
        first, last = sorted(ends)
        here, total = first, NOTHING
        while (period := worktime.first_period(calendar, here)) is not None:
            begin, end = period[0], period[1] or last
            total += max(NOTHING, min(end, last) - begin)
            assert worktime.is_open(calendar, begin)
            assert period.end is None or not worktime.is_open(calendar, period.end)
            if end >= last:
                break
            here = end
        assert worktime.between(calendar, first, last) == total

    holds(count, check, calendars(), st.tuples(near_a_change, near_a_change))


@pytest.mark.parametrize("count", CASES)
def test_openings_and_closings_stand_around_an_instant(count):
    def check(calendar: Calendar, at: datetime) -> None:
        opened = worktime.previous_opening(calendar, at)
        closed = worktime.previous_closing(calendar, at)
        opens = worktime.next_opening(calendar, at)
        closes = worktime.next_closing(calendar, at)
        assert opened is None or opened <= at
        assert closed is None or closed <= at
        assert opens is None or at < opens == worktime.snap_forward(calendar, opens)
        assert closes is None or at < closes == worktime.snap_back(calendar, closes)
        is_open = closed is None or (opened is not None and opened > closed)
        if opened is None and closed is None:  # open for years, or not yet ever
            is_open = closes is None or opens is None or closes < opens
        assert worktime.is_open(calendar, at) == is_open

    holds(count, check, calendars(), instants)


@pytest.mark.parametrize("count", CASES)
def test_working_days_go_on_by_one_and_back(count):
    def check(calendar: Calendar, start: datetime, days: int) -> None:
        due = worktime.add_working_days(calendar, start, days)
        later = worktime.add_working_days(calendar, start, days + 1)
        assert start <= due <= later
        end = worktime.add_working_days(calendar, start, days, end_of_day=True)
        assert due <= end == worktime.snap_back(calendar, end)
        back = worktime.add_working_days(calendar, start, -days)
        assert worktime.add_working_days(calendar, start, -days - 1) <= back <= start

    apart = calendars(are_apart=True)
    holds(count, check, apart, instants, st.integers(1, 30))


@pytest.mark.parametrize("count", CASES)
def test_a_later_start_is_never_due_on_an_earlier_working_day(count):
    """Except in the hour that comes twice, where the clock on the wall goes back."""

    def check(calendar: Calendar, starts: tuple[datetime, datetime], days: int) -> None:
        early, late = sorted(starts)
        wall = [one.astimezone(calendar.zone).replace(tzinfo=None) for one in starts]
        assume(sorted(wall) == [wall[starts.index(early)], wall[starts.index(late)]])
        due = worktime.add_working_days(calendar, early, days)
        assert due <= worktime.add_working_days(calendar, late, days)

    apart, pair = calendars(are_apart=True), st.tuples(instants, instants)
    holds(count, check, apart, pair, st.integers(0, 9))


@pytest.mark.parametrize("count", CASES)
def test_around_the_clock_working_time_is_time(count):
    def check(start: datetime, length: timedelta) -> None:
        assert worktime.add(worktime.ALWAYS, start, length) == start + length
        assert worktime.between(worktime.ALWAYS, start, start + length) == length

    holds(count, check, instants, lengths)
