"""Assigning: at once or by consent, hand-overs counted, nobody surprised."""

import pytest

from itsm.tickets import actions
from itsm.tickets.doors import perform
from itsm.tickets.models import Comment
from tests.factories import an_incident, later, taken
from tests.itsm.checks import (
    events,
    forbidden,
    fresh,
    inactive,
    invalid,
    kinds,
    last,
)


def test_a_ticket_without_owner_is_given_at_once_by_anybody_who_works_here(cast):
    ticket = an_incident(cast)
    desk = cast.teams["desk"]
    actions.assign(ticket=ticket, by=cast.erin, at=later(1), owner=cast.bob, team=desk)
    ticket = fresh(ticket)
    assert (ticket.owner, ticket.team, ticket.handovers) == (cast.bob, desk, 0)
    assert last(ticket).kind == "ticket.assign"
    assert not last(ticket).public
    assert last(ticket).changes == {
        "owner": [None, cast.bob.pk],
        "team": [None, desk.pk],
    }


def test_assigning_an_owned_ticket_offers_it_and_the_owner_stays(cast):
    ticket = taken(cast)
    actions.assign(ticket=ticket, by=cast.dana, at=later(2), owner=cast.erin)
    ticket = fresh(ticket)
    assert (ticket.owner, ticket.offered_to, ticket.handovers) == (
        cast.bob,
        cast.erin,
        0,
    )
    assert last(ticket).kind == "ticket.offer"
    assert last(ticket).changes == {"offered_to": [None, cast.erin.pk]}


def test_the_owner_handing_over_asks_the_receiver_too(cast):
    ticket = taken(cast)
    actions.assign(ticket=ticket, by=cast.bob, at=later(2), owner=cast.erin)
    assert fresh(ticket).owner == cast.bob
    assert fresh(ticket).offered_to == cast.erin


def test_a_second_offer_replaces_the_first_and_the_same_one_is_no_news(cast):
    ticket = taken(cast)
    for at, owner in ((2, cast.erin), (3, cast.erin), (4, cast.dana)):
        actions.assign(ticket=ticket, by=cast.bob, at=later(at), owner=owner)
    assert fresh(ticket).offered_to == cast.dana
    assert kinds(ticket).count("offer") == 2


@pytest.mark.parametrize("name", ["alice", "grace"])
def test_dispatchers_and_administrators_hand_over_at_once(cast, name):
    ticket = taken(cast)
    by = cast.people[name]
    actions.assign(ticket=ticket, by=by, at=later(2), owner=cast.erin)
    ticket = fresh(ticket)
    assert (ticket.owner, ticket.handovers) == (cast.erin, 1)


def test_the_lead_of_its_team_hands_over_at_once_and_of_another_team_offers(cast):
    network = cast.teams["network"]
    led = taken(cast, an_incident(cast, team=network))
    actions.assign(ticket=led, by=cast.erin, at=later(2), owner=cast.dana)
    assert fresh(led).owner == cast.dana
    other = taken(cast, an_incident(cast, team=cast.teams["desk"]))
    actions.assign(ticket=other, by=cast.erin, at=later(2), owner=cast.dana)
    assert fresh(other).owner == cast.bob


def test_giving_it_at_once_ends_an_offer(cast):
    ticket = taken(cast)
    actions.assign(ticket=ticket, by=cast.bob, at=later(2), owner=cast.erin)
    actions.assign(ticket=ticket, by=cast.alice, at=later(3), owner=cast.dana)
    assert fresh(ticket).offered_to is None
    assert last(ticket).changes == {
        "owner": [cast.bob.pk, cast.dana.pk],
        "offered_to": [cast.erin.pk, None],
    }


def test_one_move_of_owner_and_team_is_one_hand_over(cast):
    ticket = taken(cast, an_incident(cast, team=cast.teams["desk"]))
    actions.assign(
        ticket=ticket,
        by=cast.alice,
        at=later(2),
        owner=cast.erin,
        team=cast.teams["network"],
    )
    assert fresh(ticket).handovers == 1


def test_only_the_owner_or_a_lead_leaves_a_ticket_without_owner(cast):
    ticket = taken(cast)
    with forbidden():
        actions.assign(ticket=ticket, by=cast.dana, at=later(2), owner=None)
    actions.assign(ticket=ticket, by=cast.bob, at=later(3), owner=None)
    assert fresh(ticket).owner is None
    assert fresh(ticket).handovers == 0


def test_the_comment_is_a_note_for_colleagues(cast):
    ticket = an_incident(cast)
    raw = {"owner": "bob@demo.example", "comment": "You know this gateway."}
    perform(ticket, "assign", raw, by=cast.alice, at=later(1))
    note = Comment.objects.get(ticket=ticket)
    assert (note.is_public, note.author) == (False, cast.alice)
    assert fresh(ticket).responded_at is None
    assert [e.public for e in events(ticket)] == [True, False, False]


@pytest.mark.parametrize("name", ["carol", "mallory"])
def test_nobody_who_does_not_work_here_becomes_owner(cast, name):
    ticket = an_incident(cast)
    with invalid() as caught:
        actions.assign(
            ticket=ticket, by=cast.alice, at=later(1), owner=cast.people[name]
        )
    assert set(caught.value.errors) == {"owner"}


def test_nobody_who_left_becomes_owner(cast):
    ticket, erin = an_incident(cast), inactive(cast.erin)
    with invalid():
        actions.assign(ticket=ticket, by=cast.alice, at=later(1), owner=erin)
    with invalid():
        raw = {"owner": erin.email}
        perform(ticket, "assign", raw, by=cast.alice, at=later(1))


def test_a_restricted_ticket_is_not_offered_to_somebody_who_may_not_see_it(cast):
    ticket = taken(cast, an_incident(cast, service=cast.services["hr-portal"]))
    with invalid() as caught:
        actions.assign(ticket=ticket, by=cast.bob, at=later(2), owner=cast.erin)
    assert "restricted" in caught.value.detail
    actions.copy_in(ticket=ticket, by=cast.bob, at=later(3), person=cast.erin)
    actions.assign(ticket=ticket, by=cast.bob, at=later(4), owner=cast.erin)
    assert fresh(ticket).offered_to == cast.erin


@pytest.mark.parametrize("name", ["carol", "mallory"])
def test_requesters_may_not_assign(cast, name):
    ticket = an_incident(cast)
    with forbidden():
        actions.assign(ticket=ticket, by=cast.people[name], at=later(1), owner=cast.bob)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("owner", "nobody@nowhere.example"),
        ("owner", 5),
        ("owner", {"email": "bob@demo.example"}),
        ("team", "no-such-team"),
        ("onwer", "bob@demo.example"),
    ],
)
def test_what_cannot_be_used_is_named(cast, field, value):
    ticket = an_incident(cast)
    with invalid() as caught:
        perform(ticket, "assign", {field: value}, by=cast.alice, at=later(1))
    assert set(caught.value.errors) == {field}


def test_a_wrong_comment_leaves_the_owner_as_it_was(cast):
    ticket = an_incident(cast)
    raw = {"owner": "bob@demo.example", "comment": "x" * 50_001}
    with invalid():
        perform(ticket, "assign", raw, by=cast.alice, at=later(1))


def test_nobody_moves_anothers_ticket_to_a_team_but_its_owner_and_those_who_lead(cast):
    desk, network = cast.teams["desk"], cast.teams["network"]
    ticket = taken(cast, an_incident(cast, team=desk))
    for owner in ({}, {"owner": cast.dana}):
        with forbidden() as caught:
            actions.assign(
                ticket=ticket, by=cast.erin, at=later(3), team=network, **owner
            )
        assert "Bob" in caught.value.detail
    actions.assign(ticket=ticket, by=cast.erin, at=later(4), team=desk, comment="Yours")
    assert fresh(ticket).handovers == 0
    actions.assign(ticket=ticket, by=cast.bob, at=later(5), team=network)
    ticket = fresh(ticket)
    assert (ticket.owner, ticket.team, ticket.handovers) == (cast.bob, network, 1)
    actions.assign(ticket=ticket, by=cast.alice, at=later(6), team=desk)
    assert fresh(ticket).team == desk


def test_a_ticket_nobody_has_moves_to_another_team_at_once(cast):
    ticket = an_incident(cast, team=cast.teams["desk"])
    network = cast.teams["network"]
    actions.assign(ticket=ticket, by=cast.bob, at=later(1), team=network)
    assert fresh(ticket).team == network
