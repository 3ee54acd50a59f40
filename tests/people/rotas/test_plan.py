"""Who is on duty: exactly one answer at every instant, also on nights of clock changes.

The check beside the rules knows nothing of instants of hand-overs: it lets a clock on
the wall run through the year and asks how far it has come. A turn has begun once the
clock has shown its hand-over or anything later.
"""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from people.rotas.local import instant
from people.rotas.plan import (
    Absence,
    Away,
    Hours,
    Layer,
    Override,
    Rota,
    Swap,
    Unit,
    Why,
    next_change,
    on_duty,
    shifts,
)

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # half an hour, and in October forward
ZONES = [BERLIN, NEW_YORK, LORD_HOWE, ZoneInfo("UTC"), ZoneInfo("Asia/Kathmandu")]
YEAR = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
ALICE, BOB, CAROL, ERIN = 1, 2, 3, 4
HOUR = timedelta(hours=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def weekly(zone=BERLIN, at="09:00", people=(ALICE, BOB), **more) -> Layer:
    first = datetime.combine(datetime(2026, 1, 5), time.fromisoformat(at))
    given = {"every": 1, "unit": Unit.WEEKS, "position": 1, "id": 1, **more}
    return Layer(zone=zone, people=people, first=first, **given)


def turns(layer: Layer, start: str, end: str) -> list:
    return [(s.start, s.end) for s in shifts(Rota((layer,)), utc(start), utc(end))]


# Local times ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "wall", "expected"),
    [
        (BERLIN, "2026-03-29T02:30", "2026-03-29T01:00"),  # left out: after the gap
        (BERLIN, "2026-03-29T02:00", "2026-03-29T01:00"),
        (BERLIN, "2026-03-29T03:00", "2026-03-29T01:00"),
        (BERLIN, "2026-10-25T02:30", "2026-10-25T00:30"),  # twice: the first
        (BERLIN, "2026-10-25T03:00", "2026-10-25T02:00"),
        (NEW_YORK, "2026-03-08T02:30", "2026-03-08T07:00"),
        (NEW_YORK, "2026-11-01T01:30", "2026-11-01T05:30"),
        (LORD_HOWE, "2026-10-04T02:15", "2026-10-03T15:30"),
        (LORD_HOWE, "2026-04-05T01:45", "2026-04-04T14:45"),
        (ZoneInfo("Pacific/Apia"), "2011-12-30T12:00", "2011-12-30T10:00"),
    ],
)
def test_a_time_that_is_not_or_is_twice_is_one_instant(zone, wall, expected):
    assert instant(zone, datetime.fromisoformat(wall)) == utc(expected)


@given(
    st.sampled_from(ZONES), st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31))
)
@settings(max_examples=500)
def test_a_local_time_is_the_first_instant_that_shows_it_or_later(zone, wall):
    found = instant(zone, wall)
    before = found - timedelta(microseconds=1)
    assert found.astimezone(zone).replace(tzinfo=None) >= wall
    assert before.astimezone(zone).replace(tzinfo=None) < wall


# Turns ------------------------------------------------------------------------


def test_a_week_over_a_clock_change_has_an_hour_less_or_more():
    spring = turns(weekly(), "2026-03-23T08:00", "2026-03-30T07:00")
    assert [end - start for start, end in spring] == [167 * HOUR]
    autumn = turns(weekly(), "2026-10-19T07:00", "2026-10-26T08:00")
    assert [end - start for start, end in autumn] == [169 * HOUR]


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        (BERLIN, "2026-03-29T01:00"),
        (BERLIN, "2026-10-25T00:30"),
        (NEW_YORK, "2026-03-08T07:00"),
        (NEW_YORK, "2026-11-01T07:30"),
        (LORD_HOWE, "2026-04-04T16:00"),
        (LORD_HOWE, "2026-10-03T15:30"),
    ],
)
def test_a_hand_over_at_half_past_two_on_the_night_of_the_change(zone, expected):
    layer = weekly(zone, "02:30", every=1, unit=Unit.DAYS)
    at = utc(expected)
    found = shifts(Rota((layer,)), at - 12 * HOUR, at + 12 * HOUR)
    assert [s.start for s in found][1:] == [at]
    assert found[0].person != found[1].person


def test_turns_of_hours_follow_the_clock_on_the_wall():
    layer = weekly(at="00:00", every=8, unit=Unit.HOURS, people=(ALICE, BOB, CAROL))
    start, end = utc("2026-03-28T23:00"), utc("2026-03-29T22:00")
    found = shifts(Rota((layer,)), start, end)
    assert [s.person for s in found] == [ALICE, BOB, CAROL]
    assert [s.end - s.start for s in found] == [7 * HOUR, 8 * HOUR, 8 * HOUR]


def test_an_hourly_turn_that_falls_into_the_gap_is_left_out():
    layer = weekly(at="00:00", every=1, unit=Unit.HOURS, people=(ALICE, BOB, CAROL))
    found = shifts(Rota((layer,)), utc("2026-03-29T00:00"), utc("2026-03-29T02:00"))
    assert [s.person for s in found] == [BOB, ALICE]  # one to two, three to four
    assert all(s.start < s.end for s in found)


def test_who_stands_twice_in_the_order_has_two_turns():
    layer = weekly(people=(ALICE, BOB, ALICE))
    found = shifts(Rota((layer,)), utc("2026-01-05T08:00"), utc("2026-02-02T08:00"))
    assert [s.person for s in found] == [ALICE, BOB, ALICE, ALICE]
    assert [s.turn for s in found] == [0, 1, 2, 3]


def test_nobody_is_on_duty_before_a_layer_begins_or_after_it_ends():
    layer = weekly(begins=utc("2026-01-07T00:00"), ends=utc("2026-01-09T00:00"))
    found = shifts(Rota((layer,)), utc("2026-01-06T00:00"), utc("2026-01-10T00:00"))
    assert [s.why for s in found] == [Why.OFF, Why.TURN, Why.OFF]


def test_a_layer_that_was_replaced_keeps_its_past():
    change = utc("2026-01-14T12:00")
    old = weekly(ends=change)
    new = weekly(people=(CAROL,), id=2, begins=change)
    rota = Rota((old, new))
    assert on_duty(rota, utc("2026-01-14T11:59")) == [BOB]
    assert on_duty(rota, change) == [CAROL]


# Hours ------------------------------------------------------------------------


def test_a_shift_across_midnight_ends_the_next_morning():
    nights = tuple(Hours(day, 22 * 60, 30 * 60) for day in range(5))
    layer = weekly(hours=nights)
    friday = shifts(Rota((layer,)), utc("2026-01-09T12:00"), utc("2026-01-12T12:00"))
    on = [s for s in friday if s.person is not None]
    assert [(s.start, s.end) for s in on] == [
        (utc("2026-01-09T21:00"), utc("2026-01-10T05:00"))
    ]
    assert [s.why for s in friday] == [Why.OFF, Why.TURN, Why.OFF]


def test_a_night_of_the_clock_change_is_an_hour_longer():
    layer = weekly(hours=(Hours(5, 22 * 60, 30 * 60),))
    found = shifts(Rota((layer,)), utc("2026-10-24T12:00"), utc("2026-10-25T12:00"))
    assert [s.end - s.start for s in found if s.person] == [9 * HOUR]


# Overrides, swaps, absences ---------------------------------------------------


def test_the_override_made_last_wins_and_then_the_turn_goes_on():
    first = Override(1, CAROL, utc("2026-01-06T00:00"), utc("2026-01-08T00:00"))
    second = Override(1, ERIN, utc("2026-01-07T00:00"), utc("2026-01-09T00:00"))
    rota = Rota((weekly(),), overrides=(first, second))
    found = shifts(rota, utc("2026-01-05T08:00"), utc("2026-01-12T08:00"))
    assert [s.person for s in found] == [ALICE, CAROL, ERIN, ALICE]
    assert found[1].instead_of == ALICE


def test_a_swap_exchanges_both_turns_and_without_it_both_go_back():
    rota = Rota((weekly(people=(ALICE, BOB, CAROL)),), swaps=(Swap((1, 0), (1, 2)),))
    span = utc("2026-01-05T08:00"), utc("2026-01-26T08:00")
    assert [s.person for s in shifts(rota, *span)] == [CAROL, BOB, ALICE]
    back = replace(rota, swaps=())
    assert [s.person for s in shifts(back, *span)] == [ALICE, BOB, CAROL]


def test_swaps_follow_one_another():
    swaps = Swap((1, 0), (1, 1)), Swap((1, 1), (1, 2))
    rota = Rota((weekly(people=(ALICE, BOB, CAROL)),), swaps=swaps)
    found = shifts(rota, utc("2026-01-05T08:00"), utc("2026-01-26T08:00"))
    assert [s.person for s in found] == [BOB, CAROL, ALICE]


def test_a_cover_takes_the_duty_and_their_cover_if_they_are_away_too():
    week = utc("2026-01-05T00:00"), utc("2026-01-12T08:00")
    away = (
        Absence(ALICE, *week, cover=BOB),
        Absence(BOB, utc("2026-01-07T00:00"), utc("2026-01-08T00:00"), cover=CAROL),
    )
    rota = Rota((weekly(),), away=Away(away))
    found = shifts(rota, utc("2026-01-05T08:00"), utc("2026-01-12T08:00"))
    assert [s.person for s in found] == [BOB, CAROL, BOB]
    assert {(s.why, s.instead_of) for s in found} == {(Why.COVER, ALICE)}


@pytest.mark.parametrize("cover", [None, BOB])
def test_nobody_left_is_a_gap_that_says_so(cover):
    always = YEAR
    away = Absence(ALICE, *always, cover=cover), Absence(BOB, *always, cover=ALICE)
    rota = Rota((weekly(),), away=Away(away))
    (one, *_more) = shifts(rota, utc("2026-01-05T08:00"), utc("2026-01-12T08:00"))
    assert (one.person, one.why, one.instead_of) == (None, Why.GAP, ALICE)


def test_an_override_with_somebody_absent_goes_to_their_cover():
    start, end = utc("2026-01-06T00:00"), utc("2026-01-07T00:00")
    rota = Rota(
        (weekly(),),
        overrides=(Override(1, CAROL, start, end),),
        away=Away((Absence(CAROL, start, end, cover=ERIN),)),
    )
    assert on_duty(rota, start) == [ERIN]


def test_who_has_no_access_any_more_leaves_a_gap_or_their_cover():
    at = utc("2026-01-06T00:00")
    rota = Rota((weekly(),), away=Away((), frozenset({ALICE})))
    assert on_duty(rota, at) == [None]
    covered = Away((Absence(ALICE, *YEAR, cover=BOB),), frozenset({ALICE}))
    assert on_duty(replace(rota, away=covered), at) == [BOB]


def test_the_next_change_is_when_others_are_on_duty():
    rota = Rota((weekly(people=(ALICE, ALICE, BOB)),))
    at = utc("2026-01-05T10:00")
    assert next_change(rota, at, timedelta(days=30)) == utc("2026-01-19T08:00")
    assert next_change(rota, at, timedelta(days=3)) is None


# Everything at once -----------------------------------------------------------

people = st.integers(1, 5)
instants = st.datetimes(
    datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)
)
NIGHTS = [utc(t) for t in ("2026-03-29T01:00", "2026-10-25T01:00", "2026-10-03T15:30")]
near_changes = st.builds(
    lambda night, minutes: night + timedelta(minutes=minutes),
    st.sampled_from(NIGHTS),
    st.integers(-600, 600),
)
moments = instants | near_changes


@st.composite
def spans(draw):
    start = draw(moments)
    return start, start + timedelta(minutes=draw(st.integers(1, 60 * 24 * 40)))


@st.composite
def layers(draw, position):
    hours = st.builds(
        lambda day, opens, length: Hours(day, opens, opens + length),
        st.integers(0, 6),
        st.integers(0, 1439),
        st.integers(1, 1440),
    )
    unit = draw(st.sampled_from(Unit))
    return Layer(
        id=position,
        position=position,
        zone=draw(st.sampled_from(ZONES)),
        people=tuple(draw(st.lists(people, min_size=1, max_size=4))),
        every=draw(st.integers(1, 3) if unit != Unit.HOURS else st.integers(4, 37)),
        unit=unit,
        first=datetime(2026, 1, 5) + timedelta(minutes=draw(st.integers(0, 1439))),
        hours=tuple(draw(st.lists(hours, max_size=3))),
    )


@st.composite
def rotas(draw):
    both = (draw(layers(1)), draw(layers(2)))
    turn = st.tuples(st.integers(1, 2), st.integers(-2, 60))
    overrides = st.builds(
        lambda position, person, span: Override(position, person, *span),
        st.integers(1, 2),
        people,
        spans(),
    )
    absences = st.builds(
        lambda person, span, cover: Absence(person, *span, cover),
        people,
        spans(),
        st.none() | people,
    )
    return Rota(
        both,
        tuple(draw(st.lists(overrides, max_size=4))),
        tuple(draw(st.lists(st.builds(Swap, turn, turn), max_size=3))),
        Away(tuple(draw(st.lists(absences, max_size=5)))),
    )


@given(rotas(), spans(), st.lists(moments, max_size=20))
@settings(max_examples=300, deadline=None)
def test_the_shifts_are_who_is_on_duty_at_every_instant(rota, span, asked):
    start, end = span
    found = shifts(rota, start, end)
    for number, position in enumerate(rota.positions):
        mine = [s for s in found if s.position == position]
        assert (mine[0].start, mine[-1].end) == (start, end)
        assert all(one.end == then.start for one, then in pairwise(mine))
        assert all(s.start < s.end for s in mine)
        edges = {at for s in mine for at in (s.start, s.end - timedelta.resolution)}
        for at in edges | {at for at in asked if start <= at < end}:
            (here,) = [s for s in mine if s.start <= at < s.end]
            assert on_duty(rota, at)[number] == here.person


class WallClock:
    """How far the clock on a zone's wall has ever come; asked in order of time."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone, self.furthest = zone, datetime.min

    def come_to(self, at: datetime) -> datetime:
        shown = at.astimezone(self.zone).replace(tzinfo=None)
        self.furthest = max(self.furthest, shown)
        return self.furthest


@pytest.mark.parametrize("zone", ZONES[:3], ids=str)
@pytest.mark.parametrize(
    ("every", "unit", "at"),
    [(1, Unit.WEEKS, "02:30"), (1, Unit.DAYS, "02:30"), (8, Unit.HOURS, "01:45")],
)
def test_a_year_by_the_clock_on_the_wall(zone, every, unit, at):
    """Each quarter of an hour of a year, beside an account that knows no instants."""
    layer = weekly(zone, at, (ALICE, BOB, CAROL), every=every, unit=unit)
    override = Override(1, ERIN, utc("2026-03-28T20:00"), utc("2026-03-29T03:15"))
    away = Absence(BOB, utc("2026-10-01T00:00"), utc("2026-11-03T00:00"), CAROL)
    swap = Swap((1, 10), (1, 12))
    rota = Rota((layer,), (override,), (swap,), Away((away,)))
    found = shifts(rota, *YEAR)
    clock, quarter, here, at_ = WallClock(zone), timedelta(minutes=15), 0, YEAR[0]
    while at_ < YEAR[1]:
        turn = (clock.come_to(at_) - layer.first) // layer.length
        turn = {10: 12, 12: 10}.get(turn, turn)
        expected = (ALICE, BOB, CAROL)[turn % 3]
        if override.start <= at_ < override.end:
            expected = ERIN
        if expected == BOB and away.start <= at_ < away.end:
            expected = CAROL
        while found[here].end <= at_:
            here += 1
        assert found[here].person == expected, at_
        assert on_duty(rota, at_) == [expected], at_
        at_ += quarter
