"""Going on after a wait, by whoever may."""

import pytest

from itsm.tickets import actions
from itsm.tickets.doors import perform
from tests.factories import later, taken
from tests.itsm.checks import forbidden, fresh, invalid, last, wrong_state


@pytest.fixture
def ticket(cast):
    return actions.wait(
        ticket=taken(cast),
        by=cast.bob,
        at=later(2),
        reason="planned",
        until=later(90),
    )


@pytest.mark.parametrize("name", ["alice", "bob", "erin", "carol"])
def test_agents_and_its_requester_may_resume_it_by_hand(cast, ticket, name):
    actions.resume(ticket=ticket, by=cast.people[name], at=later(5))
    ticket = fresh(ticket)
    assert (ticket.state, ticket.wait_reason, ticket.wake_at) == (
        "in_progress",
        "",
        None,
    )
    assert (ticket.timer_at, ticket.timer_verb) == (None, "")
    assert ticket.owner == cast.bob
    assert last(ticket).actor_id == cast.people[name].pk
    assert last(ticket).changes == {
        "state": ["waiting", "in_progress"],
        "state_category": ["waiting", "active"],
        "wait_reason": ["planned", ""],
        "wake_at": [later(90).isoformat(), None],
    }


def test_nobody_else_may(cast, ticket):
    with forbidden():
        actions.resume(ticket=ticket, by=cast.mallory, at=later(5))


def test_what_does_not_wait_cannot_go_on(cast):
    ticket = taken(cast)
    with wrong_state():
        actions.resume(ticket=ticket, by=cast.bob, at=later(5))


def test_it_takes_no_fields(cast, ticket):
    with invalid() as caught:
        perform(ticket, "resume", {"state": "new"}, by=cast.bob, at=later(5))
    assert caught.value.errors == {"state": ["This takes no fields."]}
