"""Two browsers on one ticket, with the real live channel between them."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from core import consumers
from core import live as publishing
from itsm.tickets import actions
from itsm.tickets.models import Ticket
from tests.browser.conftest import NARROW, WIDE
from tests.factories import an_incident, taken
from tests.faults.conftest import free_ports
from tests.servers import database_url

pytestmark = pytest.mark.django_db(transaction=True)
SECOND = 1_000  # ms


class LiveProcess:
    """The live channel as `up` starts it: granian, on this test's own data."""

    def __init__(self, web: str) -> None:
        self.web, self.port = web, free_ports()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where pages listen: on their own host, or their cookie would stay at home."""
        return f"http://{urlsplit(self.web).hostname}:{self.port}/live/"

    def start(self) -> None:
        """Start it and wait until it answers."""
        env = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "REDIS_URL": settings.REDIS_URL,
            "SECRET_KEY": settings.SECRET_KEY,
            "BASE_URL": self.web,
        }
        granian = [sys.executable, "-m", "granian", "--interface", "asgi"]
        self.process = subprocess.Popen(
            [
                *granian,
                *("--host", "127.0.0.1", "--port", str(self.port), "--workers", "1"),
                *("--no-ws", "--log-level", "warning", "config.live:application"),
            ],
            env=env,
            cwd=settings.BASE_DIR,
            start_new_session=True,
        )
        _wait_until_open(self.port)

    def cut(self) -> None:
        """Kill it, its workers too."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


def _wait_until_open(port: int) -> None:
    import socket

    until = time.monotonic() + 30
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.1)
    raise AssertionError("the live channel did not start")


@pytest.fixture
def live(live_server, cast, monkeypatch) -> Iterator[LiveProcess]:
    """The real live process; the log's readers move as soon as they are poked."""
    process = LiveProcess(str(live_server))
    monkeypatch.setattr(settings, "LIVE_URL", process.url)
    monkeypatch.setattr(
        publishing,
        "_advance_consumers",
        lambda: consumers.advance_all(at=timezone.now()),
    )
    monkeypatch.setattr(publishing, "POKE_EVERY_MS", 1)
    publishing._valkey.cache_clear()
    consumers.advance_all(at=timezone.now())
    process.start()
    yield process
    process.cut()


@pytest.fixture
def visit(browser: Browser, live_server) -> Iterator[Callable[..., Page]]:
    """`visit(person, address)`: a browser of theirs, with that page open."""
    contexts = []

    def visit(person, address: str, **options) -> Page:
        client = Client()
        client.force_login(person)
        options = {"viewport": WIDE, "reduced_motion": "reduce", **options}
        context = browser.new_context(base_url=str(live_server), **options)
        context.set_default_timeout(10_000)
        session = client.cookies["sessionid"].value
        context.add_cookies(
            [{"name": "sessionid", "value": session, "url": str(live_server)}]
        )
        contexts.append(context)
        page = context.new_page()
        with page.expect_response(lambda answer: "/live/" in answer.url) as opened:
            page.goto(address)
        assert opened.value.status == 200
        return page

    yield visit
    for context in contexts:
        context.close()


def here(ticket: Ticket) -> str:
    return f"/incidents/{ticket.number}/"


def fresh(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def others(page: Page):
    return page.locator("ticket-together")


def test_who_looks_and_who_types_is_seen_within_a_second_and_ends_with_the_tab(
    live, visit, cast, assert_accessible
):
    ticket = taken(cast)
    bob, erin = visit(cast.bob, here(ticket)), visit(cast.erin, here(ticket))
    expect(others(bob)).to_contain_text("Erin is here")
    expect(others(erin)).to_contain_text("Bob is here")

    began = time.monotonic()
    erin.locator("#composer textarea").press_sequentially("Hello")
    expect(others(bob)).to_contain_text("Erin is typing a reply", timeout=3 * SECOND)
    took = time.monotonic() - began
    assert took < 2, (
        f"typing was seen after {took:.2f} s"
    )  # a second, on a busy machine
    expect(bob.locator("#together-said")).to_have_text("Erin is typing a reply")
    for size in (WIDE, NARROW):
        bob.set_viewport_size(size)
        assert_accessible(bob)

    erin.locator("#composer textarea").fill("")
    expect(others(bob)).to_contain_text("Erin is here")
    erin.close(run_before_unload=False)
    expect(others(bob)).to_be_empty(timeout=3 * SECOND)


def test_a_message_arrives_within_a_second_and_takes_nothing_away(live, visit, cast):
    ticket = taken(cast)
    bob = visit(cast.bob, here(ticket))
    erin = visit(cast.erin, here(ticket))
    field = bob.locator("#composer textarea")
    field.press_sequentially("Half a sen")
    erin.locator("#composer label[data-verb=note]").click()
    erin.locator("#composer textarea").fill("The router was restarted")
    began = time.monotonic()
    erin.locator("#composer button[data-kind=go]").click()
    expect(bob.locator("#timeline")).to_contain_text("The router was restarted")
    took = time.monotonic() - began
    assert took < 2, f"it arrived after {took:.2f} s"
    expect(field).to_be_focused()
    expect(field).to_have_value("Half a sen")
    bob.keyboard.type("tence")
    expect(field).to_have_value("Half a sentence")


def test_with_the_channel_cut_the_page_says_so_polls_and_comes_back_by_itself(
    live, visit, cast
):
    ticket = taken(cast)
    bob = visit(cast.bob, here(ticket))
    bob.evaluate("window.sameDocument = true")
    live.cut()
    banner = bob.locator(".banner.behind")
    expect(banner).to_contain_text("Live updates stopped", timeout=15 * SECOND)
    actions.comment(
        ticket=fresh(ticket),
        by=cast.erin,
        at=timezone.now(),
        body="Told while the line was cut",
        public=False,
    )
    timeline = bob.locator("#timeline")
    expect(timeline).to_contain_text("while the line was cut", timeout=20 * SECOND)
    expect(banner).to_be_visible()

    live.start()
    expect(banner).to_be_hidden(timeout=25 * SECOND)
    actions.comment(
        ticket=fresh(ticket),
        by=cast.erin,
        at=timezone.now(),
        body="Told over the new line",
        public=False,
    )
    expect(timeline).to_contain_text("over the new line", timeout=3 * SECOND)
    assert bob.evaluate("window.sameDocument") is True


def test_two_saves_at_once_end_with_both_versions_and_a_choice(live, visit, cast):
    ticket = taken(cast, an_incident(cast, title="Old", description="As it was"))
    bob, erin = visit(cast.bob, here(ticket)), visit(cast.erin, here(ticket))
    for page in (bob, erin):
        page.goto(f"{here(ticket)}do/edit/")  # both in one form
    bob.get_by_label("Title").fill("Bob's title")
    bob.get_by_label("Description").fill("Bob's words")
    erin.get_by_label("Title").fill("Erin's title")
    erin.locator("form[action*='do/edit'] button[data-kind=go]").click()
    expect(erin.locator("h1").last).to_contain_text("Erin's title")

    bob.locator("form[action*='do/edit'] button[data-kind=go]").click()
    dialog = bob.locator("#dialog")
    expect(dialog).to_contain_text("Erin saved")
    expect(dialog).to_contain_text("Erin's title")
    expect(dialog).to_contain_text("Only you changed Description")
    bob.get_by_label("Take what Erin saved").check()
    bob.get_by_role("button", name="Save what I chose").click()
    expect(bob.locator("h1").last).to_contain_text("Erin's title")
    now = fresh(ticket)
    assert (now.title, now.description) == ("Erin's title", "Bob's words")


def test_of_two_who_take_it_one_has_it_and_the_other_is_told_who(live, visit, cast):
    ticket = an_incident(cast, service=cast.services["vpn"])
    bob, erin = visit(cast.bob, here(ticket)), visit(cast.erin, here(ticket))
    for page in (bob, erin):  # neither page renews itself before the key is pressed
        page.route("**/*live", lambda route: route.abort())
    bob.keyboard.press("t")
    expect(bob.locator(".ownerline")).to_contain_text("Bob")
    erin.keyboard.press("t")
    expect(erin.locator("#dialog")).to_contain_text("Bob has")
    expect(erin.locator("#dialog")).to_contain_text("Ask Bob for it")
    assert fresh(ticket).owner == cast.bob


def test_a_ticket_is_asked_for_and_handed_over_live(live, visit, cast):
    ticket = taken(cast)
    bob, erin = visit(cast.bob, "/"), visit(cast.erin, here(ticket))
    erin.keyboard.press("t")
    dialog = erin.locator("#dialog")
    dialog.locator("textarea").fill("It is my router")
    dialog.locator("button[data-kind=go]").click()
    asked = bob.locator("#asked")
    expect(asked).to_contain_text("Erin asks for it", timeout=3 * SECOND)
    expect(asked).to_contain_text("It is my router")
    asked.get_by_role("button", name="Hand over").click()
    expect(erin.locator(".ownerline")).to_contain_text("Erin", timeout=3 * SECOND)
    assert fresh(ticket).owner == cast.erin
