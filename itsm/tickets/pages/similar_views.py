"""Similar tickets beside a ticket: a panel that fills itself, and a page without it."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from core import slots
from core.templating import render
from itsm.tickets import similar
from itsm.tickets.models import Ticket
from itsm.tickets.queries import get_ticket
from people.models import User
from people.pages.doors import page

TEMPLATE = "itsm/tickets/similar.html"


@dataclass(frozen=True, slots=True)
class Panel:
    """A place beside the ticket that fills itself when it is seen; no query."""

    template: str = "itsm/tickets/similar_panel.html"


@require_safe
@page()
def similar_tickets(request: HttpRequest, number: str) -> HttpResponse:
    """Open ones that may be the same, and how others were solved."""
    user: Any = request.user
    ticket = get_ticket(user, number)
    if not user.is_staff:
        return HttpResponseRedirect(f"/portal/{ticket.number}/")
    found = similar.to_ticket(user, ticket, at=timezone.now())
    block = "found" if request.headers.get("HX-Request") else None
    return render(request, TEMPLATE, {"ticket": ticket, "found": found}, block=block)


def panel(ticket: Ticket, user: User) -> Panel | None:
    """For whoever works here."""
    return Panel() if user.is_staff else None


def register() -> None:
    """Fill the ticket's side."""
    slots.fill("ticket.side", "similar", panel, order=20)
