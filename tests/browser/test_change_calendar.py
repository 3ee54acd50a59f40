"""The change calendar in the browser: by keyboard, one click, good in every look."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from itsm.changes.freezes.actions import create_freeze
from itsm.changes.models import Change
from people.models import User
from tests.cast import AT, Cast
from tests.factories import a_change

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


def planned(cast: Cast) -> list[Change]:
    """Two changes that collide tomorrow at noon, and a freeze next week."""
    noon = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
    noon += timedelta(days=1)
    found = []
    for n, title in enumerate(("Firmware of the gateways", "New firewall rules")):
        ticket = a_change(cast, service=cast.services["vpn"], title=title)
        row, _ = Change.objects.update_or_create(
            pk=ticket.pk,
            defaults={
                "window_start": noon + n * HOUR,
                "window_end": noon + (n + 2) * HOUR,
            },
        )
        found.append(row)
    create_freeze(
        by=cast.frank,
        at=AT,
        name="Month end",
        starts_at=noon + timedelta(days=3),
        ends_at=noon + timedelta(days=5),
        time_zone="Europe/Berlin",
    )
    return found


def test_from_the_calendar_to_a_free_window_by_keyboard_and_one_click(
    page: Page, sign_in: Callable[[User], None], cast: Cast
) -> None:
    _one, other = planned(cast)
    sign_in(cast.alice)
    page.goto("/changes/")
    page.get_by_role("link", name="Calendar").click()
    page.wait_for_url("**/changes/calendar/")  # keys are heard from then on
    expect(page.get_by_text("1 collision ahead.")).to_be_visible()
    page.keyboard.press("l")
    page.wait_for_url("**view=list")
    expect(page.get_by_text("collides with").first).to_be_visible()
    page.get_by_role("link", name="New firewall rules").first.click()
    page.get_by_role("button", name="Move it to").click()
    expect(page.get_by_text("Nothing: no other change, no freeze.")).to_be_visible()
    other.refresh_from_db()
    assert other.window_start == _one.window_end


def test_the_calendar_is_accessible_in_every_look(
    page: Page,
    sign_in: Callable[[User], None],
    cast: Cast,
    assert_accessible_in_every_look: Callable[[Page], None],
) -> None:
    planned(cast)
    sign_in(cast.frank)
    for view in ("month", "week", "list"):
        page.goto(f"/changes/calendar/?view={view}")
        assert_accessible_in_every_look(page)
