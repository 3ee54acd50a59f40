"""German on every page: no English left, nothing wider than the screen, a journey."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from itsm.tickets import actions
from itsm.tickets.models import Ticket
from people.models import User
from tests.browser.conftest import NARROW, WIDE
from tests.browser.test_every_page import addresses
from tests.cast import Cast
from tests.translations.pages import foreign, names

pytestmark = pytest.mark.django_db(transaction=True)
SAID = """() => {
  const said = [], tidy = (text) => text.replace(/\\s+/g, " ").trim();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walk.nextNode());) {
    const quiet = node.parentElement.closest(
      "script, style, code, kbd, pre, template, textarea");
    if (!quiet && tidy(node.textContent)) said.push(tidy(node.textContent));
  }
  for (const name of ["title", "aria-label", "placeholder", "alt"]) {
    for (const el of document.querySelectorAll(`[${name}]`)) {
      if (el.getAttribute(name)) said.push(tidy(el.getAttribute(name)));
    }
  }
  return said;
}"""


@pytest.fixture
def german(browser: Browser, live_server: object) -> Callable[..., Page]:
    """`german(user, size)`: a page of theirs in a German browser."""
    contexts: list[BrowserContext] = []

    def open_page(user: User | None, size: dict[str, int]) -> Page:
        context = browser.new_context(
            base_url=str(live_server),
            viewport=size,
            locale="de-DE",
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        if user:
            client = Client()
            client.force_login(user)
            value = client.cookies["sessionid"].value
            context.add_cookies(
                [{"name": "sessionid", "value": value, "url": str(live_server)}]
            )
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


def test_every_page_speaks_german_and_fits_the_screen(
    german: Callable[..., Page], cast: Cast
):
    wrong: list[str] = []
    theirs = names(cast) | {"Wait", "Do"}  # a step of the article there; Thursday
    for who, pages in addresses(cast).items():
        page = german(getattr(cast, who) if who else None, WIDE)
        for address in pages:
            if address == "/settings/look/":
                continue  # the gallery's examples are English
            try:
                answer = page.goto(address)
            except Error:  # an answer without a page
                continue
            if answer is None or answer.status >= 400:
                continue  # test_every_page.py tells
            if page.locator("html").get_attribute("lang") not in ("de", None):
                wrong.append(f"{address} calls itself something else than German")
            english = foreign(page.evaluate(SAID), "de", theirs)
            wrong += [f"{address} says {words!r}" for words in english]
            for size in (WIDE, NARROW):
                page.set_viewport_size(size)
                if (
                    page.evaluate("document.documentElement.scrollWidth")
                    > size["width"]
                ):
                    wrong.append(f"{address} is wider than {size['width']}")
            page.set_viewport_size(WIDE)
    assert not wrong, "\n".join(dict.fromkeys(wrong))


def test_a_german_requester_reports_answers_and_confirms_on_a_phone(
    german: Callable[..., Page], cast: Cast
):
    page = german(cast.carol, NARROW)
    page.goto("/portal/")
    page.get_by_label("Sagen Sie es mit Ihren Worten").fill("VPN bricht dauernd ab")
    page.get_by_role("button", name="Einen Menschen fragen").click()
    expect(page.get_by_label("Was steht Ihnen im Weg?")).to_have_value(
        "VPN bricht dauernd ab"
    )
    page.get_by_label("VPN", exact=True).check()
    page.get_by_label("Ich kann nicht arbeiten").check()
    page.get_by_role("button", name="An einen Menschen senden").click()
    expect(
        page.get_by_text("Es ist bei uns angekommen; bald übernimmt es jemand.")
    ).to_be_visible()

    ticket = Ticket.objects.get()
    by = {"ticket": ticket, "by": cast.bob}
    actions.take(**by, at=timezone.now())
    actions.wait(
        **by, at=timezone.now(), reason="requester", comment="Zu Hause oder hier?"
    )
    page.goto(f"/portal/{ticket.number}/")
    expect(page.get_by_text("Sie: Bitte beantworten Sie die Frage von")).to_be_visible()
    page.get_by_label("Ihre Antwort").fill("Nur zu Hause")
    page.get_by_role("button", name="Senden").click()
    expect(page.get_by_text("Gesendet.")).to_be_visible()
    actions.resolve(**by, at=timezone.now(), resolution="Profil erneuert.")
    page.goto(f"/portal/{ticket.number}/")
    page.get_by_role("button", name="Ja, es funktioniert").first.click()
    expect(page.get_by_text("Danke. Es ist geschlossen.")).to_be_visible()


def test_what_scripts_say_is_german_too(german: Callable[..., Page], cast: Cast):
    page = german(cast.bob, WIDE)
    page.goto("/queue/")
    page.keyboard.press("?")
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("Diese Liste als Ansicht speichern")
    assert not foreign(page.evaluate(SAID), "de", names(cast))
