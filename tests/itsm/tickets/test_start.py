"""Starting: new becomes work, once the service is known."""

import pytest

from itsm.tickets import actions
from itsm.tickets.doors import perform
from tests.factories import an_incident, later, taken
from tests.itsm.checks import forbidden, fresh, invalid, last, wrong_state


def test_starting_moves_a_new_incident_to_work_without_giving_it_an_owner(cast):
    ticket = an_incident(cast, service=cast.services["vpn"])
    actions.start(ticket=ticket, by=cast.bob, at=later(1))
    assert (fresh(ticket).state, fresh(ticket).owner) == ("in_progress", None)
    assert last(ticket).kind == "ticket.start"
    assert last(ticket).changes == {
        "state": ["new", "in_progress"],
        "state_category": ["new", "active"],
    }


def test_the_service_may_come_with_it_by_its_slug(cast):
    ticket = an_incident(cast)
    perform(ticket, "start", {"service": "vpn"}, by=cast.bob, at=later(1))
    assert fresh(ticket).service == cast.services["vpn"]


def test_without_a_service_the_answer_names_it(cast):
    ticket = an_incident(cast)
    with invalid() as caught:
        actions.start(ticket=ticket, by=cast.bob, at=later(1))
    assert set(caught.value.errors) == {"service"}
    assert caught.value.status == 422


@pytest.mark.parametrize("value", ["nothing-like-it", "vpm", 7, ["vpn"], {"a": 1}])
def test_a_service_that_does_not_exist_is_named_in_a_sentence(cast, value):
    ticket = an_incident(cast)
    with invalid() as caught:
        perform(ticket, "start", {"service": value}, by=cast.bob, at=later(1))
    assert set(caught.value.errors) == {"service"}
    if value == "vpm":
        assert "vpn" in caught.value.detail


def test_starting_twice_says_what_is_possible_instead(cast):
    ticket = taken(cast)
    with wrong_state() as caught:
        actions.start(ticket=ticket, by=cast.bob, at=later(2))
    assert {"wait", "resolve", "cancel"} <= set(caught.value.allowed)
    assert "start" not in caught.value.allowed


@pytest.mark.parametrize("name", ["carol", "mallory"])
def test_requesters_may_not_start(cast, name):
    ticket = an_incident(cast, service=cast.services["vpn"])
    with forbidden():
        actions.start(ticket=ticket, by=cast.people[name], at=later(1))


def test_a_verb_that_no_process_knows_lists_those_that_exist(cast):
    ticket = an_incident(cast)
    with wrong_state() as caught:
        perform(ticket, "explode", {}, by=cast.bob, at=later(1))
    assert "cancel" in caught.value.allowed
