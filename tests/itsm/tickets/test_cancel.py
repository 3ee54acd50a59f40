"""Cancelling: with a reason that the requester reads."""

import pytest

from itsm.tickets import actions
from itsm.tickets.doors import perform
from itsm.tickets.models import Comment
from tests.factories import a_request, an_incident, later, resolved, taken
from tests.itsm.checks import (
    forbidden,
    fresh,
    inactive,
    invalid,
    kinds,
    wrong_state,
)


@pytest.mark.parametrize("state", ["new", "in_progress", "waiting"])
def test_cancelling_ends_it_and_says_why_in_public(cast, state):
    ticket = an_incident(cast) if state == "new" else taken(cast)
    if state == "waiting":
        actions.wait(ticket=ticket, by=cast.bob, at=later(2), reason="requester")
    actions.cancel(ticket=ticket, by=cast.bob, at=later(5), comment="Sent twice.")
    ticket = fresh(ticket)
    assert (ticket.state, ticket.state_category) == ("cancelled", "cancelled")
    assert (ticket.closed_at, ticket.resolved_at) == (later(5), None)
    assert (ticket.next_due_at, ticket.timer_at, ticket.paused_since) == (
        None,
        None,
        None,
    )
    assert Comment.objects.get(ticket=ticket).is_public
    assert kinds(ticket)[-2:] == ["cancel", "comment"]


@pytest.mark.parametrize("raw", [{}, {"comment": ""}, {"comment": " "}])
def test_without_a_reason_nothing_is_cancelled(cast, raw):
    ticket = an_incident(cast)
    with invalid() as caught:
        perform(ticket, "cancel", raw, by=cast.bob, at=later(5))
    assert set(caught.value.errors) == {"comment"}


def test_what_is_resolved_cannot_be_cancelled(cast):
    ticket = resolved(cast)
    with wrong_state():
        actions.cancel(ticket=ticket, by=cast.bob, at=later(5), comment="No")


def test_what_is_cancelled_stays_cancelled(cast):
    ticket = an_incident(cast)
    actions.cancel(ticket=ticket, by=cast.bob, at=later(5), comment="No")
    for verb in ("cancel", "reopen", "resolve"):
        with wrong_state() as caught:
            raw = {"comment": "x"}
            perform(ticket, verb, raw, by=cast.bob, at=later(6))
        assert set(caught.value.allowed).isdisjoint({verb, "take", "assign"})


def test_the_requester_of_an_incident_may_not_but_of_a_request_may(cast):
    ticket = an_incident(cast)
    with forbidden():
        actions.cancel(ticket=ticket, by=cast.carol, at=later(5), comment="Solved")
    request = a_request(cast)
    actions.cancel(ticket=request, by=cast.carol, at=later(5), comment="No need")
    assert fresh(request).state == "cancelled"


def test_others_may_not(cast):
    ticket = a_request(cast)
    with forbidden():
        actions.cancel(ticket=ticket, by=cast.mallory, at=later(5), comment="Ha")
    carol = inactive(cast.carol)
    with forbidden():
        actions.cancel(ticket=ticket, by=carol, at=later(5), comment="Bye")
