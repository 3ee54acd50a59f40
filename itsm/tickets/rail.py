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


def lines(request: HttpRequest) -> list[NavItem] | None:
    """My work, the queue and the four practices; for people who work here."""
    user = request.user
    if not (user.is_authenticated and user.is_staff):
        return None
    found = counts_of(request)

    def of(kind: TicketType) -> int | None:
        return found.of_type(kind.value).open or None

    return [
        NavItem(_("My work"), "/", "inbox", found.all.mine or None, thumb=True),
        NavItem(_("Queue"), "/queue/", "queue", found.all.workable or None, thumb=True),
        NavItem(
            _("Incidents"), "/incidents/", "bolt", of(TicketType.INCIDENT), thumb=True
        ),
        NavItem(
            _("Requests"), "/requests/", "cube", of(TicketType.REQUEST), thumb=True
        ),
        NavItem(_("Changes"), "/changes/", "swap", of(TicketType.CHANGE)),
        NavItem(_("Problems"), "/problems/", "root", of(TicketType.PROBLEM)),
    ]


def register() -> None:
    """Fill the rail."""
    slots.fill("rail", "tickets", lines, order=10, queries=1)
