"""Calendars in the browser: typed, corrected, asked, and good to read in every look."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from people.calendars.actions import create_calendar
from people.models import User
from tests.cast import AT, Cast

pytestmark = pytest.mark.django_db(transaction=True)
WEEK = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


def office(cast: Cast) -> None:
    create_calendar(
        by=cast.grace,
        at=AT,
        name="Office",
        time_zone="Europe/Berlin",
        hours=WEEK,
        country="DE",
        region="BE",
        overrides={"2026-12-24": [["09:00", "12:00"]]},
        names={"2026-12-24": "Christmas Eve"},
    )


def test_a_calendar_is_typed_corrected_and_asked(
    page: Page, sign_in: Callable[[User], None], cast: Cast
) -> None:
    sign_in(cast.grace)
    page.goto("/settings/calendars/")
    page.get_by_role("link", name="Add a calendar").first.click()
    page.get_by_label("Name").fill("Night shift")
    page.get_by_label("Time zone").select_option("Europe/Berlin")
    for day in ("Monday", "Tuesday", "Wednesday", "Thursday"):
        page.get_by_label(day).fill("")
    page.get_by_label("Friday").fill("in the evening")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("“in the evening” are no hours")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Night shift")
    page.get_by_label("Friday").fill("22:00-07:00")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Fri 22:00-07:00")).to_be_visible()
    page.get_by_label("Reported").fill("2026-03-06T16:50")
    page.get_by_label("It takes").fill("4 h")
    page.get_by_role("button", name="When is it due?").click()
    expect(page.get_by_text("Due Sat 7 Mar 2026, 02:00")).to_be_visible()


def test_calendars_are_accessible_in_every_look(
    page: Page,
    sign_in: Callable[[User], None],
    cast: Cast,
    assert_accessible_in_every_look: Callable[[Page], None],
) -> None:
    office(cast)
    sign_in(cast.grace)
    for path in (
        "/settings/calendars/",
        "/settings/calendars/office/?start=2026-03-06T16:50&takes=4+h",
        "/settings/calendars/office/edit/",
        "/settings/calendars/new/",
    ):
        page.goto(path)
        assert_accessible_in_every_look(page)
