"""Waiting: for a named reason, pausing a promise only while the requester is asked."""

from datetime import timedelta

import pytest

from itsm.sla.models import Clock
from itsm.tickets import actions
from itsm.tickets.doors import perform
from itsm.tickets.models import Comment
from tests.cast import AT
from tests.factories import an_incident, later, said, taken
from tests.itsm.checks import (
    forbidden,
    fresh,
    inactive,
    invalid,
    kinds,
    last,
    wrong_state,
)

HOUR = timedelta(hours=1)
P4_RESOLUTION = timedelta(hours=40)  # five days of eight hours
P4_UPDATE = timedelta(hours=16)


def asked(cast):
    ticket = taken(cast)
    return actions.wait(
        ticket=ticket,
        by=cast.bob,
        at=later(60),
        reason="requester",
        comment="Which gateway?",
    )


def test_waiting_says_why_and_until_when(cast):
    ticket = taken(cast)
    actions.wait(
        ticket=ticket, by=cast.bob, at=later(5), reason="planned", until=later(90)
    )
    ticket = fresh(ticket)
    assert (ticket.state, ticket.wait_reason) == ("waiting", "planned")
    assert (ticket.wake_at, ticket.timer_at) == (later(90), later(90))
    assert ticket.timer_verb == "resume"
    assert last(ticket).changes == {
        "state": ["in_progress", "waiting"],
        "state_category": ["active", "waiting"],
        "wait_reason": ["", "planned"],
        "wake_at": [None, later(90).isoformat()],
    }


def test_the_question_to_the_requester_is_public_and_counts_as_news(cast):
    ticket = asked(cast)
    question = Comment.objects.get(ticket=ticket)
    assert question.is_public
    assert fresh(ticket).responded_at == later(60)
    assert kinds(ticket)[-2:] == ["wait", "comment"]


@pytest.mark.parametrize("reason", ["supplier", "change", "problem", "planned"])
def test_the_words_for_any_other_reason_are_ours(cast, reason):
    ticket = taken(cast)
    actions.wait(
        ticket=ticket, by=cast.bob, at=later(5), reason=reason, comment="Ticket 77"
    )
    assert not Comment.objects.get(ticket=ticket).is_public
    assert fresh(ticket).responded_at is None


def test_only_asking_the_requester_pauses_and_the_rest_is_kept_exactly(cast):
    ticket = asked(cast)
    assert fresh(ticket).paused_since == later(60)
    assert fresh(ticket).next_due_at is None
    actions.comment(ticket=ticket, by=cast.carol, at=later(60 * 25), body="Number 2")
    ticket = fresh(ticket)
    assert ticket.paused_since is None
    assert ticket.paused_for == 24 * HOUR
    assert ticket.next_due_kind == "update"  # it stood still as well
    assert ticket.next_due_at == later(60 * 25) + P4_UPDATE
    solution = Clock.objects.get(ticket=ticket, kind="resolution")
    assert solution.due_at == AT + P4_RESOLUTION + 24 * HOUR


def test_two_pauses_add_up_to_the_second(cast):
    ticket = asked(cast)
    seconds = timedelta(minutes=7, seconds=13, microseconds=5)
    actions.resume(ticket=ticket, by=cast.bob, at=later(60) + seconds)
    actions.wait(ticket=ticket, by=cast.bob, at=later(200), reason="requester")
    actions.resolve(
        ticket=ticket, by=cast.bob, at=later(200) + seconds, resolution="Found it."
    )
    assert fresh(ticket).paused_for == 2 * seconds
    assert fresh(ticket).paused_since is None


@pytest.mark.parametrize("reason", ["supplier", "change", "problem", "planned"])
def test_waiting_for_others_never_pauses_the_requesters_promise(cast, reason):
    ticket = taken(cast)
    said(ticket, "We ask Nordtel.", by=cast.bob)
    before = fresh(ticket).next_due_at
    actions.wait(ticket=ticket, by=cast.bob, at=later(5), reason=reason)
    assert fresh(ticket).paused_since is None
    assert fresh(ticket).next_due_at == before


def test_a_response_stays_due_while_the_requester_was_not_told_anything(cast):
    ticket = taken(cast)
    actions.wait(ticket=ticket, by=cast.bob, at=later(5), reason="requester")
    assert fresh(ticket).next_due_kind == "response"


def test_waiting_leaves_the_order_of_work_and_comes_back_to_its_place(cast):
    from itsm.tickets.models import Ticket

    ticket = taken(cast)
    before = fresh(ticket)
    assert ticket in Ticket.objects.workable()
    actions.wait(ticket=ticket, by=cast.bob, at=later(5), reason="supplier")
    assert ticket not in Ticket.objects.workable()
    assert ticket in Ticket.objects.open()
    actions.resume(ticket=ticket, by=cast.bob, at=later(60))
    assert ticket in Ticket.objects.workable()
    assert (fresh(ticket).band, fresh(ticket).start_by) == (
        before.band,
        before.start_by,
    )


@pytest.mark.parametrize("raw", [{}, {"reason": ""}, {"reason": None}])
def test_without_a_reason_the_answer_asks_for_one(cast, raw):
    ticket = taken(cast)
    with invalid() as caught:
        perform(ticket, "wait", raw, by=cast.bob, at=later(5))
    assert set(caught.value.errors) == {"reason"}


def test_an_unknown_reason_is_answered_with_those_there_are(cast):
    ticket = taken(cast)
    with invalid() as caught:
        perform(ticket, "wait", {"reason": "moon"}, by=cast.bob, at=later(5))
    assert "supplier" in caught.value.detail


@pytest.mark.parametrize(
    "until",
    ["2026-03-02T08:00:00Z", "yesterday", "2026-13-45T00:00:00Z", 5, "9999-12-31"],
)
def test_a_wake_time_lies_ahead_and_is_a_time(cast, until):
    ticket = taken(cast)
    raw = {"reason": "planned", "until": until}
    with invalid() as caught:
        perform(ticket, "wait", raw, by=cast.bob, at=later(5))
    assert set(caught.value.errors) == {"until"}


def test_a_time_without_a_zone_is_utc(cast):
    ticket = taken(cast)
    raw = {"reason": "planned", "until": "2026-03-02T12:30"}
    perform(ticket, "wait", raw, by=cast.bob, at=later(5))
    assert fresh(ticket).wake_at == later(210)


def test_waiting_twice_says_what_is_possible_instead(cast):
    ticket = asked(cast)
    with wrong_state() as caught:
        actions.wait(ticket=ticket, by=cast.bob, at=later(70), reason="supplier")
    assert "resume" in caught.value.allowed


@pytest.mark.parametrize("name", ["carol", "mallory"])
def test_requesters_may_not_let_it_wait(cast, name):
    ticket = taken(cast)
    by = cast.people[name]
    with forbidden():
        actions.wait(ticket=ticket, by=by, at=later(5), reason="planned")


def test_somebody_who_left_may_not(cast):
    ticket, bob = taken(cast), inactive(cast.bob)
    with forbidden():
        actions.wait(ticket=ticket, by=bob, at=later(5), reason="planned")


def test_a_new_incident_may_wait_too(cast):
    ticket = an_incident(cast)
    actions.wait(ticket=ticket, by=cast.bob, at=later(5), reason="supplier")
    assert fresh(ticket).state == "waiting"
