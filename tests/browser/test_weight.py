"""What pages weigh on the wire, from a real server: the first page and what swaps."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import WIDE
from tests.browser.screenshots import sign_in
from tests.faults.conftest import Up

FIRST = 120_000  # bytes over the wire, nothing cached
SWAP = 30_000


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """The demo, served as `make up` serves it."""
    up = Up(tmp_path_factory.mktemp("weight") / "var", DEMO="1")
    try:
        up.wait_for(r"Beeline is ready: \S+")
        yield up
    finally:
        up.stop()


class Scales:
    """Adds up what comes over the wire, as the browser's network tells it."""

    def __init__(self, context: BrowserContext, page: Page) -> None:
        self.parts: dict[str, int] = {}
        self.addresses: dict[str, str] = {}
        self.kinds: dict[str, str] = {}
        self.wire = context.new_cdp_session(page)
        self.wire.on("Network.responseReceived", self._named)
        self.wire.on("Network.loadingFinished", self._weighed)
        self.wire.send("Network.enable")

    def _named(self, told: dict) -> None:
        url = self.addresses[told["requestId"]] = told["response"]["url"]
        self.kinds[url] = told["type"]

    def _weighed(self, told: dict) -> None:
        url = self.addresses.get(told["requestId"], "?")
        self.parts[url] = self.parts.get(url, 0) + int(told["encodedDataLength"])

    def swaps(self) -> dict[str, int]:
        """What a page fetched for itself, beside pages and files."""
        return {
            url: n
            for url, n in self.parts.items()
            if self.kinds.get(url) in ("XHR", "Fetch") and "/live/" not in url
        }

    def empty(self) -> None:
        """Begin anew, with nothing cached."""
        self.wire.send("Network.clearBrowserCache")
        self.parts.clear()

    def heaviest(self) -> list[tuple[int, str]]:
        """What weighs most, first."""
        return sorted(((n, url) for url, n in self.parts.items()), reverse=True)[:5]


PAGES = {
    "alice": (
        *("/", "/queue/", "/new/", "/search/?q=vpn", "/processes/incident/"),
        *("/changes/calendar/", "/changes/measures/", "/approvals/", "/tasks/"),
    ),
    "carol": ("/portal/", "/portal/order/"),
    "grace": ("/settings/people/",),
}


@pytest.mark.parametrize("who", PAGES)
def test_a_first_page_weighs_at_most_120_kilobytes(who: str, up: Up, browser: Browser):
    context = browser.new_context(
        base_url=f"http://127.0.0.1:{up.port}", viewport=WIDE, reduced_motion="reduce"
    )
    page = context.new_page()
    sign_in(page, who)
    scales = Scales(context, page)
    addresses = [*PAGES[who]]
    if who == "alice":
        page.goto("/queue/")
        addresses.append(str(page.locator("main .row a").first.get_attribute("href")))
    too_heavy = {}
    for address in addresses:
        page.goto("about:blank")
        scales.empty()
        page.goto(address)
        page.wait_for_load_state("networkidle")
        total = sum(scales.parts.values())
        if total > FIRST:
            too_heavy[address] = (total, scales.heaviest())
    context.close()
    assert too_heavy == {}


def test_what_a_page_swaps_weighs_at_most_30_kilobytes(up: Up, browser: Browser):
    context = browser.new_context(
        base_url=f"http://127.0.0.1:{up.port}", viewport=WIDE, reduced_motion="reduce"
    )
    page = context.new_page()
    sign_in(page, "alice")
    scales = Scales(context, page)
    page.goto("/queue/")
    page.wait_for_load_state("networkidle")
    for number, key in enumerate(("j", "j", "f"), 1):
        page.keyboard.press(key)
        for _look in range(100):
            page.wait_for_timeout(100)
            if len(scales.swaps()) >= number:
                break
    swaps = scales.swaps()
    context.close()
    assert len(swaps) >= 3, swaps
    assert {url: n for url, n in swaps.items() if n > SWAP} == {}
