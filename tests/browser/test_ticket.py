"""A ticket's whole life in Chromium, with and without JavaScript."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from itsm.tickets import actions
from itsm.tickets.models import Comment, Ticket
from itsm.tickets.replies.actions import create_reply_template
from tests.browser.conftest import WIDE
from tests.factories import a_change, a_request, an_incident, later, taken

pytestmark = pytest.mark.django_db(transaction=True)
PASTE = """async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 40, height: 20 });
  canvas.getContext("2d").fillRect(0, 0, 40, 20);
  const blob = await new Promise((done) => canvas.toBlob(done));
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File([blob], "image.png", { type: "image/png" }));
  const text = document.querySelector("#composer textarea");
  text.focus();
  text.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""  # noqa: E501


def at(ticket: Ticket, verb: str = "") -> str:
    here = f"/{ticket.type}s/{ticket.number}/"
    return f"{here}do/{verb}/" if verb else here


def fresh(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def now():
    from django.utils import timezone

    return timezone.now()


@pytest.fixture
def as_bob(page: Page, sign_in: Callable, cast) -> Page:
    sign_in(cast.bob)
    return page


def test_a_ticket_from_report_to_closed_by_keyboard(as_bob, cast):
    page = as_bob
    ticket = an_incident(cast, service=cast.services["vpn"], description="It drops.")
    page.goto(at(ticket))
    page.keyboard.press("t")
    expect(page.locator("#tickethead")).to_contain_text("In progress")
    expect(page.locator(".ownerline")).to_contain_text("Bob")

    page.keyboard.press("r")
    page.keyboard.type("Good morning, I have it.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#timeline")).to_contain_text("Good morning, I have it.")
    expect(page.locator("#composer textarea")).to_have_value("")

    page.locator("#composer textarea").blur()
    page.keyboard.press("w")
    dialog = page.locator("#dialog")
    dialog.get_by_label("What it waits for").select_option("requester")
    dialog.get_by_label("Your question").fill("Since when?")
    dialog.get_by_role("button", name="Wait").click()
    expect(page.locator(".promise")).to_contain_text("Waits for Carol")

    actions.comment(ticket=fresh(ticket), by=cast.carol, at=now(), body="Monday.")
    page.reload()
    expect(page.locator("#timeline")).to_contain_text("Monday.")
    assert fresh(ticket).state == "in_progress"

    page.keyboard.press("e")
    dialog.get_by_label("What solved it").fill("A new certificate.")
    dialog.get_by_role("button", name="Resolve").click()
    expect(page.locator("#timeline")).to_contain_text("A new certificate.")
    expect(dialog).to_be_hidden()
    assert fresh(ticket).state == "resolved"

    actions.reopen(ticket=fresh(ticket), by=cast.carol, at=now(), comment="Still.")
    actions.resolve(
        ticket=fresh(ticket), by=cast.bob, at=now(), resolution="The right one."
    )
    actions.close(ticket=fresh(ticket), by=cast.carol, at=now())
    page.reload()
    expect(page.locator(".promise")).to_contain_text("Carol confirmed it")
    expect(page.locator("#side")).to_contain_text("1 time")


def test_a_sent_reply_leaves_the_page_where_it_was(as_bob, cast):
    page = as_bob
    page.set_viewport_size({"width": 1280, "height": 500})
    page.goto(at(taken(cast)))
    page.keyboard.press("r")
    page.keyboard.type("Since when?")
    before = page.evaluate("document.getElementById('sheet').scrollTop")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-held]")).to_be_visible()
    expect(page.locator("#composer textarea")).to_have_value("")
    page.wait_for_timeout(200)
    assert page.evaluate("document.getElementById('sheet').scrollTop") <= before


def test_the_same_without_javascript(browser: Browser, live_server, cast):
    from django.test import Client

    client = Client()
    client.force_login(cast.bob)
    context = browser.new_context(
        base_url=str(live_server), viewport=WIDE, java_script_enabled=False
    )
    session = client.cookies["sessionid"].value
    context.add_cookies(
        [{"name": "sessionid", "value": session, "url": str(live_server)}]
    )
    page = context.new_page()
    ticket = an_incident(cast, service=cast.services["vpn"])
    page.goto(at(ticket))
    page.get_by_role("button", name="Take").click()
    expect(page.locator("#tickethead")).to_contain_text("In progress")
    page.locator("#composer textarea").fill("I look into it.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#timeline")).to_contain_text("I look into it.")
    page.get_by_role("link", name="Wait").click()
    page.get_by_label("What it waits for").select_option("requester")
    page.get_by_label("Your question").fill("Since when?")
    page.get_by_role("button", name="Wait").click()
    expect(page.locator(".promise")).to_contain_text("Waits for Carol")
    actions.comment(ticket=fresh(ticket), by=cast.carol, at=now(), body="Monday.")
    page.goto(at(ticket))
    page.get_by_role("link", name="Resolve").click()
    page.get_by_label("What solved it").fill("A new certificate.")
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator("#timeline")).to_contain_text("A new certificate.")
    page.get_by_role("link", name="Reopen").click()
    page.get_by_label("What still fails").fill("It is back.")
    page.get_by_role("button", name="Reopen").click()
    assert fresh(ticket).state == "in_progress"
    page.get_by_role("link", name="Change Service").click()
    page.locator("select[name=service]").select_option("e-mail")
    page.get_by_role("button", name="Triage").click()
    expect(page.locator("#side")).to_contain_text("E-mail")
    actions.resolve(ticket=fresh(ticket), by=cast.bob, at=now(), resolution="Done.")
    page.goto(at(ticket))
    page.get_by_role("button", name="Close").click()
    assert fresh(ticket).state == "closed"
    context.close()


def test_two_people_take_the_same_ticket_and_the_second_is_told_who(as_bob, cast):
    page = as_bob
    ticket = an_incident(cast, service=cast.services["vpn"])
    page.goto(at(ticket))
    actions.take(ticket=fresh(ticket), by=cast.alice, at=now())
    page.keyboard.press("t")
    expect(page.locator("#dialog")).to_contain_text("Alice has")
    assert fresh(ticket).owner == cast.alice


def test_a_fact_changes_in_place_and_what_is_typed_stays(as_bob, cast):
    page = as_bob
    ticket = taken(cast)
    page.goto(at(ticket))
    page.locator("#composer textarea").fill("Half a sentence")
    page.locator("#fact-service a").click()
    expect(page.locator("#fact-service select")).to_be_focused()
    page.locator("#fact-service select").select_option("e-mail")
    page.locator("#fact-service").get_by_role("button", name="Save").click()
    expect(page.locator("#fact-service a")).to_contain_text("E-mail")
    expect(page.locator("#composer textarea")).to_have_value("Half a sentence")


def test_title_and_description_are_edited_where_they_stand(
    as_bob, cast, assert_accessible
):
    page = as_bob
    ticket = taken(cast, an_incident(cast, title="Old", description="It drops."))
    page.goto(at(ticket))
    edits_title = page.get_by_role("link", name="Change the title")
    edits_title.click()
    title = page.locator("#fact-title input[name=title]")
    expect(title).to_be_focused()
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(edits_title).to_be_focused()
    page.keyboard.press("Enter")
    expect(title).to_be_focused()  # the form is sent by script from then on
    title.fill("VPN drops every hour")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("VPN drops every hour")
    expect(edits_title).to_be_focused()

    edits_text = page.get_by_role("link", name="Change the description")
    edits_text.click()
    text = page.locator("#fact-description textarea")
    expect(text).to_be_focused()
    assert_accessible(page)
    text.fill("It drops every hour.")
    page.locator("#fact-description").get_by_role("button", name="Save").click()
    expect(page.locator("#fact-description")).to_have_text("It drops every hour.")
    expect(edits_text).to_be_focused()
    assert fresh(ticket).description == "It drops every hour."


def test_a_newer_description_shows_both_in_a_dialog(as_bob, cast):
    page = as_bob
    ticket = taken(cast, an_incident(cast, description="One"))
    page.goto(at(ticket))
    page.get_by_role("link", name="Change the description").click()
    page.locator("#fact-description textarea").fill("Bob's words")
    actions.edit(
        ticket=fresh(ticket), by=cast.alice, at=now(), given={"description": "Hers"}
    )
    page.locator("#fact-description").get_by_role("button", name="Save").click()
    expect(page.locator("#dialog")).to_contain_text("Hers")
    page.get_by_label("Keep both texts").check()
    page.get_by_role("button", name="Save what I chose").click()
    expect(page.locator("#fact-description")).to_contain_text("Bob's words")
    assert fresh(ticket).description == "Hers\n\nBob's words"


def test_a_newer_save_shows_both_versions_and_mine_can_win(as_bob, cast):
    page = as_bob
    ticket = taken(cast)
    page.goto(at(ticket))
    page.get_by_role("link", name="Change the title").click()
    page.locator("#fact-title input[name=title]").fill("Bob's title")
    actions.edit(
        ticket=fresh(ticket), by=cast.alice, at=now(), given={"title": "Alice's title"}
    )
    page.locator("#fact-title").get_by_role("button", name="Save").click()
    expect(page.locator("#dialog")).to_contain_text("Alice's title")
    expect(page.get_by_label("Yours: Title")).to_have_value("Bob's title")
    page.get_by_label("Keep yours").check()
    page.get_by_role("button", name="Save what I chose").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bob's title")


def test_a_refused_file_keeps_the_words(as_bob, cast, tmp_path):
    page = as_bob
    ticket = taken(cast)
    program = tmp_path / "setup.exe"
    program.write_bytes(b"MZ" + b"\x00" * 99)
    page.goto(at(ticket))
    page.locator("#composer textarea").fill("See the file")
    page.locator("#composer input[type=file]").set_input_files(program)
    expect(page.get_by_role("status").last).to_contain_text("is a program")
    expect(page.locator("#composer textarea")).to_have_value("See the file")
    assert not Comment.objects.exists()


def test_the_page_renews_itself_and_keeps_what_is_typed(as_bob, cast):
    page = as_bob
    ticket = taken(cast)
    page.goto(at(ticket))
    page.locator("#composer textarea").fill("Half a sentence")
    actions.comment(
        ticket=fresh(ticket), by=cast.alice, at=now(), body="News", public=False
    )
    page.evaluate(
        "id => document.dispatchEvent(new CustomEvent('beeline:tickets', "
        "{detail: {ids: [id]}}))",
        ticket.pk,
    )
    expect(page.locator("#timeline")).to_contain_text("News")
    expect(page.locator("#composer textarea")).to_have_value("Half a sentence")


def test_nothing_in_a_text_runs(as_bob, cast):
    page = as_bob
    nasty = (
        "<img src=x onerror=alert(1)><script>alert(2)</script>[x](javascript:alert(3))"
    )
    ticket = taken(cast, an_incident(cast, title=nasty, description=nasty))
    actions.comment(ticket=ticket, by=cast.bob, at=later(5), body=nasty, public=True)
    ran = []
    page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
    page.goto(at(ticket))
    page.wait_for_timeout(300)
    assert ran == []
    assert page.locator("#timeline img, #timeline script").count() == 0


def test_axe_finds_nothing(as_bob, cast, assert_accessible_in_every_look):
    page = as_bob
    ticket = taken(cast, an_incident(cast, description="- it\n- `drops`"))
    actions.comment(ticket=ticket, by=cast.bob, at=later(5), body="Hm", public=False)
    actions.resolve(ticket=ticket, by=cast.bob, at=later(6), resolution="Done.")
    request = a_request(cast, detail={"offering": cast.offerings["new-laptop"]})
    for address in (
        at(ticket),
        at(request),
        at(a_change(cast)),
        at(ticket, "reopen"),
        at(a_change(cast), "submit"),
    ):
        page.goto(address)
        assert_accessible_in_every_look(page)


def test_a_draft_comes_back_after_a_closed_tab_and_an_undo(as_bob, cast):
    page, ticket = as_bob, an_incident(cast)
    page.goto(at(ticket))
    page.locator("#composer textarea").fill("Half a senten")
    expect(page.locator("[data-draft-state]")).to_contain_text("Draft kept, ")
    page.locator("#composer textarea").press("End")
    page.keyboard.type("ce")
    page.close(run_before_unload=True)  # before the second is over
    page = page.context.new_page()
    page.goto(at(ticket))
    text = page.locator("#composer textarea")
    expect(text).to_have_value("Half a sentence")
    page.evaluate("localStorage.clear()")  # as on another device
    page.reload()
    expect(text).to_have_value("Half a sentence")

    text.press("Control+Enter")
    expect(page.locator("[data-held]")).to_contain_text("Goes out in")
    expect(text).to_have_value("")
    page.locator("[data-held]").get_by_role("button", name="Undo").click()
    expect(text).to_have_value("Half a sentence")
    expect(page.locator("[data-held]")).to_have_count(0)

    page.get_by_role("button", name="Discard").click()
    expect(text).to_have_value("")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(text).to_have_value("Half a sentence")
    assert not Comment.objects.exists()


def test_people_and_ready_answers_are_offered_while_typing(
    as_bob, cast, assert_accessible
):
    page, ticket = as_bob, an_incident(cast)
    create_reply_template(
        by=cast.bob, at=now(), name="Which service", body="Hello {first_name}"
    )
    page.goto(at(ticket))
    text = page.locator("#composer textarea")
    text.press_sequentially("/whi")
    expect(page.get_by_role("option", name="Which service")).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Enter")
    expect(text).to_have_value("Hello Carol")
    text.press_sequentially(" @er")
    expect(page.get_by_role("option", name="Erin")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#offers [role=option]")).to_have_count(0)
    text.press_sequentially("i")
    expect(page.get_by_role("option", name="Erin")).to_be_visible()
    page.keyboard.press("Enter")
    expect(text).to_have_value("Hello Carol @erin ")


def test_a_picture_is_pasted_and_seen(as_bob, cast):
    page, ticket = as_bob, an_incident(cast)
    page.goto(at(ticket))
    page.get_by_text("Internal note").click()
    page.evaluate(PASTE)
    text = page.locator("#composer textarea")
    expect(text).to_have_value(re.compile(r"!\[image-\w+\.png\]\(image-\w+\.png\)"))
    page.locator("[data-preview]").click()
    expect(page.locator("#preview img")).to_be_visible()
    text.press("Control+Enter")
    picture = page.locator("#timeline img.inline")
    expect(picture).to_be_visible()
    assert picture.evaluate("el => el.decode().then(() => el.naturalWidth)") == 40
