"""Where the measures of changes are found."""

from django.http import HttpRequest

from core import slots
from core.reader import gettext as _
from core.shell import NavItem
from itsm.tickets.pages.queue_views import LINKS
from people.policy import allows


def rail(request: HttpRequest) -> NavItem | None:
    """A line for those who may read them."""
    user = request.user
    if not (user.is_authenticated and allows(user, "change.measures")):
        return None
    return NavItem(_("Measures"), "/changes/measures/", "chart", group=2)


def link(type_: str) -> NavItem | None:
    """From the list of changes."""
    if type_ != "change":
        return None
    return NavItem(_("Measures"), "/changes/measures/", "chart")


def register() -> None:
    """Fill the rail, and the head of the list."""
    slots.fill(LINKS, "change-measures", link, order=30)
    slots.fill("rail", "change-measures", rail, order=66)
