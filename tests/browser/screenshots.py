"""`make screenshots`: pictures of the pages for docs/screenshots/, from the demo.

Starts its own Beeline on a fresh directory, signs in as the demo's people, and takes
each page at 1280x800 by day and by night and at 375x812.
"""

import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import chromium
from tests.faults.conftest import Up

OUT = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 375, "height": 812}
AGENT, REQUESTER, OWNER, ADMIN = "alice", "carol", "dana", "grace"
# name, who, address or the text of a link to follow from it
PAGES = (
    ("my-work", AGENT, "/", ""),
    ("queue", AGENT, "/queue/", ""),
    ("ticket", AGENT, "/search/?q=second+page", "first-hit"),
    ("create", AGENT, "/new/", ""),
    ("search", AGENT, "/search/?q=vpn", ""),
    ("process", OWNER, "/processes/incident/", ""),
    ("portal", REQUESTER, "/portal/", ""),
    ("settings-people", ADMIN, "/settings/people/", ""),
)


def main() -> int:
    """Take them all; the exit code says whether every page answered."""
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        up = Up(Path(folder) / "var", DEMO="1")
        try:
            up.wait_for(r"Beeline is ready: \S+")
            base = f"http://127.0.0.1:{up.port}"
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=chromium.find(), args=chromium.ARGUMENTS
                )
                take_all(browser, base)
        finally:
            up.stop()
    return 0


def take_all(browser: Browser, base: str) -> None:
    """Every page in three looks, one signed-in context for each person and look."""
    shoot(browser, base, "", [("sign-in", "", "/accounts/login/", "")])
    for who in (AGENT, REQUESTER, OWNER, ADMIN):
        shoot(browser, base, who, [page for page in PAGES if page[1] == who])


def shoot(
    browser: Browser, base: str, who: str, pages: list[tuple[str, str, str, str]]
) -> None:
    """One person's pages by day, by night, and on a phone."""
    for suffix, scheme, size in (
        ("light", "light", WIDE),
        ("dark", "dark", WIDE),
        ("375", "light", NARROW),
    ):
        context = browser.new_context(
            base_url=base,
            color_scheme=scheme,
            viewport=size,
            locale="en-GB",
        )
        page = context.new_page()
        if who:
            sign_in(page, who)
        for name, _who, address, then in pages:
            page.goto(address)
            follow(page, then)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=OUT / f"{name}-{suffix}.png")
            print(f"{name}-{suffix}.png")
        context.close()


def sign_in(page: Page, who: str) -> None:
    """Through the sign-in page, as the person would."""
    page.goto("/accounts/login/")
    page.fill("[name=login]", f"{who}@demo.example")
    page.fill("[name=password]", "beeline")
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/accounts/login/" not in url)


def follow(page: Page, then: str) -> None:
    """Open the first hit of a search."""
    if then == "first-hit":
        page.locator("main .hit a").first.click()
        page.wait_for_load_state()


if __name__ == "__main__":
    sys.exit(main())
