"""Internal notes are for those who work here, whatever answers on whatever door."""

import pytest
from django.urls import get_resolver

from core.errors import Forbidden
from itsm.tickets import actions, timeline
from itsm.tickets.doors import CALLS
from itsm.tickets.drafts import actions as drafts
from itsm.tickets.pages import ticket_reads
from tests.factories import as_, later, said, taken

pytestmark = pytest.mark.django_db
NOTE = "Zqnote"
FIELDS = {
    "body": "Hello",
    "mode": "reply",
    "comment": "Please",
    "title": "One more",
    "person": "carol@demo.example",
    "number": "INC-1",
    "into": "INC-1",
    "resolution": "Works again",
    "why": "x",
    "restore": "1",
    "doing": "note",
}


@pytest.fixture
def ticket(cast):
    ticket = taken(cast)
    said(ticket, NOTE, by=cast.bob, public=False)
    actions.copy_in(ticket=ticket, by=cast.bob, at=later(4), person=cast.mallory)
    return ticket


def addresses(number):
    """Every address of ours that names a ticket, its other parts filled in."""
    found = []
    for pattern in get_resolver().url_patterns:
        rooms = getattr(pattern, "url_patterns", [pattern])
        found += [str(one.pattern) for one in rooms if "number>" in str(one.pattern)]
    others = {"<int:pk>": "1", "<slug:field>": "title", "<slug:form>": "comment"}
    for address in (f"/{one}" for one in found if not one.startswith("^")):
        here = address.replace("<slug:number>", number)
        for name, value in others.items():
            here = here.replace(name, value)
        verbs = CALLS if "<slug:verb>" in here else [""]
        yield from (here.replace("<slug:verb>", verb) for verb in verbs)


@pytest.mark.parametrize("who", ["carol", "mallory"])
def test_no_address_answers_a_requester_with_a_note(cast, ticket, who):
    client = as_(cast.people[who])
    tried = list(addresses(ticket.number))
    assert f"/incidents/{ticket.number}/preview/" in tried
    assert f"/incidents/{ticket.number}/do/comment/" in tried
    for address in tried:
        for headers in ({}, {"HX-Request": "true"}):
            for ask in (client.get, client.post):
                answer = ask(address, FIELDS, headers=headers)
                assert NOTE not in answer.content.decode(errors="replace"), address


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_taking_a_reply_back_shows_a_requester_no_note(cast, ticket, headers):
    held = drafts.hold(ticket=ticket, by=cast.carol, at=later(5), body="Wait")
    client = as_(cast.carol)
    for pk in (held.pk, 0):  # the second has gone out
        answer = client.post(
            f"/drafts/{pk}/undo/", {"number": ticket.number}, headers=headers
        )
        assert NOTE not in answer.content.decode()


def test_the_reads_themselves_know_who_reads(cast, ticket):
    line = timeline.read(ticket, reader=cast.carol)
    assert NOTE not in [entry.body for entry in line.entries]
    assert NOTE in [e.body for e in timeline.read(ticket, reader=cast.bob).entries]
    with pytest.raises(Forbidden):
        ticket_reads.page(ticket, cast.carol, at=later(6))
