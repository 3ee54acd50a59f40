"""The queue in Chromium: read and taken by keyboard, whole without JavaScript."""

import re
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from itsm.tickets import actions
from itsm.tickets.models import Ticket
from people.models import User
from tests.cast import AT, Cast

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[User], None]


def open_many(cast: Cast, count: int) -> list[Ticket]:
    return [
        actions.open_ticket(
            type="incident",
            by=cast.carol,
            at=AT,
            title=f"Ticket {n:02}",
            service=cast.services["vpn"],
        )
        for n in range(count)
    ]


@pytest.fixture
def bob(cast: Cast, sign_in: SignIn) -> User:
    sign_in(cast.bob)
    return cast.bob


def test_thirty_new_tickets_are_read_and_taken_without_the_mouse(
    cast: Cast, bob: User, page: Page
) -> None:
    open_many(cast, 30)
    page.goto("/queue/")
    rows = page.locator("queue-list .row")
    expect(rows).to_have_count(30)
    expect(page.locator("#pane h2")).to_contain_text("Ticket")
    for n in range(30):
        current = page.locator(".row[aria-current]")
        expect(current).to_have_id(rows.nth(n).get_attribute("id") or "")
        page.keyboard.press("t")
        expect(current.locator(".face")).to_have_attribute("title", "Bob")
        page.keyboard.press("j")
    assert Ticket.objects.filter(owner=bob).count() == 30
    assert Ticket.objects.filter(state="in_progress").count() == 30
    expect(rows).to_have_count(30)  # lines never leave under the cursor


def test_j_and_k_move_the_focus_and_enter_opens(
    cast: Cast, bob: User, page: Page
) -> None:
    open_many(cast, 3)
    page.goto("/queue/")
    rows = page.locator("queue-list .row")
    expect(rows.first).to_have_attribute("aria-current", "true")
    page.keyboard.press("j")
    expect(rows.nth(1).locator("a.title")).to_be_focused()
    page.keyboard.press("k")
    expect(rows.first.locator("a.title")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/incidents/INC-*/")


def test_x_selects_and_says_how_many(cast: Cast, bob: User, page: Page) -> None:
    open_many(cast, 3)
    page.goto("/queue/")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator(".row input:checked")).to_have_count(2)
    expect(page.locator("#picks")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".row input:checked")).to_have_count(0)


def test_a_click_shows_the_ticket_beside_the_list(
    cast: Cast, bob: User, page: Page
) -> None:
    made = open_many(cast, 3)
    page.goto("/queue/")
    page.locator(f"#row-{made[2].number} a.title").click()
    expect(page.locator("#pane h2")).to_contain_text(made[2].title)
    expect(page).to_have_url(re.compile(f"/queue/.*open={made[2].number}"))


def test_a_click_does_not_wait_for_the_ticket_that_was_shown_before(
    cast: Cast, bob: User, page: Page
) -> None:
    made = open_many(cast, 3)
    first = f"**/{made[0].number}/?pane=1"
    page.route(first, lambda route: None)  # never answered
    with page.expect_request(first):
        page.goto("/queue/")
    page.locator(f"#row-{made[2].number} a.title").click()
    expect(page.locator("#pane h2")).to_contain_text(made[2].title)
    expect(page).to_have_url(re.compile(f"/queue/.*open={made[2].number}"))


def test_somebody_was_quicker_is_said_and_the_line_shows_them(
    cast: Cast, bob: User, page: Page
) -> None:
    [made] = open_many(cast, 1)
    page.goto("/queue/")
    expect(page.locator("#pane h2")).to_be_visible()
    actions.take(ticket=made, by=cast.alice, at=AT)
    page.keyboard.press("t")
    expect(page.locator(".toast")).to_contain_text("Alice")
    expect(page.locator(".row .face")).to_have_attribute("title", "Alice")


def test_news_wait_in_the_pill_and_known_lines_are_redrawn_in_place(
    cast: Cast, bob: User, page: Page
) -> None:
    made = open_many(cast, 2)
    page.goto("/queue/")
    page.keyboard.press("j")
    actions.take(ticket=made[0], by=cast.alice, at=timezone.now())
    fresh = actions.open_ticket(
        type="incident", by=cast.carol, at=timezone.now(), title="Just came in"
    )
    ids = [made[0].pk, fresh.pk]
    page.evaluate(
        "ids => document.dispatchEvent(new CustomEvent('beeline:tickets', "
        "{detail: {ids}}))",
        ids,
    )
    expect(page.locator(".fresh")).to_have_text("1 new")
    expect(page.locator(f"#row-{made[0].number} .face")).to_have_attribute(
        "title", "Alice"
    )
    expect(page.locator("queue-list .row")).to_have_count(2)
    page.locator(".fresh").click()
    expect(page.locator("queue-list .row")).to_have_count(3)


def test_w_waits_in_a_dialog_for_the_line_that_is_marked(
    cast: Cast, bob: User, page: Page
) -> None:
    made = open_many(cast, 2)
    page.goto("/queue/")
    expect(page.locator("#pane h2")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("w")  # before the pane has followed
    dialog = page.locator("#dialog")
    dialog.locator("select[name=reason]").select_option("supplier")
    dialog.locator("button[data-kind=go], button[data-kind=stop]").last.click()
    expect(dialog).to_be_hidden()
    expect(page.locator(f"#row-{made[1].number} .state")).to_contain_text("supplier")
    expect(page.locator(f"#row-{made[0].number} .state")).to_contain_text("New")


def test_why_a_ticket_is_here_opens_by_its_key(
    cast: Cast, bob: User, page: Page
) -> None:
    open_many(cast, 1)
    page.goto("/queue/")
    page.keyboard.press("y")
    expect(page.locator("#dialog")).to_contain_text("Why is")
    page.keyboard.press("Escape")
    expect(page.locator("#dialog")).to_be_hidden()


def test_keys_that_are_switched_off_do_nothing(
    cast: Cast, bob: User, page: Page
) -> None:
    open_many(cast, 2)
    User.objects.filter(pk=bob.pk).update(keys={"off": True})
    page.goto("/queue/")
    page.keyboard.press("t")
    page.keyboard.press("j")
    page.wait_for_timeout(300)
    assert Ticket.objects.filter(owner=bob).count() == 0


def test_without_javascript_the_list_is_links_pages_and_forms(
    cast: Cast, browser: Browser, live_server: object, sign_in: SignIn, page: Page
) -> None:
    made = open_many(cast, 51)
    sign_in(cast.bob)
    context = browser.new_context(
        base_url=str(live_server),
        java_script_enabled=False,
        storage_state=page.context.storage_state(),
    )
    plain = context.new_page()
    plain.goto("/queue/")
    expect(plain.locator(".row")).to_have_count(50)
    plain.get_by_role("link", name="Next", exact=True).click()
    expect(plain.locator(".pager")).to_contain_text("51 to 51 of 51")
    plain.get_by_role("link", name="Previous").click()
    plain.get_by_role("link", name="Filter").click()
    plain.get_by_label("Words").fill("")
    plain.get_by_label("Priority").select_option("1")
    plain.get_by_role("button", name="Show").click()
    expect(plain.locator(".empty")).to_contain_text("Nothing matches")
    plain.goto("/queue/")
    plain.locator(".row a.title").first.click()
    expect(plain.locator("h1")).to_contain_text("Ticket")
    assert len(made) == 51
    context.close()


def test_axe_finds_nothing_on_the_lists(
    cast: Cast,
    bob: User,
    page: Page,
    assert_accessible_in_every_look: Callable[[Page], None],
) -> None:
    open_many(cast, 3)
    for path in (
        *("/queue/", "/queue/?panel=1&priority=2", "/queue/?panel=columns"),
        *("/queue/?columns=number,team,opened,owner", "/queue/?density=compact"),
        *("/queue/views/", "/queue/views/new/", "/exports/", "/", "/search/?q=ticket"),
    ):
        page.goto(path)
        page.wait_for_timeout(300)
        assert_accessible_in_every_look(page)


def test_thirty_new_tickets_are_read_taken_or_answered_by_keyboard_alone(
    cast: Cast, bob: User, page: Page
) -> None:
    open_many(cast, 30)
    page.goto("/queue/")
    rows = page.locator("queue-list .row")
    expect(rows).to_have_count(30)
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    for n in range(30):
        row = rows.nth(n)
        expect(row).to_have_attribute("aria-current", "true")
        if n % 10 == 9:  # answered
            page.keyboard.press("r")
            expect(page.locator("#pane #reply textarea[name=body]")).to_be_focused()
            page.keyboard.type(f"Answer {n}")
            page.keyboard.press("Control+Enter")
            expect(page.locator("#pane #reply")).to_have_count(0)
            expect(row.locator("a.title")).to_be_focused()
        elif n % 3 == 0:  # taken
            page.keyboard.press("t")
            expect(row.locator(".face")).to_have_attribute("title", "Bob")
        page.keyboard.press("j")
    assert Ticket.objects.filter(owner=bob).count() >= 9
    assert not [url for url in loads if "/incidents/" in url]  # nothing was left


def test_a_range_the_page_and_nothing_are_selected_by_keyboard(
    cast: Cast, bob: User, page: Page
) -> None:
    open_many(cast, 5)
    page.goto("/queue/")
    expect(page.locator("#pane h2")).to_be_visible()
    picked = page.locator(".row input:checked")
    page.keyboard.press("J")
    page.keyboard.press("J")
    expect(picked).to_have_count(3)
    page.keyboard.press("Escape")
    expect(picked).to_have_count(0)
    page.keyboard.press("*")
    expect(picked).to_have_count(5)
    page.keyboard.press("*")
    expect(picked).to_have_count(0)
    boxes = page.locator(".row input.check")
    boxes.nth(1).click()
    boxes.nth(3).click(modifiers=["Shift"])
    expect(picked).to_have_count(3)
    page.keyboard.press("w")  # of all three, not of the row that is marked
    expect(page.locator("#dialog")).to_contain_text("3")


def test_live_news_keep_the_selection(cast: Cast, bob: User, page: Page) -> None:
    made = open_many(cast, 3)
    page.goto("/queue/")
    expect(page.locator("#pane h2")).to_be_visible()
    page.keyboard.press("x")
    actions.take(ticket=made[0], by=cast.alice, at=timezone.now())
    page.evaluate(
        "ids => document.dispatchEvent(new CustomEvent('beeline:tickets', "
        "{detail: {ids}}))",
        [made[0].pk],
    )
    row = page.locator(f"#row-{made[0].number}")
    expect(row.locator(".face")).to_have_attribute("title", "Alice")
    expect(row.locator("input.check")).to_be_checked()
    page.keyboard.press("Escape")
    expect(row.locator("input.check")).not_to_be_checked()


def test_every_key_of_the_page_is_told_and_can_be_another(
    cast: Cast, bob: User, page: Page
) -> None:
    open_many(cast, 2)
    User.objects.filter(pk=bob.pk).update(keys={"map": {"select_page": "q"}})
    page.goto("/queue/")
    expect(page.locator("#pane h2")).to_be_visible()
    page.keyboard.press("?")
    told = page.locator("#dialog .keylist")
    for key in ("j", "k", "x", "J", "K", "q", "t", "a", "r", "w", "e", "y", "f", "v"):
        expect(
            told.locator("kbd", has_text=re.compile(f"^{key}$")).first
        ).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("*")
    expect(page.locator(".row input:checked")).to_have_count(0)
    page.keyboard.press("q")
    expect(page.locator(".row input:checked")).to_have_count(2)


def test_a_list_is_saved_as_a_view_by_keyboard(
    cast: Cast, bob: User, page: Page
) -> None:
    open_many(cast, 2)
    page.goto("/queue/?view=open&priority=3")
    page.keyboard.press("v")
    page.locator("#dialog input[name=name]").fill("Threes")
    page.keyboard.press("Enter")
    page.wait_for_url("**saved=*")
    expect(page.locator("h1")).to_have_text("Threes")
    expect(page.locator(".tabs a[aria-current]")).to_contain_text("Threes")
    expect(page.locator(".tabs a[aria-current] b")).to_have_text(re.compile(r"^\d+$"))
