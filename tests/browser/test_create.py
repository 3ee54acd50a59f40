"""Logging a ticket in Chromium, as somebody does with a telephone at the ear."""

import pytest
from playwright.sync_api import Page, expect

from core.models import Event
from itsm.tickets import kinds
from itsm.tickets.models import Attachment, Ticket
from tests.browser.conftest import NARROW, WIDE, faults
from tests.factories import PNG, an_incident

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def at_the_desk(page: Page, sign_in, cast) -> Page:
    """Alice's page."""
    sign_in(cast.alice)
    return page


def test_a_lockout_is_logged_in_four_keys_and_the_text(at_the_desk, cast):
    page = at_the_desk
    page.goto("/new/request/")
    page.locator("h1").click()
    page.keyboard.press("c")  # 1
    page.wait_for_url("**/new/")
    expect(page.locator("#caller")).to_be_focused()
    page.keyboard.type("car")
    page.keyboard.press("Enter")  # 2: the answer may still be on its way
    expect(page.locator("#id_title")).to_be_focused()
    page.keyboard.type("Locked out")
    page.keyboard.press("Control+Enter")  # 3
    page.wait_for_url("**/incidents/INC-*/")
    ticket = Ticket.objects.get()
    assert (ticket.requester, ticket.title) == (cast.carol, "Locked out")
    assert ticket.channel == "phone"


def test_a_lockout_is_logged_and_solved_in_twelve_keys_and_the_texts(at_the_desk, cast):
    page, pressed = at_the_desk, Pressed(at_the_desk)
    page.goto("/new/request/")
    page.locator("h1").click()  # somewhere on a page; not part of the call
    pressed("c")
    page.wait_for_url("**/new/")
    expect(page.locator("#caller")).to_be_focused()
    pressed("c", "a", "r", "Enter")
    expect(page.locator("#id_title")).to_be_focused()
    page.keyboard.type("Locked out")  # the text
    pressed("Tab", "Space")
    expect(page.locator("#id_resolution")).to_be_focused()
    page.keyboard.type("Unlocked; the old password was on the phone.")
    pressed("Tab", "g", "Control", "Enter")  # the chord counts as two
    page.wait_for_url("**/incidents/INC-*/")
    assert pressed.count <= 12
    ticket = Ticket.objects.get()
    assert (ticket.requester, ticket.owner) == (cast.carol, cast.alice)
    assert (ticket.state, ticket.resolution_code) == ("resolved", "guided")
    assert ticket.channel == "phone"


def test_a_repeated_call_lands_on_its_open_ticket_in_two_keys(at_the_desk, cast):
    page, pressed = at_the_desk, Pressed(at_the_desk)
    ticket = an_incident(cast, title="VPN drops")
    page.goto("/new/")
    page.keyboard.type("carol")
    page.locator("#found .again", has_text=ticket.number).wait_for()
    pressed("ArrowDown", "Enter")
    page.wait_for_url(f"**/incidents/{ticket.number}/")
    assert pressed.count == 2
    assert Event.objects.filter(kind=kinds.CALLED, subject_id=ticket.pk).count() == 1


class Pressed:
    """Presses keys one by one and counts them; Control is held for the next."""

    def __init__(self, page: Page) -> None:
        self.page, self.count, self.held = page, 0, ""

    def __call__(self, *keys: str) -> None:
        for key in keys:
            self.count += 1
            if key == "Control":
                self.held = "Control+"
                continue
            self.page.keyboard.press(self.held + key)
            self.held = ""


def test_arrows_walk_through_the_people_found(at_the_desk, cast):
    page = at_the_desk
    page.goto("/new/")
    page.keyboard.type("demo")
    expect(page.locator(".match")).to_have_count(8)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".match").nth(2)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator(".match").nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#caller")).to_be_focused()


def test_priority_and_categories_follow_what_is_chosen(at_the_desk, cast):
    cast.categories["print"].services.add(cast.services["printing"])
    page = at_the_desk
    page.goto("/new/")
    page.select_option("#id_impact", "high")
    page.select_option("#id_urgency", "high")
    expect(page.locator("#priority")).to_contain_text("P1")
    expect(page.locator("#id_category option[value=print]")).to_have_count(1)
    page.select_option("#id_service", "vpn")
    expect(page.locator("#id_category option[value=print]")).to_have_count(0)
    expect(page.locator("#id_team")).to_have_value("network")


def test_a_mistake_loses_neither_words_nor_files(at_the_desk, cast):
    page = at_the_desk
    page.goto("/new/")
    page.fill("#id_description", "Since nine this morning")
    file = {"name": "screen.png", "mimeType": "image/png", "buffer": PNG}
    page.set_input_files("#files", file)
    page.locator(".newfoot button").click()
    expect(page.locator("#id_title")).to_be_focused()
    expect(page.locator("#id_description")).to_have_value("Since nine this morning")
    page.fill("#id_title", "Locked out")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/incidents/INC-*/")
    assert Attachment.objects.get().name == "screen.png"


def test_one_press_takes_a_service_of_the_callers(at_the_desk, cast):
    page = at_the_desk
    page.goto("/new/")
    page.keyboard.type("carol")
    page.locator(".match").first.click()
    page.locator(".uses button", has_text="VPN").click()
    expect(page.locator("#id_service")).to_have_value("vpn")


def test_without_javascript_the_whole_way_works(browser, live_server, sign_in, cast):
    client_page = browser.new_context(
        base_url=str(live_server), viewport=WIDE, java_script_enabled=False
    )
    from django.test import Client

    client = Client()
    client.force_login(cast.alice)
    client_page.add_cookies(
        [
            {
                "name": "sessionid",
                "value": client.cookies["sessionid"].value,
                "url": str(live_server),
            }
        ]
    )
    page = client_page.new_page()
    page.goto("/new/")
    page.fill("#id_title", "Locked out")
    page.fill("#caller", "carol")
    page.click("button[name=find]")
    page.click("button[name=pick]")
    page.select_option("#id_impact", "high")
    page.click("button[name=show]")
    assert "P2" in page.locator("#priority").inner_text()
    page.click(".newfoot button")
    page.wait_for_url("**/incidents/INC-*/")
    ticket = Ticket.objects.get()
    assert (ticket.requester, ticket.priority) == (cast.carol, 2)
    client_page.close()


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "375"])
@pytest.mark.parametrize("type_", ["incident", "change"])
def test_axe_finds_nothing(at_the_desk, cast, size, type_):
    an_incident(cast)
    page = at_the_desk
    page.set_viewport_size(size)
    page.goto(f"/new/{type_}/")
    box = page.locator("button[name=find]").bounding_box()
    assert box["x"] + box["width"] <= size["width"]
    page.locator("#caller").fill("carol")
    page.locator(".match").first.wait_for()
    wrong = faults(page, size)
    page.locator(".match").first.click()
    page.locator(".caller").wait_for()
    page.locator(".newfoot button").click()
    page.locator("[role=alert]").wait_for()
    wrong += faults(page, size)
    assert not wrong, "\n".join(wrong)
