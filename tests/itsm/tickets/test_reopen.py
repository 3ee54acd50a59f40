"""Reopening: to the same owner, in time, and what was verified no longer is."""

from datetime import timedelta

import pytest

from itsm.tickets import actions
from itsm.tickets.doors import perform
from itsm.tickets.models import Comment
from tests.factories import later, resolved, taken
from tests.itsm.checks import forbidden, fresh, invalid, kinds, last, wrong_state

DAYS = timedelta(days=1)


def reopened(cast, ticket, at, by=None):
    return actions.reopen(
        ticket=ticket, by=by or cast.carol, at=at, comment="It is back."
    )


@pytest.mark.parametrize("name", ["carol", "bob", "erin"])
def test_its_requester_and_agents_may_and_the_owner_stays(cast, name):
    ticket = resolved(cast)
    reopened(cast, ticket, later(5), by=cast.people[name])
    ticket = fresh(ticket)
    assert (ticket.state, ticket.owner, ticket.reopens) == (
        "in_progress",
        cast.bob,
        1,
    )
    assert (ticket.resolved_at, ticket.closed_at) == (None, None)
    assert ticket.timer_at is None
    assert kinds(ticket)[-2:] == ["reopen", "comment"]


def test_the_comment_is_public(cast):
    ticket = resolved(cast)
    reopened(cast, ticket, later(5))
    assert Comment.objects.get(ticket=ticket).is_public


def test_what_was_verified_is_withdrawn_and_the_log_says_so(cast):
    ticket = resolved(cast)
    actions.close(ticket=ticket, by=cast.carol, at=later(5))
    assert fresh(ticket).verified_by == "requester"
    reopened(cast, ticket, later(9))
    assert fresh(ticket).verified_by == ""
    event = next(e for e in reversed(list_events(ticket)) if e.kind.endswith("reopen"))
    assert event.changes["verified_by"] == ["requester", ""]


def list_events(ticket):
    from tests.itsm.checks import events

    return events(ticket)


def test_the_promise_is_open_again_as_if_it_had_never_been_met(cast):
    ticket = taken(cast)
    before = fresh(ticket)
    actions.resolve(ticket=ticket, by=cast.bob, at=later(3), resolution="Done.")
    assert fresh(ticket).next_due_at is None
    reopened(cast, ticket, later(9))
    ticket = fresh(ticket)
    assert ticket.next_due_at is not None
    assert ticket.start_by >= before.opened_at


def test_closed_less_than_ten_days_ago_it_may_be_reopened(cast):
    ticket = resolved(cast)
    actions.close(ticket=ticket, by=cast.carol, at=later(5))
    reopened(cast, ticket, later(5) + 10 * DAYS)
    assert fresh(ticket).state == "in_progress"


def test_after_ten_days_the_answer_says_until_when_and_to_open_a_new_one(cast):
    ticket = resolved(cast)
    actions.close(ticket=ticket, by=cast.carol, at=later(5))
    with wrong_state() as caught:
        reopened(cast, ticket, later(5) + 10 * DAYS + timedelta(seconds=1))
    assert "12 March 2026" in caught.value.detail
    assert "reopen" not in caught.value.allowed


def test_an_open_ticket_cannot_be_reopened(cast):
    ticket = taken(cast)
    with wrong_state():
        reopened(cast, ticket, later(5))


@pytest.mark.parametrize("raw", [{}, {"comment": " "}])
def test_it_needs_the_evidence(cast, raw):
    ticket = resolved(cast)
    with invalid() as caught:
        perform(ticket, "reopen", raw, by=cast.carol, at=later(5))
    assert set(caught.value.errors) == {"comment"}


def test_others_may_not(cast):
    ticket = resolved(cast)
    with forbidden():
        reopened(cast, ticket, later(5), by=cast.mallory)


def test_each_time_counts(cast):
    ticket = resolved(cast)
    for at in (5, 15, 25):
        reopened(cast, ticket, later(at))
        actions.resolve(ticket=ticket, by=cast.bob, at=later(at + 5), resolution="Yes")
    assert fresh(ticket).reopens == 3
    assert last(ticket).kind == "ticket.resolve"
