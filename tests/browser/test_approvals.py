"""A change authority decides on a phone: one screen, few taps, only the difference."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from itsm.tickets.approving.voting import vote
from itsm.tickets.doors import perform
from itsm.tickets.models import Ticket
from tests.browser.conftest import NARROW
from tests.browser.test_portal import a_page
from tests.cast import Cast
from tests.factories import a_change
from tests.itsm.approving.checks import asked
from tests.itsm.checks import fresh
from tests.notify.conftest import read_log

pytestmark = pytest.mark.django_db(transaction=True)
TEXTS = {
    "plan": "Announce it, take the snapshot, apply 7.4.3.\n\n- one\n- two",
    "test": "The runbook's five checks",
    "way_back": "Back to the snapshot, ten minutes. Tried in the lab last week.",
}


def a_waiting_change(cast: Cast, title: str = "Firmware of the VPN gateways") -> Ticket:
    """Alice's risky change that waits, with another in its way."""
    now = timezone.now()
    start = (now + timedelta(days=3)).replace(minute=0, second=0, microsecond=0)
    end = start + timedelta(hours=2)
    window = {"start": start.isoformat(), "end": end.isoformat()}
    vpn, team = cast.services["vpn"], cast.teams["network"]
    common = {"service": vpn, "team": team, "affected": 120}
    other = a_change(cast, at=now, title="Certificates renewed", **common)
    perform(other, "edit", {"window": window}, by=cast.bob, at=now)
    change = a_change(cast, at=now, title=title, **common)
    return perform(change, "submit", {**TEXTS, "window": window}, by=cast.alice, at=now)


class Taps:
    """A person's taps on a phone, counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.n = page, 0

    def on(self, what: object) -> None:
        """One."""
        what.click()  # type: ignore[attr-defined]
        self.n += 1


def in_view_without_scrolling(page: Page, *words: str) -> None:
    """All of it stands on the first screen."""
    for word in words:
        expect(page.locator("dt", has_text=word).first).to_be_in_viewport()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_change_authority_decides_on_a_phone_in_at_most_four_taps(
    browser: Browser, live_server: object, cast: Cast, javascript: bool
):
    read_log()
    change = a_waiting_change(cast)
    read_log()
    page = a_page(browser, live_server, cast.frank, java_script_enabled=javascript)
    page.goto("/notifications/")
    taps = Taps(page)
    taps.on(page.locator(".notice a").first)
    expect(page).to_have_url(re.compile(f"/changes/{change.number}/approval/"))
    in_view_without_scrolling(
        page,
        *("What", "When", "Who suffers", "Collisions"),
        *("Evidence", "Way back", "Record"),
    )
    yes = page.get_by_role("button", name="Approve")
    expect(yes).to_be_in_viewport()
    taps.on(yes)
    expect(page.get_by_text(f"You said yes to {change.number}.")).to_be_visible()
    assert fresh(change).state == "scheduled"
    assert taps.n <= 4
    page.context.close()


def test_the_link_of_a_mail_preselects_and_decides_nothing(
    browser: Browser, live_server: object, cast: Cast
):
    change = a_waiting_change(cast)
    page = a_page(browser, live_server, cast.frank)
    for answer in ("approve", "condition", "ask", "reject"):
        page.goto(f"/changes/{change.number}/approval/?answer={answer}")
        assert fresh(change).state == "approval"
    page.goto(f"/changes/{change.number}/approval/?answer=ask")
    taps = Taps(page)
    page.get_by_label("What do you want to know?").fill("Who watches it?")
    taps.on(page.get_by_role("button", name="Ask first"))
    expect(page.get_by_text("waits for the answer")).to_be_visible()
    assert taps.n == 1
    page.context.close()


def test_asked_again_only_the_difference_is_shown(
    browser: Browser, live_server: object, cast: Cast
):
    change = a_waiting_change(cast)
    now = timezone.now()
    vote(approval=asked(change), by=cast.frank, at=now, answer="approved")
    perform(change, "edit", {"way_back": "There is none"}, by=cast.bob, at=now)
    page = a_page(browser, live_server, cast.frank)
    page.goto(f"/changes/{change.number}/approval/")
    expect(page.get_by_text("Asked again: only this has changed")).to_be_visible()
    expect(page.locator("ins")).to_have_text("There is none")
    expect(page.get_by_text("Who suffers")).to_be_hidden()
    page.context.close()


def test_its_pages_have_nothing_that_axe_finds(
    browser: Browser,
    live_server: object,
    cast: Cast,
    assert_accessible_in_every_look: Callable[[Page], None],
):
    change = a_waiting_change(cast)
    page = a_page(browser, live_server, cast.frank)
    for path in (
        "/approvals/",
        f"/changes/{change.number}/approval/?answer=condition",
        "/account/delegations/",
        "/settings/authorities/",
    ):
        page.goto(path)
        assert_accessible_in_every_look(page)
    page.set_viewport_size(NARROW)
    page.context.close()
