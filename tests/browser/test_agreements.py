"""Agreements and promises in the browser: typed, accepted, read in every look."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from itsm.feedback.models import Feedback
from itsm.sla.models import ClockState
from people.models import User
from tests.cast import AT, Cast
from tests.factories import rows
from tests.itsm.sla.agreeing import a_calendar, a_clock, an_agreement

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = [
    {
        "when": {"before": "PT30M"},
        "promise": "resolution",
        "who": ["lead", "user:bob@demo.example"],
        "channel": "chat",
    }
]


def acmes(cast: Cast) -> None:
    acme = cast.organisations["acme"]
    acme.contact = cast.carol
    acme.save()
    an_agreement(
        organisation=acme,
        service=cast.services["vpn"],
        calendar=a_calendar(is_default=True),
        escalations=STEPS,
    )


def kept(cast: Cast) -> None:
    """Three weeks of promises kept, of which nobody thought well."""
    vpn, states = cast.services["vpn"], [ClockState.KEPT] * 8 + [ClockState.MISSED]
    for week in range(3):
        began = timezone.now() - timedelta(weeks=week, hours=4)
        for ticket, state in zip(rows(cast, 9, service=vpn), states, strict=True):
            a_clock(ticket, state, started_at=began)
            Feedback.objects.create(
                ticket=ticket, person=cast.carol, satisfaction=2, effort=4, at=AT
            )


def test_an_agreement_is_typed_with_a_step_and_accepted_in_the_portal(
    page: Page, sign_in: Callable[[User], None], cast: Cast
) -> None:
    acme = cast.organisations["acme"]
    acme.contact = cast.carol
    acme.save()
    sign_in(cast.grace)
    page.goto("/settings/agreements/")
    page.get_by_role("link", name="Add an agreement").first.click()
    page.get_by_label("Name").fill("Acme")
    page.get_by_label("Organisation").select_option("acme")
    page.get_by_label("P1, First response").fill("15 min")
    page.get_by_label("P1, Resolution").fill("5 min")
    page.get_by_label("First day").fill("2026-01-01")
    page.get_by_role("button", name="Add a step").click()
    page.get_by_label("How much").fill("90")
    page.get_by_label("The team's leads").check()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("the first response would come after")).to_be_visible()
    page.get_by_label("P1, Resolution").fill("4 h")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Carol is asked to accept it")).to_be_visible()
    expect(page.get_by_label("How much")).to_have_value("90")
    sign_in(cast.carol)
    page.goto("/portal/")
    page.get_by_role("link", name="Agreements").click()
    page.get_by_role("button", name="Accept it").click()
    expect(page.get_by_text("Carol accepted it as it stands")).to_be_visible()


def test_a_point_of_the_chart_leads_to_its_week_and_a_number_to_its_tickets(
    page: Page, sign_in: Callable[[User], None], cast: Cast
) -> None:
    kept(cast)
    sign_in(cast.bob)
    page.goto("/promises/")
    expect(page.get_by_text("1 watermelon: green outside")).to_be_visible()
    expect(page.locator(".melons a")).to_have_text("VPN")
    page.locator("svg.chart a").first.click()
    expect(page.get_by_text("8 of 9 promises were kept, 88 %.")).to_be_visible()
    page.locator(".tiles").get_by_role("link", name="1", exact=True).first.click()
    expect(page.get_by_role("heading", name="Missed promises")).to_be_visible()
    expect(page.get_by_text("1 promise", exact=True)).to_be_visible()


def test_agreements_and_promises_are_accessible_in_every_look(
    page: Page,
    sign_in: Callable[[User], None],
    cast: Cast,
    assert_accessible_in_every_look: Callable[[Page], None],
) -> None:
    acmes(cast)
    kept(cast)
    looks = {
        cast.grace: (
            "/settings/agreements/",
            "/settings/agreements/acme/",
            "/settings/agreements/try/?type=incident&priority=3&organisation=acme",
        ),
        cast.bob: (
            "/settings/agreements/acme/",
            "/promises/",
            "/promises/behind/?outcome=missed",
        ),
        cast.carol: ("/portal/agreements/",),
    }
    for who, paths in looks.items():
        sign_in(who)
        for path in paths:
            page.goto(path)
            assert_accessible_in_every_look(page)
