"""A requester orders by keyboard; an administrator builds what they are asked."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from itsm.requests.forms import actions as forms
from itsm.requests.forms import queries
from itsm.requests.models import Offering, OfferingCategory, Price, Request
from people.models import User
from tests.cast import AT, Cast
from tests.itsm.requests.forms.samples import LAPTOP

pytestmark = pytest.mark.django_db(transaction=True)


def furnish(cast: Cast) -> Offering:
    """A shelf, a price and questions for the VPN."""
    vpn = cast.offerings["vpn-access"]
    vpn.category = OfferingCategory.objects.create(slug="net", name="Network")
    vpn.description, vpn.can_recur = "Work from anywhere.", True
    vpn.save()
    today = timezone.localdate()
    Price.objects.create(offering=vpn, amount=Decimal(40), valid_from=today)
    forms.write_form(offering=vpn, by=cast.grace, at=AT, fields=LAPTOP, release=True)
    return vpn


def test_a_requester_finds_and_orders_by_keyboard(
    page: Page, sign_in: Callable[[User], None], cast: Cast
):
    furnish(cast)
    sign_in(cast.carol)
    page.goto("/portal/order/")
    page.get_by_label("Search the catalogue").focus()
    page.keyboard.type("anywhere")
    expect(page.get_by_text("1 of 3")).to_be_visible()
    page.get_by_role("link", name="VPN access").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="VPN access")).to_be_visible()
    old = page.get_by_label("The number on the old one")
    expect(old).to_be_hidden()
    page.get_by_label("First one").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")  # to "Too old", which asks one thing more
    expect(old).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.type("LT20417")
    page.keyboard.press("Tab")
    page.keyboard.type("Desk 4")
    page.get_by_label("Name").focus()
    page.keyboard.type("Ann")
    page.get_by_role("button", name="Another row").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name")).to_have_count(2)
    page.keyboard.type("Ben")  # the new row has the focus
    page.get_by_role("button", name="Order it · €40.00").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What was ordered")).to_be_visible()
    expect(page.get_by_text("LT20417")).to_be_visible()
    row = Request.objects.get()
    assert row.answers["people"] == [{"who": "Ann"}, {"who": "Ben"}]
    assert (row.answers["old"], row.price) == ("LT20417", Decimal(40))


def test_what_is_typed_is_there_again_in_another_browser(
    page: Page, sign_in: Callable[[User], None], cast: Cast
):
    furnish(cast)
    sign_in(cast.carol)
    page.goto("/portal/order/vpn-access/")
    page.get_by_label("Where?").fill("Desk 4")
    expect(page.locator("[data-draft-state]")).not_to_be_empty()
    page.evaluate("localStorage.clear()")
    page.goto("/portal/order/vpn-access/")
    expect(page.get_by_label("Where?")).to_have_value("Desk 4")


def test_an_administrator_builds_a_form_and_sees_at_once_how_it_looks(
    page: Page, sign_in: Callable[[User], None], cast: Cast
):
    sign_in(cast.grace)
    page.goto("/settings/offerings/vpn-access/questions/")
    for label, kind in (("Which colour?", "Choice"), ("Why?", "Long text")):
        page.get_by_label("A new question").fill(label)
        page.get_by_label("Kind of answer").last.select_option(label=kind)
        page.get_by_role("button", name="Add", exact=True).click()
        looks = page.get_by_role("complementary", name="How it looks")
        expect(looks.get_by_text(label)).to_be_visible()
    page.locator("#f-why summary").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator(".qitem").first).to_have_attribute("id", "f-why")
    expect(looks.locator(".question").first).to_contain_text("Why?")
    help_ = page.locator("#f-why").get_by_label("Help below it")
    help_.fill("In one sentence.")
    expect(looks.get_by_text("In one sentence.")).to_be_visible()
    page.get_by_role("button", name="Release version 1").click()
    expect(page.get_by_text("Version 1 is asked", exact=True)).to_be_visible()
    asked = queries.fields(queries.newest(cast.offerings["vpn-access"]))
    assert [(one.slug, one.help) for one in asked] == [
        ("why", "In one sentence."),
        ("which_colour", ""),
    ]


def test_axe_finds_nothing_in_the_catalogue_and_its_settings(
    page: Page,
    sign_in: Callable[[User], None],
    cast: Cast,
    assert_accessible_in_every_look: Callable[[Page], None],
):
    furnish(cast)
    sign_in(cast.grace)
    for path in (
        "/portal/order/",
        "/portal/order/vpn-access/",
        "/portal/again/",
        "/settings/offerings/vpn-access/",
        "/settings/offerings/vpn-access/questions/?open=people",
        "/settings/offerings/vpn-access/prices/",
        "/settings/charges/",
    ):
        page.goto(path)
        assert_accessible_in_every_look(page)
