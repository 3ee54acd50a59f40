"""Quiet hours and digests, in one's own zone, also in nights of a clock change."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from notify import quiet

BERLIN, LORD_HOWE = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def end(at, begins, ends, zone=BERLIN):
    hours = (time.fromisoformat(one) for one in (begins, ends))
    return quiet.end_of_quiet(at, zone, *hours)


def test_outside_of_quiet_hours_nothing_waits():
    at = utc(2026, 3, 2, 9, 0)
    assert end(at, "22:00", "07:00") == at
    assert quiet.end_of_quiet(at, BERLIN, None, None) == at
    assert end(at, "10:00", "10:00") == at


def test_quiet_hours_go_over_midnight():
    assert end(utc(2026, 3, 2, 22, 0), "22:00", "07:00") == utc(2026, 3, 3, 6, 0)
    assert end(utc(2026, 3, 3, 2, 0), "22:00", "07:00") == utc(2026, 3, 3, 6, 0)


def test_quiet_hours_end_at_their_end_and_not_after_it():
    assert end(utc(2026, 3, 3, 6, 0), "22:00", "07:00") == utc(2026, 3, 3, 6, 0)
    assert end(utc(2026, 3, 2, 12, 30), "12:00", "14:00") == utc(2026, 3, 2, 13, 0)


def test_the_night_that_loses_an_hour_ends_at_seven_on_the_wall():
    assert end(utc(2026, 3, 28, 22, 0), "22:00", "07:00") == utc(2026, 3, 29, 5, 0)


def test_an_end_that_does_not_exist_comes_when_the_clock_jumps_over_it():
    assert end(utc(2026, 3, 28, 23, 0), "22:00", "02:30") == utc(2026, 3, 29, 1, 30)


def test_the_night_that_gains_an_hour_ends_at_seven_on_the_wall():
    assert end(utc(2026, 10, 24, 22, 0), "22:00", "07:00") == utc(2026, 10, 25, 6, 0)


def test_of_an_end_that_comes_twice_the_first_that_is_ahead_counts():
    assert end(utc(2026, 10, 24, 22, 0), "22:00", "02:30") == utc(2026, 10, 25, 0, 30)
    second = utc(2026, 10, 25, 1, 10)  # 02:10 for the second time
    assert end(second, "22:00", "02:30") == utc(2026, 10, 25, 1, 30)


@pytest.mark.parametrize("zone", [BERLIN, LORD_HOWE, ZoneInfo("America/New_York")])
def test_every_quarter_of_a_year_the_end_is_ahead_and_reads_seven(zone):
    at, step = utc(2026, 1, 1), timedelta(minutes=45)
    while at < utc(2027, 1, 1):
        found = end(at, "22:00", "07:00", zone)
        here = at.astimezone(zone).time()
        if here >= time(22) or here < time(7):
            assert found > at
            assert found.astimezone(zone).time() == time(7)
            assert found - at <= timedelta(hours=10)
        else:
            assert found == at
        at += step


def test_a_digest_is_due_the_next_time_the_clock_says_so():
    hour = time(8, 0)
    assert quiet.next_digest(utc(2026, 3, 2, 6, 0), BERLIN, hour) == utc(2026, 3, 2, 7)
    assert quiet.next_digest(utc(2026, 3, 2, 7, 0), BERLIN, hour) == utc(2026, 3, 3, 7)
    assert quiet.next_digest(utc(2026, 3, 28, 9), BERLIN, hour) == utc(2026, 3, 29, 6)


def test_a_zone_that_is_gone_is_the_installations():
    assert quiet.zone_of("Europe/Atlantis") == quiet.zone_of("")
