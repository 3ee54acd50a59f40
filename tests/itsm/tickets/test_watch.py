"""Following a ticket, and copying people on."""

import pytest

from itsm.tickets import actions
from itsm.tickets.doors import perform
from itsm.tickets.models import Participant, Ticket
from people.models import User
from tests.cast import AT
from tests.factories import an_incident, later
from tests.itsm.checks import forbidden, inactive, invalid, kinds, last


def test_watching_is_one_row_and_one_event_however_often(cast):
    ticket = an_incident(cast)
    for minute in (1, 2):
        actions.watch(ticket=ticket, by=cast.bob, at=later(minute))
    row = Participant.objects.get()
    assert (row.user, row.role) == (cast.bob, "watcher")
    assert kinds(ticket) == ["open", "watch"]
    assert last(ticket).changes == {"watcher": [None, cast.bob.pk]}
    assert not last(ticket).public


def test_unwatching_ends_it_and_is_no_news_where_nobody_watched(cast):
    ticket = an_incident(cast)
    actions.unwatch(ticket=ticket, by=cast.bob, at=later(1))
    actions.watch(ticket=ticket, by=cast.bob, at=later(2))
    actions.unwatch(ticket=ticket, by=cast.bob, at=later(3))
    assert kinds(ticket) == ["open", "watch", "unwatch"]
    assert last(ticket).changes == {"watcher": [cast.bob.pk, None]}


@pytest.mark.parametrize("name", ["carol", "mallory"])
def test_requesters_do_not_watch(cast, name):
    ticket = an_incident(cast)
    with forbidden():
        actions.watch(ticket=ticket, by=cast.people[name], at=later(1))


def a_colleague(cast, organisation="acme"):
    """Nora, who works where Carol does."""
    there = cast.organisations[organisation]
    return User.objects.create_user(
        "nora@demo.example", organisation=there, created_at=AT
    )


def test_the_requester_copies_a_colleague_on_who_then_sees_it(cast):
    ticket, nora = an_incident(cast), a_colleague(cast)
    assert not Ticket.objects.visible_to(nora).exists()
    raw = {"person": "NORA@demo.example"}
    perform(ticket, "copy", raw, by=cast.carol, at=later(1))
    assert Ticket.objects.visible_to(nora).get() == ticket
    assert last(ticket).changes == {"copied": [None, nora.pk]}
    perform(ticket, "copy", raw, by=cast.carol, at=later(2))
    assert kinds(ticket) == ["open", "copy"]


@pytest.mark.parametrize("email", ["mallory@demo.example", "bob@demo.example"])
def test_a_requester_learns_of_no_account_by_copying_strangers_on(cast, email):
    ticket, answers = an_incident(cast), []
    for address in (email, "nobody@demo.example"):
        with invalid() as caught:
            raw = {"person": address}
            perform(ticket, "copy", raw, by=cast.carol, at=later(1))
        answers.append(str(caught.value.errors).replace(address, "them"))
    assert answers[0] == answers[1]
    with invalid():
        person = User.objects.get(email=email)
        actions.copy_in(ticket=ticket, by=cast.carol, at=later(1), person=person)


def test_who_belongs_to_no_organisation_copies_nobody_on(cast):
    User.objects.filter(pk=cast.carol.pk).update(organisation=None)
    User.objects.filter(pk=cast.mallory.pk).update(organisation=None)
    cast.carol.refresh_from_db()
    ticket = an_incident(cast)
    with invalid():
        raw = {"person": cast.mallory.email}
        perform(ticket, "copy", raw, by=cast.carol, at=later(1))


def test_those_who_work_here_copy_anybody_on(cast):
    ticket = an_incident(cast)
    perform(ticket, "copy", {"person": cast.mallory.email}, by=cast.bob, at=later(1))
    assert Ticket.objects.visible_to(cast.mallory).get() == ticket


def test_nobody_copies_themselves_onto_what_is_not_theirs(cast):
    ticket = an_incident(cast)
    with forbidden():
        actions.copy_in(
            ticket=ticket, by=cast.mallory, at=later(1), person=cast.mallory
        )


@pytest.mark.parametrize("email", ["", None, "nobody@x.example", 5, ["a@b.example"]])
def test_somebody_who_is_not_there_cannot_be_copied_on(cast, email):
    ticket = an_incident(cast)
    with invalid() as caught:
        perform(ticket, "copy", {"person": email}, by=cast.bob, at=later(1))
    assert set(caught.value.errors) == {"person"}


def test_somebody_who_left_is_neither_copied_on_nor_copies(cast):
    ticket, erin = an_incident(cast), inactive(cast.erin)
    with invalid():
        perform(ticket, "copy", {"person": erin.email}, by=cast.bob, at=later(1))
    with forbidden():
        actions.watch(ticket=ticket, by=erin, at=later(1))
