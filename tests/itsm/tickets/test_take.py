"""Taking: one owner, started where nothing is missing."""

from datetime import timedelta
from uuid import uuid4

import pytest

from core.context import Door, through
from core.errors import Forbidden, Refused, Stale
from itsm.tickets import actions
from itsm.tickets.doors import perform
from tests.factories import a_problem, a_request, an_incident, later, resolved, taken
from tests.itsm.checks import (
    events,
    forbidden,
    fresh,
    inactive,
    kinds,
    last,
    refused,
    wrong_state,
)


def test_taking_a_new_incident_with_a_service_makes_an_owner_and_starts_it(cast):
    ticket = an_incident(cast, service=cast.services["vpn"])
    actions.take(ticket=ticket, by=cast.bob, at=later(1))
    ticket = fresh(ticket)
    assert (ticket.owner, ticket.state) == (cast.bob, "in_progress")
    assert ticket.state_since == later(1)
    assert kinds(ticket) == ["open", "take", "start"]
    take, start = events(ticket)[1:]
    assert take.changes == {"owner": [None, cast.bob.pk]}
    assert start.changes["state"] == ["new", "in_progress"]
    assert {e.actor_id for e in (take, start)} == {cast.bob.pk}
    assert take.public
    assert start.public


def test_without_a_service_the_owner_is_set_and_the_state_stays(cast):
    ticket = an_incident(cast)
    actions.take(ticket=ticket, by=cast.bob, at=later(1))
    assert (fresh(ticket).owner, fresh(ticket).state) == (cast.bob, "new")


def test_the_service_may_come_with_the_taking(cast):
    ticket = an_incident(cast)
    vpn = cast.services["vpn"]
    actions.take(ticket=ticket, by=cast.bob, at=later(1), service=vpn)
    assert fresh(ticket).state == "in_progress"
    assert fresh(ticket).service == vpn
    assert last(ticket).changes["service"] == [None, vpn.pk]


def test_taking_with_a_restricted_service_restricts_the_ticket(cast):
    ticket = an_incident(cast)
    hr = cast.services["hr-portal"]
    actions.take(ticket=ticket, by=cast.bob, at=later(1), service=hr)
    assert fresh(ticket).restricted
    assert last(ticket).changes["restricted"] == [False, True]


def test_taking_again_changes_nothing_and_is_no_error(cast):
    ticket = taken(cast)
    before = fresh(ticket).version
    actions.take(ticket=ticket, by=cast.bob, at=later(5))
    assert fresh(ticket).version == before
    assert kinds(ticket) == ["open", "take", "start"]


def test_taking_ones_own_new_ticket_with_the_missing_service_starts_it(cast):
    ticket = taken(cast, an_incident(cast))
    assert ticket.state == "new"
    actions.take(ticket=ticket, by=cast.bob, at=later(2), service=cast.services["vpn"])
    assert fresh(ticket).state == "in_progress"


def test_somebody_elses_ticket_is_refused_with_their_name(cast):
    ticket = taken(cast)
    with refused() as caught:
        actions.take(ticket=ticket, by=cast.erin, at=later(2))
    assert cast.bob.name in caught.value.detail
    assert caught.value.status == 409


def test_an_offered_ticket_changes_hands_by_taking(cast):
    ticket = taken(cast)
    actions.assign(ticket=ticket, by=cast.dana, at=later(2), owner=cast.erin)
    actions.take(ticket=ticket, by=cast.erin, at=later(3))
    ticket = fresh(ticket)
    assert (ticket.owner, ticket.offered_to, ticket.handovers) == (cast.erin, None, 1)
    assert last(ticket).changes == {
        "owner": [cast.bob.pk, cast.erin.pk],
        "offered_to": [cast.erin.pk, None],
    }


@pytest.mark.parametrize("name", ["alice", "bob", "erin", "dana", "frank", "grace"])
def test_everybody_who_works_here_may_take_what_they_see(cast, name):
    ticket = an_incident(cast)
    actions.take(ticket=ticket, by=cast.people[name], at=later(1))
    assert fresh(ticket).owner == cast.people[name]


@pytest.mark.parametrize("name", ["carol", "mallory"])
def test_requesters_may_not_take(cast, name):
    ticket = an_incident(cast)
    with forbidden():
        actions.take(ticket=ticket, by=cast.people[name], at=later(1))


def test_somebody_who_left_may_not_take(cast):
    ticket = an_incident(cast)
    bob = inactive(cast.bob)
    with forbidden():
        actions.take(ticket=ticket, by=bob, at=later(1))


@pytest.mark.parametrize("verb", ["take", "assign", "triage"])
def test_what_is_over_cannot_be_worked_on_and_the_answer_lists_what_can(cast, verb):
    ticket = resolved(cast)
    with wrong_state() as caught:
        perform(ticket, verb, {}, by=cast.bob, at=later(5))
    assert {"reopen", "close", "comment"} <= set(caught.value.allowed)
    assert not {"take", "assign", "triage", "start"} & set(caught.value.allowed)


def test_a_newer_version_refuses_the_taking_after_policy_and_before_state(cast):
    ticket = an_incident(cast)
    old = ticket.version
    actions.triage(ticket=ticket, by=cast.alice, at=later(1), affected=5)
    with refused(Stale) as caught:
        perform(ticket, "take", {}, by=cast.bob, at=later(2), version=old)
    assert caught.value.current == f'"{ticket.number}.{old + 1}"'
    with pytest.raises(Forbidden):
        perform(ticket, "take", {}, by=cast.carol, at=later(2), version=old)


def test_the_event_says_through_which_door_and_in_which_request(cast):
    ticket, request_id = an_incident(cast), uuid4()
    with through(Door.API, request_id):
        actions.take(ticket=ticket, by=cast.bob, at=later(1))
    assert last(ticket).door == "api"
    assert last(ticket).request_id == request_id
    assert last(ticket).at == later(1)


def test_the_version_and_the_change_time_rise_together(cast):
    ticket = an_incident(cast, service=cast.services["vpn"])
    before = fresh(ticket)
    actions.take(ticket=ticket, by=cast.bob, at=later(1))
    assert fresh(ticket).version > before.version
    assert fresh(ticket).updated_at == later(1)


def test_a_late_clock_never_turns_the_change_time_back(cast):
    ticket = taken(cast)
    at = ticket.updated_at - timedelta(minutes=5)
    actions.comment(ticket=ticket, by=cast.bob, at=at, body="From a slow machine")
    assert fresh(ticket).updated_at == ticket.updated_at


def test_taking_a_request_that_awaits_its_approval_leaves_it_there(cast):
    from itsm.requests.actions import order

    laptop = cast.offerings["new-laptop"]
    ticket = order(offering=laptop, by=cast.carol, at=later(0))
    actions.take(ticket=ticket, by=cast.bob, at=later(1))
    assert (fresh(ticket).owner, fresh(ticket).state) == (cast.bob, "approval")


def test_taking_starts_requests_and_problems_as_their_processes_say(cast):
    request = a_request(cast)
    actions.take(ticket=request, by=cast.bob, at=later(1))
    assert fresh(request).state == "fulfilling"
    problem = a_problem(cast, service=cast.services["vpn"])
    actions.take(ticket=problem, by=cast.erin, at=later(1))
    assert fresh(problem).state == "investigating"


def test_a_failed_part_takes_the_whole_action_with_it(cast, monkeypatch):
    from itsm.tickets.actions import moving

    def fails(*args, **kwargs):
        raise Refused("no")

    ticket = an_incident(cast, service=cast.services["vpn"])
    monkeypatch.setattr(moving, "set_detail", fails)
    with refused():
        actions.take(ticket=ticket, by=cast.bob, at=later(1))
