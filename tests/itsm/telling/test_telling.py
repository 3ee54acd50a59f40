"""How an event reads for whom: read when it is sent, nothing that is not theirs."""

import pytest

from core.models import Event
from itsm import telling
from itsm.tickets import actions
from notify import rulebook, texts
from notify.rulebook import Reader
from people import notice_actions
from tests.factories import an_incident, later, said, taken

pytestmark = pytest.mark.django_db


def to(user, language="en", zone="Europe/Berlin") -> Reader:
    return Reader(user.pk if user else 0, language, zone)


def last(kind: str) -> Event:
    return Event.objects.filter(kind=kind).latest("id")


def told(user, kind="ticket.comment", **more):
    return telling.tell([(last(kind), to(user, **more))])[0]


def test_a_requester_reads_plain_words_and_comes_to_the_portal(cast):
    ticket = taken(cast)
    said(ticket, "The *gateway*.", by=cast.bob)
    found = told(cast.carol)
    assert (found.url, found.text) == (f"/portal/{ticket.number}/", "The *gateway*.")
    assert found.fields["state"] == "Being worked on"
    assert found.fields["who"] == "Bob"
    assert found.fields["what"] == "Bob is working on it"
    assert found.fields["priority"] == ""


def test_who_works_here_reads_the_timelines_words(cast):
    ticket = taken(cast)
    actions.resolve(ticket=ticket, by=cast.bob, at=later(4), resolution="Restarted")
    found = told(cast.erin, "ticket.resolve")
    assert found.url == f"/incidents/{ticket.number}/"
    assert found.fields["what"] == "Bob moved it from In progress to Resolved"
    assert found.text == "Restarted"


def test_each_reads_their_language_and_their_time(cast):
    taken(cast)
    here, there = (
        told(cast.bob, "ticket.open", language="de", zone=zone).fields
        for zone in ("Europe/Berlin", "America/New_York")
    )
    assert here["state"] == "In Bearbeitung"
    assert here["due"] != there["due"]


def test_a_note_is_told_to_no_requester(cast):
    ticket = taken(cast)
    said(ticket, "Between us", by=cast.bob, public=False)
    assert told(cast.carol, "ticket.note") is None
    assert told(cast.erin, "ticket.note").text == "Between us"


def test_what_was_removed_meanwhile_does_not_leave(cast):
    ticket = taken(cast)
    comment = said(ticket, "My password is rabbit", by=cast.carol)
    assert told(cast.bob).text == "My password is rabbit"
    actions.redact(
        ticket=ticket, by=cast.grace, at=later(5), why="A secret", comment=comment.pk
    )
    found = told(cast.bob)
    assert found.text == ""
    assert "rabbit" not in str(found)
    body = texts.fill(str(rulebook.get("ticket.answer").body), found.fields)
    assert body == "Carol answered."


def test_who_may_not_see_it_any_more_is_told_nothing(cast):
    ticket = taken(cast)
    said(ticket, by=cast.bob)
    assert told(cast.erin) is not None
    assert told(None) is not None  # a room
    actions.restrict(ticket=ticket, by=cast.grace, at=later(5))
    assert told(cast.erin) is None
    assert told(None) is None
    assert told(cast.mallory) is None


def test_telling_costs_the_same_however_many(cast, django_assert_num_queries):
    for _ in range(8):
        said(taken(cast, an_incident(cast)), by=cast.bob)
    events = list(Event.objects.order_by("id"))
    few = [(events[-1], to(cast.carol))]
    many = [(e, to(p)) for e in events for p in (cast.carol, cast.bob, cast.erin)]
    for pairs in (few, many):
        with django_assert_num_queries(5):
            telling.tell(pairs)


def test_every_field_of_the_example_is_known_and_filled():
    example = telling.example()
    assert example.fields.keys() == telling.FIELDS.keys()
    assert all(example.fields.values())
    for rule in notice_actions.worded():
        for text in (rule.subject, rule.body, rule.line):
            assert texts.unknown(str(text), rule) == []


def test_a_line_whose_field_has_nothing_to_say_is_left_out():
    text = "We have {number}.\n\nYou hear by {due}.\n\n{text}"
    fields = {"number": "INC-1", "due": "", "text": "Two\nlines"}
    assert texts.fill(text, fields) == "We have INC-1.\n\nTwo\nlines"
    assert texts.fill_line("{number} {due} {title}", fields) == "INC-1"
