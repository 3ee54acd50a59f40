"""What open pages are told, and who is told."""

from collections import defaultdict

import pytest

from core import live
from core.context import Door, through
from core.models import Event
from itsm.tickets import actions, broadcast
from tests.factories import an_incident, later, said, taken


@pytest.fixture
def told(monkeypatch):
    """What was published, for each audience the ids."""
    heard: dict[str, set[int]] = defaultdict(set)

    def hear(messages):
        for audience, message in messages:
            assert set(message) == {"event", "ids"}
            assert message["ids"] == sorted(message["ids"])
            heard[audience] |= set(message["ids"])

    monkeypatch.setattr(live, "publish_many", hear)
    return heard


def tell(*kinds: str) -> None:
    found = Event.objects.order_by("id")
    broadcast.tell(list(found.filter(kind__in=kinds) if kinds else found))


def user(person) -> str:
    return live.user_audience(person.pk)


def test_staff_and_the_requester_hear_of_what_is_public(cast, told):
    ticket = an_incident(cast)
    tell()
    assert told == {live.STAFF: {ticket.pk}, user(cast.carol): {ticket.pk}}


def test_the_requester_hears_nothing_of_a_note(cast, told):
    ticket = taken(cast)
    said(ticket, by=cast.bob, public=False)
    tell("ticket.note")
    assert set(told) == {live.STAFF}


def test_of_a_restricted_ticket_only_those_on_it_hear(cast, told):
    team = cast.teams["network"]
    hr = cast.services["hr-portal"]
    ticket = an_incident(cast, service=hr, team=team)
    actions.assign(ticket=ticket, by=cast.grace, at=later(1), owner=cast.bob)
    actions.copy_in(ticket=ticket, by=cast.bob, at=later(2), person=cast.mallory)
    actions.watch(ticket=ticket, by=cast.grace, at=later(2))
    tell()
    assert live.STAFF not in told
    expected = (cast.carol, cast.bob, cast.erin, cast.mallory, cast.grace)
    assert set(told) == {user(person) for person in expected}


def test_people_copied_on_hear_what_is_public_and_watchers_everything(cast, told):
    ticket = taken(cast)
    actions.copy_in(ticket=ticket, by=cast.bob, at=later(2), person=cast.mallory)
    actions.watch(ticket=ticket, by=cast.erin, at=later(2))
    said(ticket, by=cast.bob, public=False)
    tell("ticket.note")
    assert set(told) == {live.STAFF, user(cast.erin)}
    said(ticket, by=cast.bob, public=True)
    tell("ticket.comment")
    assert user(cast.mallory) in told


def test_imports_and_seeds_are_silent(cast, told):
    for door in (Door.IMPORT, Door.SEED):
        with through(door):
            an_incident(cast)
    tell()
    assert not told


def test_a_batch_costs_the_same_however_many_tickets(
    cast, told, django_assert_max_num_queries
):
    for _ in range(20):
        an_incident(cast, service=cast.services["hr-portal"], team=cast.teams["desk"])
    found = list(Event.objects.order_by("id"))
    with django_assert_max_num_queries(4):
        broadcast.tell(found)


@pytest.fixture
def news(monkeypatch):
    """Whose own work changed: for each audience the ids."""
    heard: dict[str, set[int]] = defaultdict(set)

    def hear(messages):
        for audience, message in messages:
            if message["event"] == "work":
                heard[audience] |= set(message["ids"])

    monkeypatch.setattr(live, "publish_many", hear)
    return heard


def test_who_is_asked_or_offered_a_ticket_hears_that_their_work_changed(cast, news):
    ticket = taken(cast)
    actions.ask(ticket=ticket, by=cast.erin, at=later(2))
    tell("ticket.ask")
    assert news == {user(cast.bob): {ticket.pk}}
    news.clear()
    actions.assign(ticket=ticket, by=cast.bob, at=later(3), owner=cast.dana)
    tell("ticket.offer")
    assert news == {user(cast.dana): {ticket.pk}}


def test_a_former_owner_who_may_no_longer_see_it_hears_nothing(cast, news):
    ticket = taken(cast)
    network = cast.teams["network"]
    actions.assign(
        ticket=ticket, by=cast.alice, at=later(2), owner=cast.erin, team=network
    )
    actions.restrict(ticket=ticket, by=cast.grace, at=later(3))
    tell("ticket.assign")
    assert news == {user(cast.erin): {ticket.pk}}


def test_administrators_hear_of_restricted_tickets_and_other_staff_do_not(cast, told):
    ticket = an_incident(cast, service=cast.services["hr-portal"])
    tell()
    assert set(told) == {user(cast.carol), user(cast.grace)}
    assert told[user(cast.grace)] == {ticket.pk}
