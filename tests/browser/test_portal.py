"""A requester on a phone, with and without JavaScript; no page has an axe finding."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from itsm.portal import actions as portal
from itsm.tickets import actions
from itsm.tickets.models import Ticket
from people.models import User
from tests.browser.conftest import NARROW
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


def a_page(browser: Browser, server: object, user: User, **options: object) -> Page:
    client = Client()
    client.force_login(user)
    context: BrowserContext = browser.new_context(
        base_url=str(server), viewport=NARROW, **options
    )
    context.set_default_timeout(10_000)
    value = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": value, "url": str(server)}])
    return context.new_page()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_requester_reports_follows_answers_and_confirms_on_a_phone(
    browser: Browser, live_server: object, cast: Cast, javascript: bool
):
    page = a_page(browser, live_server, cast.carol, java_script_enabled=javascript)
    page.goto("/portal/")
    page.get_by_label("Say it in your own words").fill("VPN drops in every call")
    page.get_by_role("button", name="Ask a person").click()
    expect(page.get_by_label("What gets in your way?")).to_have_value(
        "VPN drops in every call"
    )
    page.get_by_label("VPN", exact=True).check()
    page.get_by_label("I cannot work").check()
    page.get_by_role("button", name="Send it to a person").click()
    expect(
        page.get_by_text("It has reached us; somebody takes it soon.")
    ).to_be_visible()

    ticket = Ticket.objects.get()
    by = {"ticket": ticket, "by": cast.bob}
    actions.take(**by, at=timezone.now())
    actions.wait(
        **by, at=timezone.now(), reason="requester", comment="At home or here?"
    )
    page.goto("/portal/")
    page.locator("main").get_by_role("link", name="Answer").click()
    expect(page.get_by_text("At home or here?")).to_be_visible()
    page.get_by_label("Your answer").fill("Only at home")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Only at home", exact=True)).to_be_visible()
    expect(page.get_by_text("Bob is working on it.")).to_be_visible()

    actions.resolve(**by, at=timezone.now(), resolution="A new profile was sent.")
    page.goto(f"/portal/{ticket.number}/")
    expect(page.get_by_text("A new profile was sent.")).to_be_visible()
    page.get_by_role("button", name="Yes, it works").click()
    expect(page.get_by_text("Done. You confirmed that it works.")).to_be_visible()
    ticket.refresh_from_db()
    assert ticket.verified_by == "requester"
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.context.close()


def test_axe_finds_nothing_in_the_portal(
    browser: Browser,
    live_server: object,
    cast: Cast,
    assert_accessible_in_every_look: Callable[[Page], None],
):
    now = timezone.now()
    given = {"title": "VPN", "description": "Drops", "service": cast.services["vpn"]}
    ticket = portal.report(by=cast.carol, at=now, given=given)
    actions.take(ticket=ticket, by=cast.bob, at=now)
    actions.resolve(ticket=ticket, by=cast.bob, at=now, resolution="Restarted")
    cast.mallory.manager = cast.carol
    cast.mallory.save()
    order = portal.order(
        offering=cast.offerings["new-laptop"], by=cast.mallory, at=now, description="!"
    )
    page = a_page(browser, live_server, cast.carol)
    for path in (
        "",
        "report/",
        "order/",
        "order/new-laptop/",
        "tickets/",
        "tickets/?tab=done",
        f"{ticket.number}/",
        f"{order.number}/decide/",
    ):
        page.goto(f"/portal/{path}")
        assert_accessible_in_every_look(page)
    page.context.close()


def test_a_report_that_lacks_something_begins_at_what_it_lacks(
    browser: Browser, live_server: object, cast: Cast
):
    page = a_page(browser, live_server, cast.carol)
    page.goto("/portal/report/?what=Mouse+broken")
    page.get_by_role("button", name="Send it to a person").click()
    expect(page.get_by_text("Choose the one that fits best.")).to_be_in_viewport()
    expect(page.get_by_label("It is a nuisance, I can work")).to_be_focused()
