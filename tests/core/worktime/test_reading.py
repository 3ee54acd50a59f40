"""What a calendar may say, and what it is told where nobody could work by it."""

import time
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from core import worktime
from core.worktime import CalendarError

WEEK = {d: [["09:00", "17:00"]] for d in ("mon", "tue", "wed", "thu", "fri")}
BERLIN = {"time_zone": "Europe/Berlin", "hours": WEEK}
MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)  # nine in Berlin
HOUR = timedelta(hours=1)


def test_a_holiday_wins_over_an_override():
    both = {
        "holidays": ["2026-03-02"],
        "overrides": {"2026-03-02": [["09:00", "12:00"]]},
    }
    calendar = worktime.read(BERLIN | both)

    assert worktime.add(calendar, MONDAY, HOUR) == MONDAY + 25 * HOUR


def test_a_break_is_cut_out_of_an_override_too():
    more = {
        "overrides": {"2026-03-02": [["08:00", "20:00"]]},
        "breaks": {"2026-03-02": [["10:00", "19:00"]]},
    }
    calendar = worktime.read(BERLIN | more)

    assert worktime.between(calendar, MONDAY - 9 * HOUR, MONDAY + 15 * HOUR) == 3 * HOUR


def test_a_night_shift_belongs_to_the_day_it_begins_on():
    nights = {"time_zone": "Europe/Berlin", "hours": {"sun": [["22:00", "30:00"]]}}
    calendar = worktime.read(nights | {"holidays": ["2026-03-02"]})  # the Monday

    assert worktime.is_open(calendar, datetime(2026, 3, 2, 3, tzinfo=UTC))
    assert not worktime.is_open(calendar, datetime(2026, 3, 2, 5, tzinfo=UTC))


def test_hours_that_end_are_an_answer_and_not_an_endless_search():
    only = {"time_zone": "UTC", "overrides": {"2026-03-02": [["09:00", "12:00"]]}}
    calendar = worktime.read(only)
    after = datetime(2026, 3, 3, tzinfo=UTC)

    with pytest.raises(CalendarError, match="not that much working time"):
        worktime.add(calendar, after, HOUR)
    with pytest.raises(CalendarError, match="not that many working days"):
        worktime.add_working_days(calendar, MONDAY, 3)
    assert worktime.next_opening(calendar, after) is None
    assert worktime.next_closing(calendar, after) is None
    assert worktime.first_period(calendar, after) is None
    assert worktime.previous_closing(calendar, after) == MONDAY + 4 * HOUR
    assert worktime.snap_back(calendar, after) == MONDAY + 4 * HOUR


def test_no_working_day_later_is_now_also_in_the_hour_that_comes_twice():
    sunday = {"time_zone": "Europe/Berlin", "hours": {"sun": [["00:00", "24:00"]]}}
    calendar = worktime.read(sunday)
    second_half_past_two = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)

    assert worktime.add_working_days(calendar, second_half_past_two, 0) == (
        second_half_past_two
    )


def test_what_never_closes_has_no_closing():
    assert worktime.next_closing(worktime.ALWAYS, MONDAY) is None
    assert worktime.next_opening(worktime.ALWAYS, MONDAY) is None
    assert worktime.previous_opening(worktime.ALWAYS, MONDAY) is None
    assert worktime.previous_closing(worktime.ALWAYS, MONDAY) is None
    assert worktime.first_period(worktime.ALWAYS, MONDAY) == (MONDAY, None)


def test_times_out_of_reach_are_refused_and_not_searched():
    calendar = worktime.read(BERLIN)
    for far in (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)):
        with pytest.raises(CalendarError, match="from 1970 to 2099"):
            worktime.add(calendar, far, HOUR)
        with pytest.raises(CalendarError, match="from 1970 to 2099"):
            worktime.is_open(calendar, far)
    with pytest.raises(CalendarError):
        worktime.add(calendar, MONDAY, timedelta(days=100_000))
    with pytest.raises(CalendarError):
        worktime.add_working_days(calendar, MONDAY, 10**9)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("time_zone", "Mars/Olympus", "no time zone “Mars/Olympus”"),
        ("time_zone", None, "which time zone"),
        ("time_zone", 7, "no time zone"),
        ("hours", {}, "Nobody would ever work"),
        ("hours", {"mon": []}, "Nobody would ever work"),
        ("hours", [], "hours of each day"),
        ("hours", {"monday": [["09:00", "17:00"]]}, "“monday” is none of mon"),
        ("hours", {"mon": [["17:00", "09:00"]]}, "mon: 09:00 is not after 17:00"),
        ("hours", {"mon": [["09:00", "09:00"]]}, "is not after"),
        ("hours", {"mon": [["09:00", "48:01"]]}, "not a time from 00:00 to 48:00"),
        ("hours", {"mon": [["09:00", "9.30"]]}, "not a time from 00:00 to 48:00"),
        ("hours", {"mon": [["24:00", "25:00"]]}, "begins before 24:00"),
        ("hours", {"mon": [["09:00", 17]]}, "not a time"),
        ("hours", {"mon": [["09:00"]]}, "as a pair"),
        ("hours", {"mon": "09:00-17:00"}, "mon: Send a list"),
        ("hours", {"mon": [["09:00", "12:00"], ["11:00", "13:00"]]}, "overlap"),
        (
            "hours",
            {"mon": [["22:00", "32:00"]], "tue": [["07:00", "09:00"]]},
            "22:00–32:00 of mon reaches over 07:00–09:00 of tue",
        ),
        (
            "hours",
            {"sun": [["22:00", "32:00"]], "mon": [["07:00", "09:00"]]},
            "of sun reaches over",
        ),
        ("hours", {"mon": [["00:00", "00:01"]] * 25}, "at most 24"),
        ("holidays", ["2026-02-30"], "“2026-02-30” is not a date like"),
        ("holidays", ["20260302"], "is not a date"),
        ("holidays", "2026-03-02", "a list of at most 5000 dates"),
        ("holidays", ["1026-03-02"], "not from 1970 to 2099"),
        ("holidays", ["2026-03-02"] * 5001, "at most 5000"),
        ("overrides", {"soon": []}, "“soon” is not a date"),
        ("overrides", [], "times by date"),
        ("breaks", {"2026-03-02": [["12:00", "11:00"]]}, "2026-03-02: 11:00 is not"),
    ],
)
def test_an_impossible_calendar_is_told_why(field, value, says):
    with pytest.raises(CalendarError) as caught:
        worktime.read(BERLIN | {field: value})

    assert list(caught.value.errors) == [field]
    assert says in caught.value.errors[field][0]


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(CalendarError) as caught:
        worktime.read({"time_zone": "Nowhere", "hours": 3, "holidays": [None]})

    assert set(caught.value.errors) == {"time_zone", "hours", "holidays"}


def test_a_week_without_hours_needs_an_override_that_is_worked():
    closed = {"time_zone": "UTC", "overrides": {"2026-03-02": [["09:00", "12:00"]]}}
    assert worktime.read(closed)

    with pytest.raises(CalendarError):
        worktime.read(closed | {"holidays": ["2026-03-02"]})
    with pytest.raises(CalendarError):
        worktime.read({"time_zone": "UTC", "overrides": {"2026-03-02": []}})


def test_a_hundred_thousand_additions_take_seconds():
    random, calendar = Random(7), worktime.read(BERLIN)
    starts = [
        MONDAY + timedelta(minutes=random.randrange(525_600)) for _ in range(100_000)
    ]
    began = time.perf_counter()

    for start in starts:
        worktime.add(calendar, start, timedelta(hours=20))

    assert time.perf_counter() - began < 10  # measured: 0.5, busy 1.8
