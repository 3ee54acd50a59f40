"""Tickets like this one: which, in which order, how they were solved, and for whom."""

from datetime import timedelta

import pytest
from django.test import Client

from itsm.tickets import search, similar
from itsm.tickets.models import Ticket
from people.models import Category, Service
from people.roles import Role
from tests.itsm.tickets.rows import AT, person, said, ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob():
    return person("bob", Role.AGENT)


def indexed(title, **fields):
    made = ticket(title, **fields)
    search.index([made.pk])
    return made


def solved(title, how, **fields):
    return indexed(
        title, state="closed", state_category="closed", resolution=how, **fields
    )


def noise():
    for n in range(20):
        indexed(f"Request number {n} about something")


def titles(alike):
    return [one.row.title for one in alike]


def test_open_and_solved_ones_are_told_apart_and_say_how(bob):
    noise()
    asked = indexed("Scanner sends blank pages")
    indexed("Scanner sends blank pages again")
    solved("Blank pages from the scanner", "\nGlass cleaned.\nThen tested.")
    indexed("Printer is loud")
    found = similar.to_ticket(bob, asked, at=AT)
    assert titles(found.open) == ["Scanner sends blank pages again"]
    assert titles(found.solved) == ["Blank pages from the scanner"]
    assert found.solved[0].how == "Glass cleaned."


def test_words_count_by_rarity_then_service_and_category(bob):
    noise()
    vpn = Service.objects.create(slug="vpn", name="VPN")
    access = Category.objects.create(slug="access", name="Access")
    asked = indexed("Token refused by gateway", service=vpn, category=access)
    solved("Token refused by gateway", "One")
    solved("Token refused by gateway", "Two", service=vpn)
    solved("Token refused by gateway", "Three", service=vpn, category=access)
    solved("Token lost", "Four")
    found = similar.to_ticket(bob, asked, at=AT).solved
    assert [one.how for one in found] == ["Three", "Two", "One"]
    assert found[0].why == "same service, same category"


def test_the_same_solution_is_told_once(bob):
    noise()
    asked = indexed("Wifi drops in hall")
    for _n in range(6):
        solved("Wifi drops in hall", "Access point replaced.")
    solved("Wifi drops in hall", "Channel changed.")
    found = similar.to_ticket(bob, asked, at=AT).solved
    assert {one.how for one in found} == {"Access point replaced.", "Channel changed."}


def test_what_may_not_be_seen_is_never_alike(bob):
    carol = person("carol", Role.REQUESTER)
    noise()
    asked = indexed("Payroll figures look wrong", requester=carol)
    indexed("Payroll figures look wrong", restricted=True)
    solved("Payroll figures look wrong", "Secret fix", restricted=True)
    found = similar.to_ticket(bob, asked, at=AT)
    assert not [*found.open, *found.solved]
    seen = similar.to_text(carol, "Payroll figures look wrong", at=AT)
    assert titles(seen.open) == [asked.title]
    assert not seen.solved


def test_a_requester_finds_nothing_through_an_internal_note(bob):
    carol = person("carol", Role.REQUESTER)
    noise()
    own = indexed("Badge", requester=carol)
    said(own, "suspect sabotage downstairs", public=False)
    search.index([own.pk])
    found = similar.to_text(carol, "sabotage downstairs", at=AT)
    assert not [*found.open, *found.solved]


def test_empty_and_odd_texts_are_like_nothing(bob, django_assert_num_queries):
    noise()
    for text in ("", "  ", "?!", "a", "日", "\x00", "zzzz qqqq", "x" * 9000):
        similar.to_text(bob, text.replace("\x00", ""), at=AT)
    with django_assert_num_queries(0):
        assert similar.to_text(bob, "?!", at=AT) == similar.Similar()


def test_it_costs_three_queries_however_many_there_are(bob, django_assert_num_queries):
    noise()
    asked = indexed("Scanner sends blank pages")
    for n in range(40):
        solved("Scanner sends blank pages", f"Way {n}", opened_at=AT - timedelta(n))
    similar.to_ticket(bob, asked, at=AT)
    with django_assert_num_queries(3):
        found = similar.to_ticket(bob, asked, at=AT)
    assert len(found.solved) == similar.FEW


def test_the_panel_and_its_page_are_for_who_sees_the_ticket(cast):
    from tests.factories import an_incident

    noise()
    asked = an_incident(cast, title="Kiosk shows blank pages")
    other = an_incident(cast, title="Kiosk shows blank pages")
    hidden = an_incident(cast, title="Kiosk shows blank pages (board)")
    Ticket.objects.filter(pk=hidden.pk).update(restricted=True)
    search.index([asked.pk, other.pk, hidden.pk])
    bob, carol = Client(), Client()
    bob.force_login(cast.bob)
    carol.force_login(cast.carol)
    page = bob.get(f"/similar/{asked.number}/").content.decode()
    assert other.number in page
    assert "(board)" not in page
    piece = bob.get(f"/similar/{asked.number}/", headers={"HX-Request": "true"})
    assert "<html" not in piece.content.decode()
    assert bob.get(f"/similar/{hidden.number}/").status_code == 404
    assert carol.get(f"/similar/{asked.number}/").url == f"/portal/{asked.number}/"
    assert (
        f"/similar/{asked.number}/"
        in bob.get(f"/incidents/{asked.number}/").content.decode()
    )
