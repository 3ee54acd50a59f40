"""Closing: by the requester, by monitoring, or by silence, which never verifies."""

from datetime import timedelta

import pytest

from core.context import Door, through
from itsm.tickets import actions, timers
from itsm.tickets.doors import perform
from tests.factories import a_problem, an_incident, later, resolved, taken
from tests.itsm.checks import forbidden, fresh, invalid, last, wrong_state


def test_the_requester_verifies_by_closing(cast):
    ticket = resolved(cast)
    actions.close(ticket=ticket, by=cast.carol, at=later(5))
    ticket = fresh(ticket)
    assert (ticket.state, ticket.verified_by) == ("closed", "requester")
    assert (ticket.closed_at, ticket.resolved_at) == (later(5), later(2))
    assert ticket.timer_at is None
    assert last(ticket).changes == {
        "state": ["resolved", "closed"],
        "state_category": ["resolved", "closed"],
        "verified_by": ["", "requester"],
    }


def test_monitoring_verifies_by_closing(cast):
    ticket = resolved(cast)
    with through(Door.SOURCE):
        actions.close(ticket=ticket, by=cast.bob, at=later(5))
    assert fresh(ticket).verified_by == "monitoring"


@pytest.mark.parametrize("name", ["bob", "alice", "grace"])
def test_an_agent_who_closes_verifies_nothing(cast, name):
    ticket = resolved(cast)
    actions.close(ticket=ticket, by=cast.people[name], at=later(5))
    assert fresh(ticket).verified_by == ""


def test_somebody_copied_on_closes_without_verifying(cast):
    ticket = resolved(cast)
    actions.copy_in(ticket=ticket, by=cast.bob, at=later(3), person=cast.mallory)
    actions.close(ticket=ticket, by=cast.mallory, at=later(5))
    assert fresh(ticket).verified_by == ""


def test_silence_closes_after_five_days_and_verifies_nothing(cast):
    ticket = resolved(cast)
    due = later(2) + timedelta(days=5)
    assert timers.sweep(at=due - timedelta(seconds=1)) == 0
    assert timers.sweep(at=due) == 1
    ticket = fresh(ticket)
    assert (ticket.state, ticket.verified_by) == ("closed", "")
    assert (last(ticket).actor_id, last(ticket).door) == (None, "timer")


def test_what_is_not_resolved_cannot_be_closed(cast):
    ticket = taken(cast)
    with wrong_state() as caught:
        actions.close(ticket=ticket, by=cast.bob, at=later(5))
    assert "resolve" in caught.value.allowed


def test_closing_twice_is_refused(cast):
    ticket = resolved(cast)
    actions.close(ticket=ticket, by=cast.carol, at=later(5))
    with wrong_state():
        actions.close(ticket=ticket, by=cast.carol, at=later(6))


def test_others_may_not_close(cast):
    ticket = resolved(cast)
    with forbidden():
        actions.close(ticket=ticket, by=cast.mallory, at=later(5))


def test_nobody_says_themselves_that_it_was_verified(cast):
    ticket = resolved(cast)
    with invalid():
        raw = {"verified_by": "requester"}
        perform(ticket, "close", raw, by=cast.bob, at=later(5))


def test_ending_a_problem_by_another_verb_is_no_verification(cast):
    problem = a_problem(cast)
    actions.cancel(ticket=problem, by=cast.alice, at=later(1), comment="A duplicate")
    assert fresh(problem).state == "closed"
    assert fresh(problem).verified_by == ""


def test_a_requester_who_works_here_verifies_like_any_other(cast):
    ticket = resolved(cast, an_incident(cast, by=cast.dana))
    actions.close(ticket=ticket, by=cast.dana, at=later(5))
    assert fresh(ticket).verified_by == "requester"
