"""My work begins with the words that were promised and are owed."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from itsm.sla.models import Clock, ClockKind
from itsm.sla.owed import owed_by
from itsm.tickets import actions
from itsm.tickets.models import Ticket
from tests.cast import Cast
from tests.factories import an_incident, as_

HOUR = timedelta(hours=1)


def told(cast: Cast, *, ago: timedelta, title: str = "VPN drops") -> Ticket:
    """Bob's incident of which Carol heard so long ago; P4 hears every two days."""
    at = timezone.now() - ago
    ticket = an_incident(cast, title=title, at=at, service=cast.services["vpn"])
    actions.take(ticket=ticket, by=cast.bob, at=at + timedelta(minutes=1))
    actions.comment(
        ticket=ticket,
        by=cast.bob,
        at=at + timedelta(minutes=2),
        body="We look at it.",
        public=True,
    )
    return ticket


def due(ticket: Ticket) -> datetime | None:
    """When its requester hears next."""
    clocks = Clock.objects.filter(ticket=ticket, kind=ClockKind.UPDATE)
    return clocks.order_by("-cycle")[0].due_at


def every(ticket: Ticket) -> timedelta:
    """How often its requester hears."""
    clock = Clock.objects.filter(ticket=ticket, kind=ClockKind.UPDATE)[0]
    return clock.target


@pytest.fixture
def length(cast: Cast) -> timedelta:
    return every(told(cast, ago=timedelta(0)))


def test_only_what_is_nearly_due_or_late_is_owed_oldest_first(cast, length):
    told(cast, ago=length * 0.7, title="Calm")
    told(cast, ago=length * 0.8, title="Soon")
    told(cast, ago=length * 1.5, title="Late")
    found = owed_by(cast.bob, at=timezone.now())
    assert [(o.title, o.stand.level) for o in found] == [
        ("Late", "late"),
        ("Soon", "soon"),
    ]
    assert owed_by(cast.alice, at=timezone.now()) == []


def test_my_work_shows_them_with_one_key_for_a_reply(cast, length):
    ticket = told(cast, ago=length * 1.5)
    page = as_(cast.bob).get("/").content.decode()
    assert "You promised a word" in page
    assert f'href="/incidents/{ticket.number}/#composer" data-key="r"' in page
    assert "You promised a word" not in as_(cast.alice).get("/").content.decode()


def test_one_click_gives_a_new_time_which_can_be_undone(cast, length):
    ticket = told(cast, ago=length * 0.8)
    former, bob = due(ticket), as_(cast.bob)
    until = timezone.now() + 50 * HOUR
    answer = bob.post(
        f"/promises/renew/{ticket.number}/",
        {"until": until.isoformat(), "former": former.isoformat()},
    )
    assert owed_by(cast.bob, at=timezone.now()) == []
    assert due(ticket) == until
    page = bob.get(answer.headers["Location"]).content.decode()
    assert "the next word is promised by" in page
    assert 'name="undo"' in page
    bob.post(
        f"/promises/renew/{ticket.number}/",
        {"until": former.isoformat(), "undo": "1"},
    )
    assert due(ticket) == former


def test_what_was_over_before_is_not_undone(cast, length):
    ticket = told(cast, ago=length * 1.5)
    bob, former = as_(cast.bob), timezone.now() - HOUR
    answer = bob.post(
        f"/promises/renew/{ticket.number}/",
        {
            "until": (timezone.now() + HOUR).isoformat(),
            "former": former.isoformat(),
        },
    )
    page = bob.get(answer.headers["Location"]).content.decode()
    assert 'name="undo"' not in page


def test_a_time_that_is_over_is_refused_with_a_sentence(cast, length):
    ticket, bob = told(cast, ago=length * 0.8), as_(cast.bob)
    answer = bob.post(
        f"/promises/renew/{ticket.number}/",
        {"until": (timezone.now() - HOUR).isoformat()},
        follow=True,
    )
    assert "still ahead" in answer.content.decode()


def test_the_ticket_offers_its_owner_the_same(cast, length):
    ticket = told(cast, ago=length * 0.8)
    page = as_(cast.bob).get(f"/incidents/{ticket.number}/").content.decode()
    assert "You promised a word by" in page
    page = as_(cast.alice).get(f"/incidents/{ticket.number}/").content.decode()
    assert "You promised a word by" not in page


def test_a_late_word_stands_out_in_the_queue_before_what_can_still_be_kept(
    cast, length
):
    late = told(cast, ago=length * 1.5)
    told(cast, ago=length * 0.5, title="Calm")
    page = as_(cast.bob).get("/queue/?view=mine").content.decode()
    row = page.split(f'id="row-{late.number}"')[1].split("</li>")[0]
    assert 'data-level="late"' in row
    assert 'data-of="update"' in row
    assert "word 7 h 58 over" in row
    assert page.count('data-level="late"') == 1
