"""Hiding a ticket from all but those on it."""

import pytest

from itsm.tickets import actions
from itsm.tickets.doors import perform
from tests.factories import an_incident, later
from tests.itsm.checks import forbidden, fresh, inactive, invalid, kinds, last


@pytest.fixture
def ticket(cast):
    return an_incident(cast, team=cast.teams["desk"])


@pytest.mark.parametrize("name", ["alice", "grace"])
def test_the_teams_lead_and_administrators_may(cast, ticket, name):
    actions.restrict(ticket=ticket, by=cast.people[name], at=later(1))
    assert fresh(ticket).restricted
    assert last(ticket).changes == {"restricted": [False, True]}
    assert not last(ticket).public


def test_opening_it_again_is_said_in_the_log_too(cast, ticket):
    actions.restrict(ticket=ticket, by=cast.alice, at=later(1))
    raw = {"restricted": "no"}
    perform(ticket, "restrict", raw, by=cast.grace, at=later(2))
    assert not fresh(ticket).restricted
    assert last(ticket).changes == {"restricted": [True, False]}


def test_restricting_twice_is_no_news(cast, ticket):
    for minute in (1, 2):
        actions.restrict(ticket=ticket, by=cast.alice, at=later(minute))
    assert kinds(ticket) == ["open", "restrict"]


@pytest.mark.parametrize("name", ["bob", "erin", "dana", "frank", "carol", "mallory"])
def test_others_may_not(cast, ticket, name):
    with forbidden():
        actions.restrict(ticket=ticket, by=cast.people[name], at=later(1))


def test_a_lead_who_left_may_not(cast, ticket):
    alice = inactive(cast.alice)
    with forbidden():
        actions.restrict(ticket=ticket, by=alice, at=later(1))


@pytest.mark.parametrize("value", ["perhaps", 2, [], {}])
def test_the_flag_is_one(cast, ticket, value):
    with invalid() as caught:
        perform(ticket, "restrict", {"restricted": value}, by=cast.grace, at=later(1))
    assert set(caught.value.errors) == {"restricted"}


def test_a_ticket_of_a_restricted_service_starts_restricted(cast):
    assert an_incident(cast, service=cast.services["hr-portal"]).restricted
