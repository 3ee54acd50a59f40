"""An offering in settings: what it is, its prices, its questions, its shelves."""

import re
from decimal import Decimal

from django.test import Client

from itsm.requests.forms import actions as forms
from itsm.requests.forms import queries
from itsm.requests.models import Form, Offering, OfferingCategory, Price
from people.models import User
from tests.cast import AT
from tests.itsm.requests.forms.samples import LAPTOP

HERE = "/settings/offerings/vpn-access/"
FORM = f"{HERE}questions/"


def of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_everything_of_an_offering_is_changed_on_its_page(cast):
    shelf = OfferingCategory.objects.create(slug="net", name="Network")
    grace = of(cast.grace)
    sent = {
        "name": "VPN",
        "description": "Work from elsewhere",
        "category": shelf.pk,
        "icon": "lock",
        "promise": "4",
        "for_roles": ["requester"],
        "for_organisations": [cast.organisations["acme"].pk],
        "asks_manager_over": "99.50",
        "can_recur": "on",
        "is_active": "on",
    }
    assert grace.post(HERE, sent).status_code == 302
    row = Offering.objects.get(slug="vpn-access")
    assert (row.category, row.icon, row.for_roles) == (shelf, "lock", ["requester"])
    assert row.asks_manager_over == Decimal("99.50")
    assert list(row.for_organisations.all()) == [cast.organisations["acme"]]
    assert "History" in grace.get(HERE).content.decode()
    assert grace.post(HERE, {**sent, "icon": "boat"}).status_code == 422


def test_staff_read_it_and_only_those_who_may_change_it(cast):
    bob = of(cast.bob)
    for path in (HERE, FORM, f"{HERE}prices/"):
        assert bob.get(path).status_code == 200
        assert of(cast.carol).get(path).status_code == 403
    for path in (HERE, f"{FORM}add/", f"{FORM}release/", f"{HERE}prices/"):
        sent = {"type": "text", "basis": "cost", "amount": 1, "currency": "EUR"}
        sent |= {"valid_from": "2099-01-01", "name": "x", "promise": 4}
        assert bob.post(path, sent).status_code == 403, path
    User.objects.filter(pk=cast.erin.pk).update(roles=["agent", "service_owner"])
    erin = of(User.objects.get(pk=cast.erin.pk))  # owns the VPN
    sent = {"type": "text", "label": "Why?"}
    assert erin.post(f"{FORM}add/", sent).status_code == 302
    other = "/settings/offerings/new-laptop/questions/add/"
    assert erin.post(other, sent).status_code == 403


def test_a_price_is_entered_and_told_what_it_comes_to(cast):
    grace, path = of(cast.grace), f"{HERE}prices/"
    assert "It costs nothing" in grace.get(path).content.decode()
    sent = {
        "basis": "cost_plus",
        "amount": "180",
        "plus_percent": "10",
        "currency": "EUR",
        "valid_from": "2099-01-01",
    }
    assert grace.post(path, sent).status_code == 302
    assert "€198.00" in grace.get(path).content.decode()
    assert grace.post(path, {**sent, "plus_percent": ""}).status_code == 422
    row = Price.objects.get()
    assert grace.post(f"{path}{row.pk}/end/").status_code == 302
    assert not Price.objects.exists()


def test_a_form_is_built_step_by_step_and_released(cast):
    grace, vpn = of(cast.grace), cast.offerings["vpn-access"]
    assert "No questions yet" in grace.get(FORM).content.decode()
    grace.post(f"{FORM}add/", {"type": "choice", "label": "Which colour?"})
    grace.post(f"{FORM}add/", {"type": "text", "label": "Why red?"})
    change = {"label": "Which colour?", "type": "choice", "choices": "Red\nBlue"}
    grace.post(f"{FORM}q/which_colour/", change)
    when = {"label": "Why red?", "type": "text", "when": "which_colour"}
    grace.post(f"{FORM}q/why_red/", {**when, "was": "which_colour", "is": ["Red"]})
    grace.post(f"{FORM}add/", {"type": "number", "label": "How many?"})
    grace.post(f"{FORM}q/how_many/move/", {"to": "0"})
    shown = grace.get(FORM).content.decode()
    assert "Draft of version 1" in shown
    assert "only if “Which colour?”" in shown
    assert (
        "Which colour?"
        not in of(cast.carol).get("/portal/order/vpn-access/").content.decode()
    )
    assert grace.post(f"{FORM}release/").status_code == 302
    asked = queries.fields(queries.newest(vpn))
    assert [one.slug for one in asked] == ["how_many", "which_colour", "why_red"]
    assert asked[2].when is not None
    assert asked[2].when.answers == ("Red",)


def test_a_released_form_is_changed_in_a_draft_of_its_own(cast):
    vpn = cast.offerings["vpn-access"]
    forms.write_form(offering=vpn, by=cast.grace, at=AT, fields=LAPTOP, release=True)
    grace = of(cast.grace)
    grace.post(f"{FORM}q/old/", {"remove": "1"})
    assert Form.objects.get(number=1).fields == LAPTOP
    assert len(Form.objects.get(number=2).fields) == len(LAPTOP) - 1
    grace.post(f"{FORM}release/", {"discard": "1"})
    assert Form.objects.count() == 1
    assert grace.post(f"{FORM}release/").status_code == 409


def test_htmx_gets_only_the_pieces_that_changed(cast):
    vpn = cast.offerings["vpn-access"]
    forms.edit_form(offering=vpn, by=cast.grace, at=AT, fields=LAPTOP)
    grace = of(cast.grace)
    typed = {"label": "Where to?", "type": "text"}
    headers = {"HX-Request": "true", "HX-Target": "beside"}
    answer = grace.post(f"{FORM}q/place/", typed, headers=headers).content.decode()
    assert re.match(r'\s*<aside\s+class="flow"\s+id="beside"', answer)
    assert "Where to?" in answer
    headers["HX-Target"] = "builder"
    answer = grace.post(f"{FORM}q/place/", typed, headers=headers).content.decode()
    assert 'id="builder"' in answer
    assert 'id="beside"' in answer


def test_what_stops_a_release_is_named(cast):
    vpn = cast.offerings["vpn-access"]
    bad = [{"slug": "c", "label": "Colour", "type": "choice", "choices": ["Red"]}]
    forms.edit_form(offering=vpn, by=cast.grace, at=AT, fields=bad)
    grace = of(cast.grace)
    assert "at least two answers" in grace.get(FORM).content.decode()
    answer = grace.post(f"{FORM}release/")
    assert answer.status_code == 422
    assert "at least two answers" in answer.content.decode()


def test_odd_steps_are_refused_with_a_sentence_or_not_there(cast):
    vpn = cast.offerings["vpn-access"]
    forms.edit_form(offering=vpn, by=cast.grace, at=AT, fields=LAPTOP)
    grace = of(cast.grace)
    for path, sent, status in (
        ("add/", {"type": "boat"}, 422),
        ("q/place/", {"label": "x" * 300, "type": "text"}, 422),
        ("q/day/", {"label": "x", "type": "date", "least": "1e999"}, 422),
        ("q/nothing/", {}, 404),
        ("q/place/move/", {"to": "x"}, 404),
        ("q/place/", {"label": "\x00"}, 422),
    ):
        assert grace.post(f"{FORM}{path}", sent).status_code == status, path
    assert queries.draft(vpn).fields == LAPTOP


def test_shelves_are_kept_among_the_settings(cast):
    grace = of(cast.grace)
    sent = {"name": "Devices", "position": "2", "icon": "laptop"}
    assert grace.post("/settings/shelves/new/", sent).status_code == 302
    row = OfferingCategory.objects.get()
    assert (row.slug, row.position, row.icon) == ("devices", 2, "laptop")
    grace.post("/settings/shelves/devices/", {**sent, "name": "Things"})
    assert OfferingCategory.objects.get().name == "Things"
    assert "Things" in grace.get("/settings/shelves/").content.decode()
    assert of(cast.bob).post("/settings/shelves/new/", sent).status_code == 403
