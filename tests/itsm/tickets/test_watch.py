"""Following a ticket, and copying people on."""

import pytest

from itsm.tickets import actions
from itsm.tickets.doors import perform
from itsm.tickets.models import Participant, Ticket
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


def test_the_requester_copies_somebody_on_who_then_sees_it(cast):
    ticket = an_incident(cast)
    assert not Ticket.objects.visible_to(cast.mallory).exists()
    raw = {"person": "MALLORY@demo.example"}
    perform(ticket, "copy", raw, by=cast.carol, at=later(1))
    assert Ticket.objects.visible_to(cast.mallory).get() == ticket
    assert last(ticket).changes == {"copied": [None, cast.mallory.pk]}
    perform(ticket, "copy", raw, by=cast.carol, at=later(2))
    assert kinds(ticket) == ["open", "copy"]


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
