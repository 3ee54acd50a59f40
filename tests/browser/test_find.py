"""Finding in Chromium: the palette and the search page by keyboard and without keys."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from itsm.tickets import search
from itsm.tickets.models import Ticket
from people.models import User
from tests.browser.conftest import NARROW
from tests.cast import Cast
from tests.factories import an_incident, taken

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[User], None]


@pytest.fixture
def tickets(cast: Cast, sign_in: SignIn) -> list[Ticket]:
    """Three of them, searchable; one is Bob's, who is signed in."""
    made = [
        an_incident(cast, title=f"Scanner {word}", description="It sends blank pages.")
        for word in ("sends nothing", "is loud", "asks for toner")
    ]
    taken(cast, made[0], by=cast.bob)
    search.index([one.pk for one in made])
    sign_in(cast.bob)
    return made


def test_the_palette_opens_closes_and_gives_the_focus_back(
    tickets: list[Ticket], page: Page
) -> None:
    page.goto(f"/incidents/{tickets[1].number}/")
    page.goto("/queue/")
    button = page.get_by_role("button", name="Command palette")
    button.focus()
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Ticket, person, page or verb")
    expect(field).to_be_focused()
    first = page.locator("#palette-list [role=option]").first
    expect(first).to_contain_text("Scanner is loud")  # looked at last
    expect(first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).not_to_be_visible()
    expect(button).to_be_focused()


def test_a_typo_and_enter_open_a_ticket_even_before_the_answer_came(
    tickets: list[Ticket], page: Page
) -> None:
    page.goto("/queue/")
    page.keyboard.press("Control+k")
    page.keyboard.type("scanenr tonre")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{tickets[2].number}/")


def test_arrows_move_and_the_field_says_where(
    tickets: list[Ticket], page: Page
) -> None:
    page.goto("/queue/")
    page.keyboard.press("Control+k")
    page.keyboard.type("scanner")
    options = page.locator("#palette-list [role=option]")
    expect(options).to_have_count(4)  # and searching everything
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    field = page.locator("#palette input")
    marked = options.nth(1).get_attribute("id")
    expect(field).to_have_attribute("aria-activedescendant", marked or "")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=scanner")


def test_verbs_act_on_the_page_and_those_that_are_not_offered_say_why(
    cast: Cast, tickets: list[Ticket], page: Page
) -> None:
    page.goto(f"/incidents/{tickets[1].number}/")
    page.keyboard.press("Control+k")
    page.keyboard.type("close")
    refused = page.locator("#palette-list [aria-disabled]").first
    expect(refused).to_contain_text("Only while it is resolved; now it is new.")
    page.keyboard.press("Enter")  # does nothing
    expect(page.locator("#palette")).to_be_visible()
    page.locator("#palette input").fill("tak")
    page.keyboard.press("Enter")
    expect(page.locator(".ownerline")).to_contain_text("Bob")
    assert Ticket.objects.get(pk=tickets[1].pk).owner == cast.bob
    page.keyboard.press("Control+k")
    page.keyboard.type("resolve")
    page.keyboard.press("Enter")
    expect(page.locator("#dialog")).to_be_visible()


def test_it_works_with_single_keys_switched_off_on_a_phone_and_for_axe(
    cast: Cast,
    tickets: list[Ticket],
    page: Page,
    assert_accessible: Callable[[Page], None],
) -> None:
    User.objects.filter(pk=cast.bob.pk).update(keys={"off": True})
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.goto(f"/incidents/{tickets[1].number}/")
        page.keyboard.press("Control+k")
        expect(page.locator("#palette-list [role=option]").first).to_be_visible()
        assert_accessible(page)
        page.locator("#palette input").fill("scan")
        expect(page.locator("#palette-list")).to_contain_text("asks for toner")
        wide = page.evaluate(
            "document.querySelector('#palette').scrollWidth <= innerWidth"
        )
        assert wide


def test_filters_complete_themselves_and_results_are_walked_by_keyboard(
    tickets: list[Ticket], page: Page, assert_accessible: Callable[[Page], None]
) -> None:
    page.goto("/search/")
    field = page.get_by_role("combobox", name="Words and filters")
    expect(field).to_be_focused()
    page.keyboard.type("scanner ow")
    expect(page.locator(".completions [role=option]")).to_have_count(1)
    page.keyboard.press("Tab")
    expect(field).to_have_value("scanner owner:")
    expect(page.locator(".completions [role=option]").first).to_contain_text("me")
    assert_accessible(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field).to_have_value("scanner owner:me ")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=scanner*")
    expect(page.locator(".hit")).to_have_count(1)
    expect(page.locator(".hit mark")).to_have_text("Scanner")
    page.get_by_role("link", name="Remove filter Owner: me").click()
    expect(page.locator(".hit")).to_have_count(3)
    page.keyboard.press("j")
    page.keyboard.press("j")
    second = page.locator(".hit a").nth(1)
    expect(second).to_be_focused()
    to = second.get_attribute("href") or ""
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{to}")
    assert_accessible(page)


def test_searching_works_without_javascript(
    cast: Cast, tickets: list[Ticket], browser: Browser, page: Page, live_server: object
) -> None:
    cookies = page.context.cookies()
    bare = browser.new_context(base_url=str(live_server), java_script_enabled=False)
    bare.add_cookies(cookies)  # type: ignore[arg-type]
    plain = bare.new_page()
    plain.goto("/search/?q=scanenr")
    expect(plain.locator(".meant")).to_contain_text("Showing results for scanner")
    expect(plain.locator(".hit")).to_have_count(3)
    plain.get_by_role("link", name="People").click()
    plain.locator("main input[name=q]").fill("carol")
    plain.get_by_role("button", name="Search").click()
    expect(plain.locator(".others")).to_contain_text("Carol")
    plain.goto(f"/incidents/{tickets[0].number}/")
    plain.get_by_role("link", name="Show what is like this one").click()
    expect(plain.locator("h1")).to_contain_text(tickets[0].number)
    bare.close()


def test_similar_tickets_come_when_the_place_is_seen(
    cast: Cast, tickets: list[Ticket], page: Page
) -> None:
    same = an_incident(cast, title="Scanner is loud again")
    search.index([same.pk])
    page.goto(f"/incidents/{tickets[1].number}/")
    # it changes when it is seen, so nobody can hold it while scrolling
    page.evaluate("document.getElementById('similar').scrollIntoView()")
    expect(page.locator("#similar")).to_contain_text("Scanner is loud again")
