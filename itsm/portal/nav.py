"""The portal's few lines of navigation."""

import re
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _

from core import slots
from core.shell import NavItem
from itsm.portal import queries
from itsm.requests import settings as catalogue
from itsm.tickets.models import Ticket
from itsm.tickets.states import OPEN, TicketType
from people.models import User

ONE_TICKET = re.compile(r"/portal/[A-Z]+-\d+/")


def lines(request: HttpRequest) -> list[NavItem] | None:
    """Help, order, my tickets; for staff the way back to work. One query."""
    user = request.user
    if not user.is_authenticated:
        return None
    others = (
        *("/portal/order/", "/portal/tickets/", "/portal/articles/"),
        *("/portal/agreements/", "/approvals/", "/entitlements/"),
        *("/portal/ideas/", "/backlog/"),
    )
    is_ticket = ONE_TICKET.match(request.path) is not None
    is_own = request.path.startswith(("/account/", "/notifications/"))
    is_decision = request.path.endswith("/approval/")
    is_other = is_decision or request.path.startswith(others)
    is_help = not (is_ticket or is_own or is_other)
    n = queries.count(queries.in_work(queries.mine(user), user))
    items = [
        NavItem(_("Help"), "/portal/", "hand", current=is_help),
        NavItem(_("Answers"), "/portal/articles/", "book"),
        NavItem(_("Order"), "/portal/order/", "cube"),
        NavItem(
            _("My tickets"),
            "/portal/tickets/",
            "inbox",
            count=n or None,
            current=is_ticket,
        ),
    ]
    if user.is_staff:
        items.append(NavItem(_("Work"), "/", "home"))
    return items


def rail(request: HttpRequest) -> NavItem | None:
    """Staff may look at what requesters see."""
    if not request.user.is_authenticated:
        return None
    return NavItem(_("Portal"), "/portal/", "door", group=3)


@dataclass(frozen=True, slots=True)
class OutagePanel:
    """The panel: a link."""

    template: str


def outage(ticket: Ticket, user: User) -> OutagePanel | None:
    """Beside an open incident about a service; no query."""
    if ticket.type != TicketType.INCIDENT or ticket.service_id is None:
        return None
    if ticket.restricted or ticket.state_category not in OPEN:
        return None
    return OutagePanel("itsm/portal/outage_panel.html")


def register() -> None:
    """Fill the slots of the frames, and the settings with the catalogue."""
    catalogue.register()
    slots.fill("portal.nav", "portal", lines, queries=1)
    slots.fill("ticket.side", "outage", outage, order=40)
    slots.fill("rail", "portal", rail, order=80)
