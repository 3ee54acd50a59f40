"""The catalogue's pages: shelves, search, an order with questions, what is kept."""

import re
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from itsm.portal import drafts
from itsm.requests.forms import actions as forms
from itsm.requests.models import (
    Course,
    Offering,
    OfferingCategory,
    Price,
    Recurring,
    Request,
)
from itsm.tickets.drafts import actions as kept
from itsm.tickets.models import Ticket
from people.models import User
from tests.cast import AT
from tests.itsm.requests.forms.samples import LAPTOP

PATH = "/portal/order/vpn-access/"
SIZE = {"slug": "size", "label": "Which size?", "type": "text", "required": True}
TYPED = {"a.why": "First one", "a.place": "Desk 4", "version": "1"}


def of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(user: User, path: str = PATH) -> str:
    return of(user).get(path).content.decode()


def asks(cast, fields=LAPTOP) -> None:
    vpn = cast.offerings["vpn-access"]
    forms.write_form(offering=vpn, by=cast.grace, at=AT, fields=fields, release=True)


def send(user: User, **typed) -> tuple[int, str]:
    answer = of(user).post(PATH, {"begin": "1", **typed, "end": "1"})
    return answer.status_code, answer.content.decode()


def priced(cast, amount: str) -> None:
    Price.objects.create(
        offering=cast.offerings["vpn-access"],
        amount=Decimal(amount),
        valid_from=timezone.localdate(),
    )


def test_shelves_hold_what_one_may_order_and_say_how_many(cast):
    shelf = OfferingCategory.objects.create(slug="net", name="Network things")
    Offering.objects.filter(slug="vpn-access").update(category=shelf)
    cast.offerings["new-laptop"].for_organisations.add(cast.organisations["globex"])
    shown = page(cast.carol, "/portal/order/")
    assert "Network things" in shown
    assert "New laptop" not in shown
    assert "All <b>2</b>" in shown
    assert "New laptop" in page(cast.mallory, "/portal/order/")
    only = page(cast.carol, "/portal/order/?shelf=net")
    assert "VPN access" in only
    assert "Application role" not in only


def test_search_finds_every_word_anywhere_and_says_of_how_many(cast):
    Offering.objects.filter(slug="vpn-access").update(description="From your hotel")
    shown = page(cast.carol, "/portal/order/?q=hotel+vpn")
    assert "VPN access" in shown
    assert "1 of 3" in shown
    assert "Nothing is called that" in page(cast.carol, "/portal/order/?q=boat")
    client = of(cast.carol)
    found = client.get("/portal/order/?q=vpn", headers={"HX-Target": "found"})
    assert found.content.decode().lstrip().startswith('<div id="found"')


def test_what_is_not_offered_to_them_is_not_there(cast):
    cast.offerings["vpn-access"].for_organisations.add(cast.organisations["globex"])
    assert of(cast.carol).get(PATH).status_code == 404
    assert of(cast.carol).post(PATH, {}).status_code == 404
    assert of(cast.bob).get(PATH).status_code == 200  # orders for others
    assert "not offered to you" in page(cast.bob)


def test_pages_cost_the_same_for_few_and_many(cast):
    client = of(cast.carol)
    client.get("/portal/order/")
    with CaptureQueriesContext(connection) as few:
        client.get("/portal/order/")
    Offering.objects.bulk_create(
        Offering(slug=f"thing-{n}", name=f"Thing {n}", promise="PT4H")
        for n in range(60)
    )
    with CaptureQueriesContext(connection) as many:
        client.get("/portal/order/")
    assert len(few) == len(many)


def test_the_form_begins_with_what_is_known_and_hides_what_is_not_asked(cast):
    User.objects.filter(pk=cast.carol.pk).update(place="Hamburg, 3rd floor")
    asks(cast)
    shown = page(cast.carol)
    assert 'value="Hamburg, 3rd floor"' in shown
    assert 'value="frank@demo.example"' in shown
    assert re.search(r'id="q-old"[^>]*data-off', shown)
    assert "Only if “Why a new one?” is: Too old." in shown


def test_an_order_is_sent_and_its_answers_are_shown_to_everybody_on_it(cast):
    asks(cast)
    file = SimpleUploadedFile("desk.txt", b"here")
    table = {"a.people.0.who": "Ann", "a.people.0.may": "Read"}
    typed = {**TYPED, **table, "a.boss": "frank@demo.example"}
    status, _page = send(cast.carol, **typed, **{"a.photo": file})
    assert status == 302
    ticket = Ticket.objects.get()
    for user, path in (
        (cast.carol, f"/portal/{ticket.number}/"),
        (cast.bob, f"/requests/{ticket.number}/"),
    ):
        shown = page(user, path)
        for words in ("Why a new one?", "First one", "Ann", "desk.txt", "Frank ("):
            assert words in shown, (path, words)


def test_what_is_wrong_is_told_where_it_stands_and_nothing_is_lost(cast):
    asks(cast)
    typed = {**TYPED, "a.place": "", "a.how_many": "77", "more": "For the trip."}
    status, shown = send(cast.carol, **typed)
    assert status == 422
    assert 'id="q-place-fault"' in shown
    assert 'aria-describedby="q-how_many-help q-how_many-fault"' in shown
    assert 'value="77"' in shown
    assert "For the trip." in shown
    assert not Ticket.objects.exists()


def test_another_row_comes_without_scripts_too(cast):
    asks(cast)
    typed = {**TYPED, "a.people.0.who": "Ann", "more": "a.people"}
    status, shown = send(cast.carol, **typed)
    assert status == 200
    assert 'value="Ann"' in shown
    assert 'name="a.people.1.who"' in shown
    assert not Ticket.objects.exists()


def test_a_form_that_changed_meanwhile_says_what_is_new_and_keeps_what_was_typed(cast):
    asks(cast)
    fewer = [one for one in LAPTOP if one["slug"] != "how_many"]
    asks(cast, [*fewer, SIZE])
    status, shown = send(cast.carol, **TYPED, **{"a.how_many": "3"})
    assert status == 422
    assert "New or changed: Which size?" in shown
    assert 'name="version" value="2"' in shown
    assert 'value="Desk 4"' in shown
    assert re.search(r"How many\?.*?3", shown, re.S)  # no longer asked, not lost
    assert re.search(r'id="q-size"[^>]*data-new', shown)
    typed = {**TYPED, "version": "2", "a.size": "L"}
    assert send(cast.carol, **typed)[0] == 302
    assert Request.objects.get().form.number == 2


def test_the_version_they_began_with_counts_where_nothing_new_is_needed(cast):
    asks(cast)
    asks(cast, [*LAPTOP, {**SIZE, "required": False}])
    assert send(cast.carol, **TYPED)[0] == 302
    assert Request.objects.get().form.number == 1


def left(cast, **fields) -> None:
    draft = drafts.of_order("vpn-access")
    kept.keep(by=cast.carol, ticket=None, form=draft, at=AT, fields=fields)


def test_a_draft_comes_back_and_says_when_the_form_has_changed(cast):
    asks(cast)
    left(cast, **{**TYPED, "a.place": "Desk 9"})
    assert 'value="Desk 9"' in page(cast.carol)
    assert "Begun, not sent" in page(cast.carol, "/portal/")
    asks(cast, [*LAPTOP, SIZE])
    shown = page(cast.carol)
    assert 'value="Desk 9"' in shown
    assert "New or changed: Which size?" in shown
    asks(cast, [*LAPTOP, {**SIZE, "required": False}])
    assert 'name="version" value="1"' in page(cast.carol)
    assert send(cast.carol, **TYPED)[0] == 302
    assert "Begun, not sent" not in page(cast.carol, "/portal/")


def test_the_price_and_its_basis_stand_there_before_anybody_orders(cast):
    priced(cast, "40")
    User.objects.filter(pk=cast.carol.pk).update(cost_centre="4130")
    shown = page(cast.carol)
    for words in ("€40.00", "At cost", "to cost centre 4130", 'name="agreed"'):
        assert words in shown
    status, shown = send(cast.carol, agreed="12.00")
    assert status == 422
    assert "it costs €40.00 now" in shown
    assert 'name="agreed" value="40.00"' in shown
    assert send(cast.carol, agreed="40.00")[0] == 302


def test_missing_training_shows_where_to_get_it_instead_of_a_button(cast):
    course = Course.objects.create(
        slug="safe", name="Safe", where="https://learn.example/safe"
    )
    Offering.objects.filter(slug="vpn-access").update(needs=course)
    shown = page(cast.carol)
    assert 'href="https://learn.example/safe"' in shown
    assert "Order it" not in shown
    assert send(cast.carol)[0] == 422
    Course.objects.update(where="javascript:alert(1)")
    assert 'href="javascript' not in page(cast.carol)


def test_staff_order_for_anybody_managers_for_who_reports_to_them(cast):
    assert send(cast.bob, **{"for": "carol@demo.example"})[0] == 302
    row = Request.objects.get()
    assert (row.ticket.requester, row.ordered_by) == (cast.carol, cast.bob)
    shown = page(cast.carol, f"/portal/{row.ticket.number}/")
    assert "Ordered by" in shown
    assert "Bob" in shown
    User.objects.filter(pk=cast.mallory.pk).update(manager=cast.carol)
    assert "Mallory" in page(cast.carol)
    assert send(cast.carol, **{"for": "mallory@demo.example"})[0] == 302
    status, shown = send(cast.mallory, **{"for": "carol@demo.example"})
    assert status == 422
    assert "Nobody in your organisation" in shown


def test_an_order_that_comes_again_is_listed_and_ended(cast):
    Offering.objects.filter(slug="vpn-access").update(can_recur=True)
    assert "Nothing comes again" in page(cast.carol, "/portal/again/")
    assert send(cast.carol, every="3")[0] == 302
    row = Recurring.objects.get()
    assert "Every 3 months" in page(cast.carol, "/portal/again/")
    path = f"/portal/again/{row.pk}/end/"
    assert of(cast.mallory).post(path).status_code == 404
    assert of(cast.carol).get(path).status_code == 405
    assert of(cast.carol).post(path).status_code == 302
    assert "Ended by hand" in page(cast.carol, "/portal/again/")


@pytest.mark.parametrize("odd", ["x", "-1", "99999999", "²", "\x00"])
def test_odd_input_is_no_error(cast, odd):
    asks(cast)
    Offering.objects.filter(slug="vpn-access").update(can_recur=True)
    for name in ("version", "every", "agreed", "for", "more", "a.people.0.who"):
        status, _shown = send(cast.carol, **{**TYPED, name: odd})
        assert status in (302, 422), name
    assert of(cast.carol).get(PATH, {"for": odd}).status_code == 200
    assert of(cast.carol).get("/portal/order/", {"q": odd}).status_code == 200


def test_the_same_form_sent_twice_is_one_order(cast):
    for _again in range(2):
        assert send(cast.carol, once="abc")[0] == 302
    assert Ticket.objects.count() == 1
