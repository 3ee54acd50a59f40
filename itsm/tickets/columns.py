"""The columns a list can have, and how dense it is."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

DENSITIES: Mapping[str, Any] = {
    "comfortable": _("Comfortable"),
    "compact": _("Compact"),
}
COLUMNS: Mapping[str, Any] = {
    "number": _("Number"),
    "priority": _("Priority"),
    "service": _("Service"),
    "requester": _("Requester"),
    "state": _("State"),
    "owner": _("Owner"),
    "clock": _("Time left"),
    "team": _("Team"),
    "organisation": _("Organisation"),
    "category": _("Category"),
    "opened": _("Opened"),
    "updated": _("Changed"),
    "since": _("In this state since"),
    "affected": _("People affected"),
    "channel": _("Came by"),
}
USUAL = ("priority", "number", "service", "requester", "state", "owner", "clock")
MOST = 8
# What a list reads besides `rows.COLUMNS` for a column that is not usual.
READ: Mapping[str, str] = {
    "team": "team__name",
    "organisation": "organisation__name",
    "category": "category__name",
    "since": "state_since",
    "affected": "affected",
    "channel": "channel",
}
WIDTHS: Mapping[str, str] = {  # beside each other, where there is room
    "number": "4.75rem",
    "priority": "2.625rem",
    "state": "7.25rem",
    "owner": "minmax(8.5rem, 1.2fr)",
    "clock": "6.25rem",
    "opened": "6.5rem",
    "updated": "6.5rem",
    "since": "6.5rem",
    "affected": "3rem",
    "channel": "4.5rem",
}
WIDTH = "minmax(4rem, 1fr)"


def chosen(names: Iterable[str]) -> list[str]:
    """Those that exist, each once, in their order; none where they are the usual."""
    found = list(dict.fromkeys(name for name in names if name in COLUMNS))[:MOST]
    return [] if tuple(found) == USUAL else found


def of(text: str) -> list[str]:
    """The columns an address names."""
    return chosen(part.strip() for part in text.split(","))


def grid(names: Iterable[str]) -> str:
    """The widths of a wide list: the box, the title, then these."""
    widths = " ".join(WIDTHS.get(name, WIDTH) for name in names)
    return f"1rem minmax(14rem, 3fr) {widths}"
