"""All of one order: stages, teams, and what a leaver still holds."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.templating import render
from itsm.requests.fulfilment import whole
from itsm.tickets.queries import get_ticket
from people.pages.doors import page, who


@require_safe
@page("ticket.queue")
def show(request: HttpRequest, number: str) -> HttpResponse:
    """The one view of a bundle, and of any order with stages."""
    user = who(request)
    ticket = get_ticket(user, number, type_="request")
    found = whole.of(ticket, at=timezone.now())
    context = {"ticket": ticket, "whole": found}
    return render(request, "itsm/requests/plan.html", context)
