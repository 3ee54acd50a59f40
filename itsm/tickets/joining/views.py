"""The conversation of a ticket that goes on in another, to be read there."""

from types import SimpleNamespace

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from core.templating import render
from itsm.tickets import subjects, timeline
from itsm.tickets.pages.ticket_views import is_htmx
from itsm.tickets.queries import get_ticket
from people.pages.doors import page, who

TEMPLATE = "itsm/tickets/merged_thread.html"


@require_GET
@page("ticket.queue")
def thread(request: HttpRequest, number: str) -> HttpResponse:
    """All entries of the merged ticket, as far as the person sees it."""
    user = who(request)
    ticket = get_ticket(user, number)
    told = {
        "ticket": ticket,
        "url": subjects.url(ticket.number),
        "page": SimpleNamespace(
            line=timeline.read(ticket, reader=user), allowed=frozenset()
        ),
    }
    return render(request, TEMPLATE, told, block="thread" if is_htmx(request) else None)
