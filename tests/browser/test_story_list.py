"""The ranked list on a phone: its filters are one control, found by finger and key."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from backlog.stories import actions
from people.models import User
from tests.browser.conftest import NARROW, WIDE, faults
from tests.cast import AT, Cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shown(page: Page, sign_in: Callable[[User], None], cast: Cast) -> Page:
    process = cast.processes["incident"]
    for title, points in (("Small", 1), ("Not yet", None)):
        actions.create_story(
            process=process, by=cast.dana, at=AT, title=title, points=points
        )
    sign_in(cast.dana)
    page.set_viewport_size(NARROW)
    page.goto("/backlog/incident/")
    return page


def test_on_a_phone_the_filters_are_folded_and_a_key_opens_them(shown: Page):
    search = shown.get_by_role("search", name="Which stories")
    which, fold = search.get_by_label("Which"), search.locator("summary")
    expect(which).to_be_hidden()
    assert search.bounding_box()["height"] < 60
    search.get_by_role("searchbox").focus()
    shown.keyboard.press("Tab")
    expect(fold).to_be_focused()
    shown.keyboard.press("Enter")
    which.select_option(label="Without points")
    search.get_by_role("button", name="Show").click()
    expect(shown.locator(".story")).to_have_count(1)
    expect(fold).to_contain_text("1")
    assert not faults(shown, NARROW)
    fold.click()
    assert not faults(shown, NARROW)
    search.get_by_role("link", name="Show all").click()
    expect(shown.locator(".story")).to_have_count(2)


def test_where_there_is_room_nothing_is_folded(shown: Page):
    shown.set_viewport_size(WIDE)
    search = shown.get_by_role("search", name="Which stories")
    expect(search.locator("summary")).to_be_hidden()
    search.get_by_role("searchbox").focus()
    shown.keyboard.press("Tab")
    expect(search.get_by_label("State")).to_be_focused()
    search.get_by_label("Which").select_option(label="Without points")
    search.get_by_role("button", name="Show").click()
    expect(shown.locator(".story")).to_have_count(1)
    assert not faults(shown, WIDE)
