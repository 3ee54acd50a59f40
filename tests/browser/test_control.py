"""Control from end to end: a joiner's plan, a freeze in sight, a measure's changes."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from itsm.changes.freezes.actions import create_freeze
from itsm.changes.models import Change
from itsm.requests.models import Offering
from itsm.tickets.doors import perform
from itsm.tickets.models import Ticket
from people.models import User
from tests.browser.conftest import NARROW
from tests.cast import Cast
from tests.factories import a_change, a_kind
from tests.itsm.requests.steps import a_profile, an_offering, step

pytestmark = pytest.mark.django_db(transaction=True)
TEXTS = {"plan": "Roll it out", "test": "Five checks", "way_back": "The last one"}


def a_firm(cast: Cast) -> Offering:
    """A profile of two offerings, and what happens when somebody joins."""
    network = cast.teams["network"]
    steps = [step("Issue the key", 1, "network"), step("Test it", 2, "network")]
    remote = an_offering("Remote access", steps, team=network)
    desk = an_offering("Desk", [step("Put it up", 1, "desk")], team=cast.teams["desk"])
    a_profile("Engineer", remote, desk)
    return an_offering(
        "Somebody joins",
        [step("Enter the contract", 1, "desk"), step("The job", 2, profile=True)],
        bundle="joiner",
        team=cast.teams["desk"],
    )


def done(cast: Cast, result: str, minutes: int = 0) -> Ticket:
    """A standard change that was implemented and ended so."""
    at = timezone.now() - timedelta(minutes=30 - minutes)
    kind = a_kind(cast, "standard", name=f"Release {result}", **TEXTS)
    change = a_change(
        cast, at=at, service=cast.services["vpn"], title=f"Release that {result}"
    )
    start, end = at + timedelta(minutes=1), at + timedelta(hours=2)
    window = {"start": start.isoformat(), "end": end.isoformat()}
    perform(change, "edit", {"kind": kind.slug, **TEXTS}, by=cast.bob, at=at)
    for minute, verb, given in (
        (0, "schedule", {"window": window}),
        (2, "implement", {}),
        (3, "resolve", {"result": result}),
    ):
        change = perform(
            change, verb, given, by=cast.bob, at=at + timedelta(minutes=minute)
        )
    return change


def test_somebody_joins_and_the_plan_is_followed_step_by_step(
    page: Page, sign_in: Callable[[User], None], cast: Cast
) -> None:
    a_firm(cast)
    sign_in(cast.bob)
    page.goto("/entitlements/")
    page.get_by_role("link", name="Join, move, leave").click()
    page.get_by_label("What happens").select_option(label="Somebody joins")
    page.get_by_label("Who", exact=True).fill(cast.carol.email)
    page.get_by_label("New job").select_option(label="Engineer")
    page.get_by_role("button", name="Show what changes").click()
    expect(page.get_by_text("4 steps, 3 stages, 2 teams")).to_be_visible()
    page.get_by_role("button", name="Order it").click()
    expect(page.get_by_text("0 of 4").first).to_be_visible()
    page.get_by_role("link", name="Enter the contract").click()
    page.get_by_role("button", name="Done").click()
    page.goto(f"/requests/{Ticket.objects.get().number}/plan/")
    expect(page.get_by_text("1 of 4").first).to_be_visible()
    page.goto("/tasks/")
    expect(page.get_by_role("link", name="Desk: Put it up")).to_be_visible()


def test_a_freeze_is_seen_in_the_calendar_and_beside_the_change(
    page: Page, sign_in: Callable[[User], None], cast: Cast
) -> None:
    now = timezone.now()
    create_freeze(
        by=cast.frank,
        at=now,
        name="Month end",
        starts_at=now,
        ends_at=now + timedelta(days=3),
        time_zone="Europe/Berlin",
    )
    change = a_change(cast, at=now, service=cast.services["vpn"])
    start, end = now + timedelta(days=1), now + timedelta(days=1, hours=2)
    Change.objects.update_or_create(
        pk=change.pk, defaults={"window_start": start, "window_end": end}
    )
    sign_in(cast.bob)
    page.goto("/changes/")
    page.get_by_role("link", name="Calendar").click()
    expect(page.get_by_text("Month end").first).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 2400})  # the panel is in sight
    page.goto(f"/changes/{change.number}/")
    expect(page.locator("main").get_by_text("Month end").first).to_be_visible()


def test_a_point_of_a_measure_leads_to_its_changes(
    page: Page, sign_in: Callable[[User], None], cast: Cast
) -> None:
    done(cast, "success")
    undone = done(cast, "rolled_back")
    sign_in(cast.bob)
    page.goto("/changes/")
    page.locator("main").get_by_role("link", name="Measures").click()
    expect(page.get_by_text("1 of 2 failed")).to_be_visible()
    page.locator("section[aria-labelledby=m-failures] .value a").click()
    expect(page.get_by_text("1 change", exact=True)).to_be_visible()
    page.get_by_role("link", name=undone.number).click()
    head = page.locator(".promise")
    expect(head).to_contain_text("Rolled back after")
    expect(head).not_to_contain_text("Solved")


def test_kinds_of_change_are_found_from_their_list_and_fit_a_phone(
    page: Page, sign_in: Callable[[User], None], cast: Cast
) -> None:
    for _n in range(2):
        done(cast, "success" if _n else "issues")
    sign_in(cast.dana)
    page.goto("/changes/")
    page.get_by_role("link", name="Kinds", exact=True).click()
    page.get_by_role("link", name="Release success").click()
    expect(page.locator("summary", has_text="Change by change")).to_be_visible()
    page.set_viewport_size(NARROW)
    sheet = page.locator("main")
    assert sheet.evaluate("e => e.scrollWidth") <= NARROW["width"]
