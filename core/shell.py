"""The frame around every page: rail, top bar, and what the browser has to know.

Upper rooms fill the slots `rail` and `portal.nav` (core/slots.py) with a callable that
takes the request and answers a `NavItem`, a list of them, or None where it is not for
this person. Counts come from tables that are kept up to date, never from counting.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language

from core import lateness, slots
from core.reader import gettext as _
from core.wording import duration


@dataclass(frozen=True, slots=True)
class NavItem:
    """One line of the rail.

    `group` puts a rule between lines of different groups; `thumb` keeps the line in the
    bar at the bottom of a phone (four at most); `hot` marks a count that asks for work.
    """

    label: str
    url: str
    icon: str
    count: int | str | None = None
    hot: bool = False
    current: bool = False
    group: int = 0
    thumb: bool = False


LAST_STEP = 5
MARKS = {"available": "good", "busy": "late", "away": "wait"}


@dataclass(frozen=True, slots=True)
class Presence:
    """What somebody said of themselves, and what they may say."""

    value: str
    label: str
    until: datetime | None
    choices: list[tuple[str, Any]]

    @property
    def mark(self) -> str:
        """Its colour; the words stand beside it."""
        return MARKS[self.value]


def live_origin(scheme: str | None, host: str) -> str:
    """The live channel's origin for pages under this host: the same, on PORT + 1."""
    name = urlsplit(f"//{host}").hostname or "127.0.0.1"
    if ":" in name:  # an IPv6 address
        name = f"[{name}]"
    return f"{scheme}://{name}:{settings.PORT + 1}"


class Shell:
    """What base.html asks for; every property is worked out when it is asked for."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def nav(self) -> list[NavItem]:
        """The rail's lines, exactly one of them marked as where we are, if any is."""
        return self._lines("rail")

    @cached_property
    def portal_nav(self) -> list[NavItem]:
        """A requester's few pages, from the slot `portal.nav`."""
        return self._lines("portal.nav")

    def _lines(self, slot: str) -> list[NavItem]:
        items: list[NavItem] = []
        for answer in slots.filled(slot, self._request):
            items.extend([answer] if isinstance(answer, NavItem) else answer)
        return _with_current(items, self._request.path)

    @property
    def language(self) -> str:
        """The language the page is written in."""
        return get_language() or settings.LANGUAGE_CODE

    @cached_property
    def live_url(self) -> str:
        """Where the live channel listens (docs/adr/0005-server-and-live-channel.md)."""
        if settings.LIVE_URL:
            return str(settings.LIVE_URL)
        return f"{live_origin(self._request.scheme, self._request.get_host())}/live/"

    @cached_property
    def keys(self) -> str:
        """This person's keyboard as JSON: `{"off": bool, "map": {"take": "y"}}`."""
        wish: Any = getattr(self._request.user, "keys", None) or {}
        return json.dumps({"off": bool(wish.get("off")), "map": wish.get("map", {})})

    @cached_property
    def theme(self) -> str:
        """What this person chose: light, dark, or empty for as the device says."""
        return getattr(self._request.user, "theme", "")

    @cached_property
    def bell(self) -> Any:
        """How many notices are unread; None where there is no bell to show."""
        return next(iter(slots.filled("bell", self._request)), None)

    @property
    def late(self) -> str:
        """That timers are late, in a sentence; empty while they are not. No query."""
        found = lateness.seen(at=timezone.now())
        if found is None:
            return ""
        if found.stands_still:
            words = _(
                "Timers have not run for %(time)s. Nothing is lost: what falls due "
                "is caught up in order."
            )
        else:
            words = _(
                "Timers are %(time)s late; what is due now is caught up in order."
            )
        return words % {"time": duration(found.seconds)}

    @cached_property
    def presence(self) -> "Presence":
        """Whether this person may be asked now, and what else they may say."""
        user: Any = self._request.user
        value = user.presence_at(timezone.now())
        choices = list(type(user)._meta.get_field("presence").choices)
        until = user.presence_until if value == user.presence else None
        return Presence(value, str(dict(choices)[value]), until, choices)

    @cached_property
    def tour(self) -> int | None:
        """Which card of the tour stands here; none once it is over, or begun nowhere.

        Whoever has not begun is asked once, on their own first page.
        """
        user: Any = self._request.user
        step = getattr(user, "tour", LAST_STEP)
        if not getattr(user, "is_staff", False) or step >= LAST_STEP:
            return None
        return None if step == 0 and self._request.path != "/" else step


def _with_current(items: Iterable[NavItem], path: str) -> list[NavItem]:
    items = list(items)
    if any(item.current for item in items):
        return items
    here = max(
        (
            i
            for i in items
            if path == i.url or (i.url != "/" and path.startswith(i.url))
        ),
        key=lambda item: len(item.url),
        default=None,
    )
    return [replace(i, current=True) if i is here else i for i in items]
