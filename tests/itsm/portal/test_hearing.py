"""Requesters see when they hear, who has the ball, and honestly when we are late."""

import re
from datetime import timedelta
from html import unescape

from django.utils import timezone

from itsm.sla.renewing import renew_update
from itsm.tickets import actions
from tests.factories import an_incident, as_
from tests.itsm.sla.test_owed import due, told


def shown(cast, ticket, who="carol"):
    """The page in plain text."""
    html = as_(cast.people[who]).get(f"/portal/{ticket.number}/").content.decode()
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html)))


def test_a_requester_reads_when_they_hear_and_when_it_is_to_be_solved(cast):
    ticket = an_incident(cast, at=timezone.now(), service=cast.services["vpn"])
    text = shown(cast, ticket)
    assert "You hear by" in text
    assert "We mean to solve it by" in text
    assert "late" not in text.lower()


def test_a_time_that_was_given_is_the_time_they_read(cast):
    ticket = told(cast, ago=timedelta(minutes=30))
    at = timezone.now()
    renew_update(ticket=ticket, by=cast.bob, at=at, until=at + timedelta(minutes=90))
    page = as_(cast.carol).get(f"/portal/{ticket.number}/").content.decode()
    assert due(ticket).isoformat(timespec="seconds") in page
    assert "Bob promised you a word by" in page


def test_we_say_so_when_we_are_late_and_what_happens_next(cast):
    ticket = told(cast, ago=timedelta(days=2))
    text = shown(cast, ticket)
    assert "We are late. You should have heard by" in text
    assert "It stands first on Bob's list until you have heard." in text
    assert "Late since" in as_(cast.carol).get("/portal/").content.decode()


def test_while_they_are_asked_the_clock_stands_still_and_says_what_is_left(cast):
    ticket = told(cast, ago=timedelta(hours=8))
    at = timezone.now() - timedelta(hours=2)
    actions.wait(ticket=ticket, by=cast.bob, at=at, reason="requester")
    text = shown(cast, ticket)
    assert "The clock stands still until you answer; 33 h 59 are left." in text
    assert "Late since" not in as_(cast.carol).get("/portal/").content.decode()
