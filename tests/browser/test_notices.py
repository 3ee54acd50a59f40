"""The bell moves by itself, and what was marked as read can be taken back."""

import pytest
from playwright.sync_api import expect

from tests.factories import said, taken
from tests.notify.conftest import read_log

pytestmark = pytest.mark.django_db(transaction=True)
NEWS = "document.dispatchEvent(new CustomEvent('beeline:notices', {detail: {}}))"


@pytest.fixture
def told(cast):
    """Bob's ticket, on which Carol wrote."""
    ticket = taken(cast)
    said(ticket, by=cast.carol)
    read_log()
    return ticket


def test_the_bell_and_the_open_inbox_are_drawn_anew_when_there_is_news(
    cast, told, page, sign_in
):
    sign_in(cast.bob)
    page.goto("/notifications/")
    bell = page.locator("#bell")
    expect(bell).to_have_attribute("aria-label", "Notifications, 1 unread")
    said(told, "One more thing", by=cast.carol)
    read_log()
    page.evaluate(NEWS)
    expect(page.locator(".notice")).to_contain_text("One more thing")
    page.goto("/account/")
    said(taken(cast), "Another", by=cast.carol)
    read_log()
    page.evaluate(NEWS)
    expect(bell).to_have_attribute("aria-label", "Notifications, 2 unread")


def test_all_is_marked_as_read_in_place_and_taken_back(
    cast, told, page, sign_in, assert_accessible_in_every_look
):
    sign_in(cast.bob)
    page.goto("/notifications/")
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_text("Marked as read.")).to_be_visible()
    expect(page.locator("#bell")).to_have_attribute("aria-label", "Notifications")
    page.evaluate(NEWS)  # another page of theirs heard of it: the way back stays
    page.wait_for_timeout(400)
    assert_accessible_in_every_look(page)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".head .sub")).to_have_text("1 unread, 1 in all")
    expect(page.locator("#bell b")).to_have_text("1")


def test_a_text_is_checked_and_previewed_while_one_types(cast, page, sign_in):
    sign_in(cast.grace)
    page.goto("/settings/texts/ticket.solved/?language=en")
    page.get_by_label("Text", exact=True).fill("Dear {nickname}")
    expect(page.locator("#preview")).to_contain_text("Nothing is known by {nickname}.")
    page.get_by_label("Text", exact=True).fill("Dear {first_name}")
    expect(page.locator("#preview .asis")).to_have_text("Dear Carol")
