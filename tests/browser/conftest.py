"""Chromium against the real pages: one browser per worker, a fresh context per test."""

import os
import time
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import AbstractBaseUser
from django.core.signals import request_finished, request_started
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser import chromium
from tests.cast import Cast, make_cast

WIDE = {"width": 1280, "height": 800}
NARROW = {"width": 375, "height": 812}
# Colours may take a moment to change.
AT_REST = """() => new Promise((done) => requestAnimationFrame(() => {
  for (const one of document.getAnimations()) one.finish();
  requestAnimationFrame(done);
}))"""
BY_DAY = {"resultTypes": ["violations"]}
# At night only colours differ; most of axe's time goes into structure.
BY_NIGHT = {**BY_DAY, "runOnly": ["color-contrast", "link-in-text-block"]}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a browser test."""
    for item in items:
        if "/tests/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright runs a loop here
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=chromium.ARGUMENTS
        )
        yield browser
        browser.close()


class Traffic:
    """How many requests the test's own server is answering."""

    def __init__(self) -> None:
        self.began = self.ended = 0
        request_started.connect(self.begin, weak=False)
        request_finished.connect(self.end, weak=False)

    def forget(self) -> None:
        """Count from here: what tests before asked without a browser may never end."""
        self.began = self.ended = 0

    def begin(self, **_: object) -> None:
        """One more."""
        self.began += 1

    def end(self, **_: object) -> None:
        """One fewer."""
        self.ended += 1


traffic = Traffic()


def wait_until_quiet() -> None:
    """Return when nobody asks any more: a page that goes says so in a last request,

    and a database that is emptied under it would wait for it, and it for the database.
    """
    until, seen = time.monotonic() + 10, -1
    while time.monotonic() < until and (
        traffic.began != traffic.ended or traffic.began != seen
    ):
        seen = traffic.began
        time.sleep(0.1)


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The cast where the server, in a thread of its own, sees it."""
    return make_cast()


@pytest.fixture
def context(browser: Browser, live_server: object) -> Iterator[BrowserContext]:
    """A fresh browser profile that knows the server's address, with nothing moving."""
    context = browser.new_context(
        base_url=str(live_server), viewport=WIDE, reduced_motion="reduce"
    )
    context.set_default_timeout(10_000)
    traffic.forget()
    yield context
    context.close()
    wait_until_quiet()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page of somebody who is not signed in."""
    return context.new_page()


@pytest.fixture
def sign_in(
    context: BrowserContext, live_server: object
) -> Callable[[AbstractBaseUser], None]:
    """`sign_in(alice)`: the pages of this context are hers from now on."""

    def sign_in(user: AbstractBaseUser) -> None:
        client = Client()
        client.force_login(user)
        cookie = client.cookies["sessionid"]
        context.add_cookies(
            [{"name": "sessionid", "value": cookie.value, "url": str(live_server)}]
        )

    return sign_in


def faults(page: Page, size: dict[str, int]) -> list[str]:
    """What is wrong with the open page at this width, by night and by day."""
    page.set_viewport_size(size)
    wrong = []
    for theme, options in (("dark", BY_NIGHT), ("light", BY_DAY)):
        page.emulate_media(color_scheme=theme)
        page.evaluate(AT_REST)
        found = Axe().run(page, options=options)
        if found.violations_count:
            report = found.generate_report()
            wrong.append(f"{page.url}, {theme}, {size['width']} wide:\n{report}")
    if page.evaluate("document.documentElement.scrollWidth") > size["width"] + 1:
        wrong.append(f"{page.url} is wider than {size['width']}")
    return wrong


@pytest.fixture
def assert_accessible() -> Callable[[Page], None]:
    """`assert_accessible(page)`: axe finds nothing on the page as it is."""

    def assert_accessible(page: Page) -> None:
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()

    return assert_accessible


@pytest.fixture
def assert_accessible_in_every_look() -> Callable[[Page], None]:
    """The same by day and by night, wide and on a phone, where nothing is too wide."""

    def assert_accessible_in_every_look(page: Page) -> None:
        wrong = faults(page, NARROW) + faults(page, WIDE)
        assert not wrong, "\n".join(wrong)

    return assert_accessible_in_every_look
