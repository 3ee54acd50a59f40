"""`make screenshots`: pictures of the pages for docs/screenshots/, from the demo.

Starts its own Beeline on a fresh directory, signs in as the demo's people, leaves the
tour, and takes each page at 1280x800 by day and by night and at 375x812. A page that
answers with an error, or that cannot be brought to show what it is taken for, is
named at the end, and the command fails.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from playwright.sync_api import Browser, Error, Page, sync_playwright

from tests.browser import chromium
from tests.faults.conftest import Up

OUT = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 375, "height": 812}
LOOKS = (("light", "light", WIDE), ("dark", "dark", WIDE), ("375", "light", NARROW))
NOBODY, AGENT, REQUESTER, OWNER, ADMIN = "", "alice", "carol", "dana", "grace"


@dataclass(frozen=True)
class Shot:
    """One page: who looks, where, and what they do there before it is taken."""

    name: str
    who: str
    address: str
    then: Callable[[Page], object] | None = None


def keys(*pressed: str) -> Callable[[Page], None]:
    """Press these, and let the page answer after each."""

    def press(page: Page) -> None:
        for key in pressed:
            page.keyboard.press(key)
            page.wait_for_timeout(200)
            page.wait_for_load_state("networkidle")

    return press


def opened(link: str) -> Callable[[Page], None]:
    """Follow the first link like this one."""

    def follow(page: Page) -> None:
        page.locator(link).first.click()
        page.wait_for_load_state("networkidle")

    return follow


def palette(page: Page) -> None:
    """What the palette offers for a ticket, and why something is not offered."""
    opened("main .hit a")(page)
    keys("Control+k")(page)
    page.locator("command-palette input").fill("re")
    page.wait_for_timeout(600)
    page.wait_for_load_state("networkidle")


def asked(page: Page) -> None:
    """Answers while a requester types."""
    page.locator(".askline input").fill("outlook asks for my password")
    page.locator(".found .foundnow li").first.wait_for()


def running_board(page: Page) -> None:
    """The board of the sprint that runs."""
    opened(".sprintlist [aria-current] .name")(page)
    opened("main a[href$='/board/']")(page)


SHOTS = (
    Shot("sign-in", NOBODY, "/accounts/login/"),
    Shot("my-work", AGENT, "/"),
    Shot("queue", AGENT, "/queue/", keys("j", "j")),
    Shot("ticket", AGENT, "/search/?q=second+page", opened("main .hit a")),
    Shot("palette", AGENT, "/search/?q=second+page", palette),
    Shot("search", AGENT, "/search/?q=vpn"),
    Shot("create", AGENT, "/new/"),
    Shot("knowledge", AGENT, "/knowledge/"),
    Shot("article", AGENT, "/knowledge/", opened(".shelfname a >> nth=5")),
    Shot("account", AGENT, "/account/"),
    Shot("process", OWNER, "/processes/incident/"),
    Shot("backlog", OWNER, "/backlog/change/"),
    Shot("story", OWNER, "/backlog/change/", opened(".story:has(.crit .i) .title")),
    Shot("story-map", OWNER, "/backlog/change/map/"),
    Shot("board", OWNER, "/backlog/change/sprints/", running_board),
    Shot("portal", REQUESTER, "/portal/", asked),
    Shot("portal-ticket", REQUESTER, "/portal/tickets/", opened(".mine a")),
    Shot("settings-people", ADMIN, "/settings/people/"),
)


def main() -> int:
    """Take them all; the exit code says whether every page showed what it should."""
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        up = Up(Path(folder) / "var", DEMO="1")
        try:
            up.wait_for(r"Beeline is ready: \S+")
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=chromium.find(), args=chromium.ARGUMENTS
                )
                wrong = take_all(browser, f"http://127.0.0.1:{up.port}")
        finally:
            up.stop()
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


def take_all(browser: Browser, base: str) -> list[str]:
    """Every page in three looks; what went wrong, one line each."""
    wrong: list[str] = []
    for who in dict.fromkeys(shot.who for shot in SHOTS):
        theirs = [shot for shot in SHOTS if shot.who == who]
        for suffix, scheme, size in LOOKS:
            context = browser.new_context(
                base_url=base,
                color_scheme=scheme,  # type: ignore[arg-type]
                viewport=size,  # type: ignore[arg-type]
                locale="en-GB",
                timezone_id="Europe/Berlin",
                reduced_motion="reduce",
            )
            page = context.new_page()
            if who:
                sign_in(page, who)
                leave_tour(page)
            wrong += shoot(page, theirs, suffix)
            context.close()
    return wrong


def shoot(page: Page, shots: Iterable[Shot], suffix: str) -> list[str]:
    """One person's pages in one look."""
    wrong: list[str] = []
    for shot in shots:
        name = f"{shot.name}-{suffix}.png"
        try:
            answer = page.goto(shot.address)
            page.wait_for_load_state("networkidle")
            if answer is None or not answer.ok:
                raise Error(f"it answers {answer.status if answer else 'nothing'}")
            if shot.then:
                shot.then(page)
            page.wait_for_load_state("networkidle")
        except Error as error:
            wrong.append(f"{name}: {error.message.splitlines()[0]}")
            continue
        page.screenshot(path=OUT / name)
        print(name)
    return wrong


def sign_in(page: Page, who: str) -> None:
    """Through the sign-in page, as the person would."""
    page.goto("/accounts/login/")
    page.fill("[name=login]", f"{who}@demo.example")
    page.fill("[name=password]", "beeline")
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/accounts/login/" not in url)


def leave_tour(page: Page) -> None:
    """Skip the tour where it stands in the picture; it stays away from then on."""
    leave = page.locator(".tour").get_by_role("button", name="Skip the tour")
    if leave.count():
        leave.click()
        page.wait_for_load_state("networkidle")
        page.locator(".tour").wait_for(state="detached")


if __name__ == "__main__":
    sys.exit(main())
