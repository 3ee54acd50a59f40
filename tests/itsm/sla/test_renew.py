"""A time for the next word: given, kept to the second, told, and refused."""

from datetime import timedelta

import pytest

from core.errors import Forbidden, Invalid, WrongState
from core.models import Event
from itsm.sla.models import Clock, ClockKind, ClockState
from itsm.sla.renewing import renew_update
from itsm.sla.replay import differences
from itsm.sla.rules import Looked
from itsm.tickets import actions
from itsm.tickets.models import Comment, Ticket
from tests.factories import an_incident, later, resolved, said, taken


def update_of(ticket: Ticket) -> Clock:
    clocks = Clock.objects.filter(ticket=ticket, kind=ClockKind.UPDATE)
    return clocks.order_by("-cycle")[0]


def renewed(ticket: Ticket) -> Event:
    return Event.objects.get(subject_id=ticket.pk, kind="ticket.renew")


def test_the_next_word_is_due_when_it_was_promised_to_the_second(cast):
    ticket = taken(cast)
    said(ticket, "We look at it", by=cast.bob)
    until = later(200)
    renew_update(ticket=ticket, by=cast.bob, at=later(10), until=until)
    clock = update_of(ticket)
    assert (clock.state, clock.due_at) == (ClockState.RUNNING, until)
    ticket.refresh_from_db()
    assert (ticket.next_due_kind, ticket.next_due_at) == ("update", until)
    assert list(differences([ticket.pk], Looked())) == []


def test_the_event_is_public_and_says_both_times(cast):
    ticket = taken(cast)
    said(ticket, "We look at it", by=cast.bob)
    former = update_of(ticket).due_at
    renew_update(ticket=ticket, by=cast.bob, at=later(10), until=later(200))
    event = renewed(ticket)
    assert event.public
    assert event.changes == {"until": [former.isoformat(), later(200).isoformat()]}


def test_before_the_first_word_there_is_no_former_time(cast):
    ticket = taken(cast)
    renew_update(ticket=ticket, by=cast.bob, at=later(10), until=later(200))
    assert renewed(ticket).changes["until"][0] is None
    assert update_of(ticket).due_at == later(200)


def test_a_word_with_it_is_public_and_comes_before_the_new_time(cast):
    ticket = taken(cast)
    renew_update(
        ticket=ticket,
        by=cast.bob,
        at=later(10),
        until=later(200),
        comment="We wait for the vendor.",
    )
    comment = Comment.objects.get(ticket=ticket)
    assert (comment.body, comment.is_public) == ("We wait for the vendor.", True)
    kinds = [e.kind for e in Event.objects.filter(subject_id=ticket.pk).order_by("pk")]
    assert kinds.index("ticket.comment") < kinds.index("ticket.renew")
    assert update_of(ticket).due_at == later(200)
    assert list(differences([ticket.pk], Looked())) == []


def test_a_missed_update_stays_missed_and_the_new_time_is_another_promise(cast):
    ticket = taken(cast)
    said(ticket, "We look at it", by=cast.bob)
    due = update_of(ticket).due_at
    at = due + timedelta(hours=1)
    renew_update(ticket=ticket, by=cast.bob, at=at, until=at + timedelta(hours=2))
    first, second = Clock.objects.filter(
        ticket=ticket, kind=ClockKind.UPDATE, cycle__gt=0
    ).order_by("cycle")
    assert (first.state, first.missed_at) == (ClockState.MISSED, due)
    assert first.ended_at == at, "nobody is reminded of it any more"
    assert (second.state, second.due_at) == (
        ClockState.RUNNING,
        at + timedelta(hours=2),
    )
    assert list(differences([ticket.pk], Looked())) == []


@pytest.mark.parametrize("until", [later(10), later(9), later(10 + 91 * 24 * 60)])
def test_a_time_that_is_over_or_too_far_is_refused(cast, until):
    ticket = taken(cast)
    with pytest.raises(Invalid) as no:
        renew_update(ticket=ticket, by=cast.bob, at=later(10), until=until)
    assert list(no.value.errors) == ["until"]
    assert not Event.objects.filter(kind="ticket.renew").exists()


def test_nothing_is_promised_on_what_is_solved_or_asked(cast):
    with pytest.raises(WrongState):
        renew_update(ticket=resolved(cast), by=cast.bob, at=later(10), until=later(200))
    asked = taken(cast, an_incident(cast, service=cast.services["vpn"]))
    actions.wait(ticket=asked, by=cast.bob, at=later(3), reason="requester")
    with pytest.raises(WrongState, match="waits for its requester"):
        renew_update(ticket=asked, by=cast.bob, at=later(10), until=later(200))


@pytest.mark.parametrize("who", ["carol", "mallory"])
def test_who_does_not_work_here_promises_nothing(cast, who):
    with pytest.raises(Forbidden):
        renew_update(
            ticket=taken(cast), by=cast.people[who], at=later(10), until=later(200)
        )
