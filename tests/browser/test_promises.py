"""Time left in Chromium: it counts by itself and turns late at the instant."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from itsm.sla.models import Clock
from itsm.tickets.models import Ticket
from people.models import User
from tests.cast import Cast
from tests.factories import an_incident
from tests.itsm.sla.test_owed import told

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[User], None]


def due_in(ticket: Ticket, seconds: float) -> None:
    due = timezone.now() + timedelta(seconds=seconds)
    Ticket.objects.filter(pk=ticket.pk).update(
        next_due_at=due, next_due_kind="resolution"
    )


def test_a_chip_counts_seconds_at_last_and_turns_late_at_the_instant(
    cast: Cast, sign_in: SignIn, page: Page
) -> None:
    sign_in(cast.bob)
    ticket = an_incident(cast, at=timezone.now() - timedelta(hours=1))
    due_in(ticket, 6)
    page.goto("/queue/?view=open")
    chip = page.locator(f"#row-{ticket.number} .clock")
    expect(chip.locator("span").first).to_have_text("only 3 s", timeout=9000)
    expect(chip).to_have_attribute("data-level", "soon")
    due = page.evaluate("el => Date.parse(el.dataset.due)", chip.element_handle())
    turned = page.evaluate(
        """(el) => new Promise((done) => new MutationObserver(() => {
            if (el.dataset.level === "late") done(Date.now());
        }).observe(el, { attributes: true }))""",
        chip.element_handle(),
    )
    assert 0 <= turned - due < 900
    expect(chip.locator("span").first).to_have_text("under 1 s over")
    assert "alarm" in (chip.locator("use").get_attribute("href") or "")


def test_the_words_do_not_jump_when_the_page_comes_alive(
    cast: Cast, sign_in: SignIn, page: Page
) -> None:
    sign_in(cast.bob)
    ticket = told(cast, ago=timedelta(days=1))
    due_in(ticket, 3 * 3600 + 30)
    plain = page.request.get(f"/incidents/{ticket.number}/").text()
    page.goto(f"/incidents/{ticket.number}/")
    box = page.locator(".headline .promise .num")
    expect(box).to_have_text("3 h left")
    assert '<b class="num">3 h left</b>' in plain
    chips = page.locator("#promises .clock > span:not(.vh)").all_inner_texts()
    assert chips
    for chip in chips:
        assert f"<span>{chip}</span>" in plain


def test_one_key_promises_the_next_word_and_one_replies(
    cast: Cast, sign_in: SignIn, page: Page
) -> None:
    sign_in(cast.bob)
    ticket = told(cast, ago=timedelta(days=2))
    page.goto("/")
    expect(page.get_by_role("heading", name="You promised a word")).to_be_visible()
    page.keyboard.press("p")
    expect(page.locator(".banner[role=status]")).to_contain_text(ticket.number)
    last = Clock.objects.filter(ticket=ticket, kind="update").order_by("-cycle")[0]
    assert last.due_at is not None
    assert last.due_at > timezone.now()


def test_a_reply_says_by_when_the_next_word_comes(
    cast: Cast, sign_in: SignIn, page: Page
) -> None:
    sign_in(cast.bob)
    ticket = told(cast, ago=timedelta(hours=1))
    page.goto(f"/incidents/{ticket.number}/")
    chosen = page.get_by_label("By when they hear next")
    at = page.get_by_label("They hear from us by")
    expect(at).to_be_hidden()
    chosen.select_option("other")
    expect(at).to_be_visible()
    page.locator("#composer").get_by_text("Internal note").click()
    expect(chosen).to_be_hidden()
