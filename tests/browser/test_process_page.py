"""A process owner drafts, releases to a team and takes back; no axe finding."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from people.models import User
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_owner_changes_a_process_for_one_team_and_takes_it_back(
    page: Page, sign_in: Callable[[User], None], cast: Cast
):
    sign_in(cast.dana)
    page.goto("/processes/incident/")
    page.get_by_role("link", name="New draft").click()
    field = page.get_by_label("Definition")
    text = field.input_value()
    field.fill(text.replace("to: resolved", "to: heaven"))
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_role("alert")).to_contain_text("transitions.resolve")
    page.get_by_label("Definition").fill(text.replace("In progress", "Being solved"))
    page.get_by_role("button", name="Check and save").click()
    expect(page.locator(".sentences")).to_contain_text("Being solved")
    page.get_by_label("For whom").select_option("team")
    page.get_by_label("Team", exact=False).last.select_option("desk")
    page.get_by_role("button", name="Release version 2").click()
    expect(page.get_by_text("new tickets of Service Desk")).to_be_visible()
    page.get_by_role("button", name="Roll back").click()
    expect(page.get_by_text("nobody", exact=True)).to_be_visible()


def test_axe_finds_nothing_on_the_process_pages(
    page: Page,
    sign_in: Callable[[User], None],
    cast: Cast,
    assert_accessible_in_every_look: Callable[[Page], None],
):
    sign_in(cast.dana)
    for path in ("", "incident/", "change/versions/1/", "problem/new/"):
        page.goto(f"/processes/{path}")
        assert_accessible_in_every_look(page)
