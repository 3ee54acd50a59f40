"""The articles beside a ticket, which come when they are looked at; the rail's line."""

from dataclasses import dataclass

from django.http import HttpRequest

from core import slots
from core.reader import gettext as _
from core.shell import NavItem
from itsm.tickets.models import Ticket
from people.models import User


@dataclass(frozen=True, slots=True)
class Articles:
    """The panel: a place that fills itself."""

    template: str


def articles(ticket: Ticket, user: User) -> Articles | None:
    """No query: the panel asks for itself."""
    return Articles("itsm/knowledge/panel.html")


def rail(request: HttpRequest) -> NavItem | None:
    """For everybody who works here."""
    user = request.user
    if not (user.is_authenticated and user.is_staff):
        return None
    return NavItem(_("Knowledge"), "/knowledge/", "book", group=2)


def register() -> None:
    """Fill the ticket's side and the rail."""
    slots.fill("ticket.side", "articles", articles, order=30)
    slots.fill("rail", "knowledge", rail, order=60)
