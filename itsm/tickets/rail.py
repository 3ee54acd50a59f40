"""The rail's lines of this room, with counts that one cheap query brings."""

from django.http import HttpRequest

from core import slots
from core.reader import gettext as _
from core.shell import NavItem
from itsm.tickets.counts import OpenCounts, open_counts
from itsm.tickets.states import TicketType


def counts_of(request: HttpRequest) -> OpenCounts:
    """The open counts for whoever asks, read once in a request."""
    known: OpenCounts | None = getattr(request, "open_counts", None)
    if known is None:
        known = request.open_counts = open_counts(request.user)  # type: ignore[attr-defined, arg-type]
    return known


def work(request: HttpRequest) -> list[NavItem] | None:
    """My work and the queue, for people who work here."""
    user = request.user
    if not (user.is_authenticated and user.is_staff):
        return None
    n = counts_of(request).all
    return [
        NavItem(_("My work"), "/", "inbox", n.mine or None, thumb=True),
        NavItem(_("Queue"), "/queue/", "queue", n.workable or None, thumb=True),
    ]


def practices(request: HttpRequest) -> list[NavItem] | None:
    """The four lists of tickets, with how many are open."""
    user = request.user
    if not (user.is_authenticated and user.is_staff):
        return None
    found = counts_of(request)

    def line(kind: TicketType, words: str, place: str, icon: str) -> NavItem:
        is_often = kind in (TicketType.INCIDENT, TicketType.REQUEST)
        n = found.of_type(kind.value).open or None
        return NavItem(words, f"/{place}/", icon, n, group=1, thumb=is_often)

    return [
        line(TicketType.INCIDENT, _("Incidents"), "incidents", "bolt"),
        line(TicketType.REQUEST, _("Requests"), "requests", "cube"),
        line(TicketType.CHANGE, _("Changes"), "changes", "swap"),
        line(TicketType.PROBLEM, _("Problems"), "problems", "root"),
    ]


def register() -> None:
    """Fill the rail."""
    slots.fill("rail", "tickets", work, order=10, queries=1)
    slots.fill("rail", "practices", practices, order=20)
