"""Each invariant finds exactly what breaks it, and nothing in sound data."""

import pytest
from django.db import connection

from core import invariants as core_invariants
from itsm.tickets.models import Comment, Ticket
from tests.cast import AT
from tests.factories import a_change, an_incident, attached, resolved, rows, said

NAMES = ("states", "opened", "log", "subjects", "comments", "files", "counts")


def broken() -> dict[str, list[str]]:
    """The room's invariants that do not hold, and what they say."""
    found = {
        one.name.removeprefix("tickets."): one.check()
        for one in core_invariants.registered()
        if one.name.startswith("tickets.")
    }
    assert set(NAMES) <= set(found)
    return {name: said for name, said in found.items() if said}


@pytest.fixture
def ticket(cast):
    ticket = resolved(cast)
    said(ticket, by=cast.carol)
    attached(ticket, by=cast.carol)
    a_change(cast)
    return ticket


def test_sound_data_breaks_none(ticket):
    assert broken() == {}


def test_a_state_that_the_version_lacks_is_found(ticket):
    Ticket.objects.filter(pk=ticket.pk).update(state="limbo")
    found = broken()
    assert "limbo" in found["states"][0]
    assert ticket.number in found["log"][0]


def test_a_ticket_without_its_opening_is_found(cast, ticket):
    [made] = rows(cast, 1)
    assert made.number in broken()["opened"][0]


def test_a_comment_that_the_log_does_not_know_is_found(ticket):
    comment = Comment.objects.create(
        ticket=ticket, body="x", is_public=True, channel="mail", at=AT
    )
    found = broken()
    assert set(found) == {"comments"}
    assert str(comment.pk) in found["comments"][0]


def test_an_event_about_nothing_is_found(cast):
    ticket = an_incident(cast)
    Ticket.objects.filter(pk=ticket.pk).delete()
    assert str(ticket.pk) in broken()["subjects"][0]


def test_counts_that_differ_from_the_rows_are_found(ticket):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM itsm_ticketcountdelta")
        cursor.execute("DELETE FROM itsm_ticketcount")
    assert set(broken()) == {"counts"}
