"""The portal's few lines of navigation."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from core import slots
from core.shell import NavItem
from itsm.portal import queries
from itsm.requests import settings as catalogue


def lines(request: HttpRequest) -> list[NavItem] | None:
    """Help, order, my tickets; for staff the way back to work. One query."""
    user = request.user
    if not user.is_authenticated:
        return None
    is_help = not request.path.startswith(("/portal/order/", "/portal/tickets/"))
    n = queries.count(queries.in_work(queries.mine(user)))
    items = [
        NavItem(_("Help"), "/portal/", "hand", current=is_help),
        NavItem(_("Order"), "/portal/order/", "cube"),
        NavItem(_("My tickets"), "/portal/tickets/", "inbox", count=n or None),
    ]
    if user.is_staff:
        items.append(NavItem(_("Work"), "/", "home"))
    return items


def rail(request: HttpRequest) -> NavItem | None:
    """Staff may look at what requesters see."""
    if not request.user.is_authenticated:
        return None
    return NavItem(_("Portal"), "/portal/", "door", group=3)


def register() -> None:
    """Fill the slots of the frames, and the settings with the catalogue."""
    catalogue.register()
    slots.fill("portal.nav", "portal", lines, queries=1)
    slots.fill("rail", "portal", rail, order=80)
