"""Promises kept: what is counted, when, of which tickets, and what stands beside it."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from itsm.feedback.models import Feedback
from itsm.sla.models import Clock, ClockKind, ClockState
from itsm.sla.reporting import Figures, Wish, behind, report
from tests.cast import AT
from tests.factories import rows
from tests.itsm.sla.agreeing import a_clock

KEPT, MET, MISSED = ClockState.KEPT, ClockState.MET, ClockState.MISSED
HOUR = timedelta(hours=1)
MONDAY = date(2026, 3, 2)


def wishing(kind=ClockKind.RESOLUTION, first=MONDAY, last=MONDAY, **where):
    return Wish(kind.value, first, last, ZoneInfo("Europe/Berlin"), where)


def of(user, **fields):
    return report(user, wishing(**fields))


def tickets(cast, *states, **fields):
    """A ticket with a resolution in each of these states."""
    made = rows(cast, len(states), **fields)
    for ticket, state in zip(made, states, strict=True):
        a_clock(ticket, state)
    return made


def test_without_clocks_there_is_nothing_to_report(cast):
    found = of(cast.bob)
    assert found.total == Figures()
    assert found.total.share is None
    assert found.by == {"service": {}, "team": {}, "priority": {}, "week": {}}


def test_kept_and_missed_make_the_share_and_the_rest_stands_apart(cast):
    tickets(cast, KEPT, MET, MISSED, ClockState.WITHDRAWN, ClockState.CANCELLED)
    tickets(cast, ClockState.RUNNING, ClockState.PAUSED)
    Clock.objects.filter(state__in=["running", "paused"]).update(ended_at=None)
    total = of(cast.bob).total
    assert (total.kept, total.missed, total.apart, total.open) == (2, 1, 2, 2)
    assert (total.due, total.share) == (3, pytest.approx(2 / 3))


def test_it_is_told_by_service_team_priority_and_week(cast):
    vpn, network = cast.services["vpn"], cast.teams["network"]
    tickets(cast, KEPT, MISSED, service=vpn, team=network, priority=1)
    tickets(cast, KEPT, service=None)
    by = of(cast.bob).by
    assert by["service"][vpn.pk].share == 0.5
    assert by["service"][None].kept == 1
    assert by["team"][network.pk].due == 2
    assert {p: f.due for p, f in by["priority"].items()} == {1: 2, 4: 1}
    assert {week: f.due for week, f in by["week"].items()} == {MONDAY: 3}


def test_a_week_begins_on_monday_in_the_readers_zone(cast):
    (ticket,) = rows(cast, 1)
    sunday = AT.replace(day=8, hour=23, minute=30)  # in Berlin it is Monday
    a_clock(ticket, KEPT, ended_at=sunday)
    found = of(cast.bob, last=date(2026, 3, 15))
    assert list(found.by["week"]) == [date(2026, 3, 9)]


def test_a_promise_counts_on_the_day_on_which_it_was_decided(cast):
    (late,) = rows(cast, 1)
    a_clock(late, MISSED, ended_at=AT + timedelta(days=9))
    assert of(cast.bob).total.missed == 1
    later_on = date(2026, 3, 11)
    assert of(cast.bob, first=later_on, last=later_on).total == Figures()


def test_only_the_kind_and_the_tickets_asked_for_are_counted(cast):
    vpn = cast.services["vpn"]
    (ticket,) = tickets(cast, KEPT, service=vpn, priority=2)
    a_clock(ticket, MISSED, kind=ClockKind.RESPONSE)
    assert of(cast.bob, kind=ClockKind.RESPONSE).total.missed == 1
    assert of(cast.bob, service=vpn.pk, priority=2, type="incident").total.kept == 1
    assert of(cast.bob, service=vpn.pk, priority=3).total == Figures()
    acme = cast.organisations["acme"]
    assert of(cast.bob, organisation=acme.pk).total.kept == 1


def test_an_operational_target_is_its_teams_wherever_the_ticket_is_now(cast):
    desk, network = cast.teams["desk"], cast.teams["network"]
    (ticket,) = rows(cast, 1, team=desk)
    a_clock(ticket, KEPT, kind=ClockKind.OPERATIONAL, party=network)
    assert list(of(cast.bob, kind=ClockKind.OPERATIONAL).by["team"]) == [network.pk]


def test_restricted_tickets_are_absent_for_those_who_may_not_see_them(cast):
    tickets(cast, MISSED, restricted=True)
    assert of(cast.bob).total == Figures()
    assert of(cast.grace).total.missed == 1
    assert behind(cast.bob, wishing(), "missed", 10) == []
    assert len(behind(cast.grace, wishing(), "missed", 10)) == 1


def test_working_time_stands_beside_wall_clock_time_and_the_share_that_waited(cast):
    for paused in (HOUR, None):
        (ticket,) = rows(cast, 1, paused_for=paused)
        a_clock(ticket, KEPT, used=HOUR, ended_at=AT + 4 * HOUR)
    total = of(cast.bob).total
    assert (total.used, total.wall, total.paused) == (HOUR, 4 * HOUR, 0.125)


def test_reopened_bounced_and_what_people_thought_stand_beside_it(cast):
    made = tickets(cast, KEPT, KEPT, KEPT, KEPT, reopens=1)
    rows_ = tickets(cast, KEPT, handovers=2)
    for ticket, mark in zip([*made, *rows_], (2, 2, 3, 2, 3), strict=True):
        Feedback.objects.create(
            ticket=ticket, person=cast.carol, satisfaction=mark, effort=4, at=AT
        )
    total = of(cast.bob).total
    assert (total.tickets, total.reopened, total.bounced) == (5, 4, 1)
    assert (total.satisfaction, total.effort) == (pytest.approx(2.4), 4)
    assert total.is_watermelon


def test_two_opinions_are_told_to_nobody(cast):
    made = tickets(cast, KEPT, KEPT)
    for ticket in made:
        Feedback.objects.create(ticket=ticket, person=cast.carol, satisfaction=1, at=AT)
    total = of(cast.bob).total
    assert (total.satisfaction, total.effort, total.is_watermelon) == (
        None,
        None,
        False,
    )


def test_an_opinion_counts_once_however_many_updates_were_promised(cast):
    made = rows(cast, 3)
    for ticket, mark in zip(made, (1, 1, 4), strict=True):
        Feedback.objects.create(
            ticket=ticket, person=cast.carol, satisfaction=mark, at=AT
        )
    for cycle in range(1, 5):
        a_clock(made[2], KEPT, kind=ClockKind.UPDATE, cycle=cycle)
    for ticket in made[:2]:
        a_clock(ticket, KEPT, kind=ClockKind.UPDATE)
    total = of(cast.bob, kind=ClockKind.UPDATE).total
    assert (total.kept, total.tickets, total.satisfaction) == (6, 3, 2)


def test_the_tickets_behind_a_number_are_those_it_counted(cast):
    kept, missed = tickets(cast, KEPT, MISSED)
    found = behind(cast.bob, wishing(), "missed", 10)
    assert [row[0] for row in found] == [missed.number]
    assert {row[0] for row in behind(cast.bob, wishing(), "", 10)} == {
        kept.number,
        missed.number,
    }


def test_two_statements_for_few_and_for_many(cast, django_assert_num_queries):
    tickets(cast, KEPT)
    with django_assert_num_queries(2):
        of(cast.grace)
    tickets(cast, *[KEPT] * 60, service=cast.services["vpn"])
    with django_assert_num_queries(2):
        assert of(cast.grace).total.kept == 61


def test_a_green_share_with_content_people_is_no_watermelon():
    good = {"kept": 9, "missed": 1, "effort": 2}
    assert not Figures(**good, satisfaction=4.2).is_watermelon
    assert Figures(**good, satisfaction=3.4).is_watermelon
    assert not Figures(kept=1, missed=9, satisfaction=1.0).is_watermelon
