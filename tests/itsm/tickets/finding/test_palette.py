"""The palette's answers: what fits, what is possible, nothing that is not theirs."""

import re

import pytest
from django.test import Client

from itsm.tickets import actions, search
from itsm.tickets.models import Ticket
from tests.cast import AT
from tests.factories import an_incident, said

pytestmark = pytest.mark.django_db


def ask(user, q="", **more):
    client = Client()
    client.force_login(user)
    answer = client.get("/palette/", {"q": q, **more})
    assert answer.status_code == 200
    return answer.content.decode()


def indexed(cast, title, **fields):
    made = an_incident(cast, title=title, **fields)
    search.index([made.pk])
    return made


def test_recent_tickets_come_first_in_the_order_they_were_seen(cast):
    one, two = indexed(cast, "First one"), indexed(cast, "Second one")
    text = ask(cast.bob, recent=f"{two.number},{one.number},INC-99999")
    assert text.index("Second one") < text.index("First one") < text.index("Queue")
    assert "INC-99999" not in text


def test_a_ticket_a_person_a_page_and_a_verb_are_found(cast):
    made = indexed(cast, "Scanner is dead")
    assert f'href="/incidents/{made.number}/"' in ask(cast.bob, "scann")
    assert f'href="/incidents/{made.number}/"' in ask(cast.bob, made.number.lower())
    assert "Tickets for “scanner”" in ask(cast.bob, "scanenr")
    assert "carol@demo.example" in ask(cast.bob, "carol")
    assert 'href="/queue/"' in ask(cast.bob, "que")
    assert 'data-palette-verb="take"' in ask(cast.bob, "tak", on=made.number)
    assert 'href="/search/?q=scann"' in ask(cast.bob, "scann")


def test_on_a_ticket_it_says_why_a_verb_is_not_offered(cast):
    made = indexed(cast, "Scanner is dead")
    text = ask(cast.bob, "close", on=made.number)
    assert re.search(r'aria-disabled="true".*Only while it is resolved', text, re.S)
    assert 'data-palette-verb="close"' not in text


def test_a_requester_finds_their_own_in_the_portal_and_nobody_else(cast):
    own = indexed(cast, "Badge of mine", by=cast.carol, requester=cast.carol)
    indexed(cast, "Badge of Mallory", by=cast.mallory, requester=cast.mallory)
    text = ask(cast.carol, "badge", on=own.number)
    assert f'href="/portal/{own.number}/"' in text
    assert "Mallory" not in text
    assert "mallory@" not in ask(cast.carol, "mallory")
    assert "data-palette-verb" not in ask(cast.carol, "", on=own.number)
    assert "/settings/" not in ask(cast.carol, "settings")


def test_numbers_a_browser_claims_to_remember_are_only_looked_up(cast):
    secret = indexed(cast, "Zqsecret payroll", by=cast.erin, requester=cast.erin)
    actions.restrict(ticket=secret, by=cast.grace, at=AT)
    said(Ticket.objects.get(pk=secret.pk), "zqnote", by=cast.erin, public=False)
    search.index([secret.pk])
    for asked in (
        {"recent": secret.number},
        {"on": secret.number},
        {"q": secret.number},
        {"q": "zqsecret"},
        {"q": "zqsecre", "on": secret.number, "recent": secret.number},
        {"q": "zqsercet"},
        {"q": "owner:erin"},
    ):
        for person in (cast.bob, cast.carol, cast.mallory):
            text = ask(person, **asked)
            assert "payroll" not in text.lower(), asked
            assert f"/{secret.number}/" not in text, asked


def test_whatever_is_sent_is_answered(cast):
    for q in ("\x00", "'", "<script>", "a" * 5000, "%", ":", "owner:", "x:y", "🐝"):
        text = ask(cast.bob, q, on="INC-1'; --", recent="';,INC-1")
        assert "<script" not in text
