"""What the composer offers while one types: ready answers, people and teams."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from core.templating import render
from itsm.tickets.mentions import reading
from itsm.tickets.models import Ticket
from itsm.tickets.pages import ticket_reads
from itsm.tickets.pages.ticket_views import who
from itsm.tickets.queries import get_ticket
from itsm.tickets.replies.actions import visible_to
from itsm.tickets.replies.fields import filled
from people.models import User
from people.policy import require

MOST = 50
SHOWN = 120  # characters of an answer in the list


@login_required
@require_GET
def replies(request: HttpRequest, type_: str, number: str) -> HttpResponse:
    """Ready answers as they would read on this ticket: data, or a page to choose on."""
    user = who(request)
    ticket = get_ticket(user, number)
    require(user, "ticket.queue")
    q = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    offers = _offers(user, ticket, q)
    if "json" in request.GET:
        return JsonResponse({"offers": offers})
    told = {"ticket": ticket, "url": ticket_reads.url_of(ticket), "offers": offers}
    return render(request, "itsm/tickets/ticket_replies.html", {**told, "q": q})


def _offers(user: User, ticket: Ticket, q: str) -> list[dict[str, Any]]:
    rows = visible_to(user).filter(is_active=True, name__icontains=q)
    offers = []
    for row in rows.select_related("team").order_by("name", "pk")[:MOST]:
        told = filled(row.body, ticket, user)
        offers.append(
            {
                "slug": row.slug,
                "name": row.name,
                "note": row.team.name if row.team else "",
                "put": told.text,
                "says": " ".join(told.text.split())[:SHOWN],
                "missing": told.missing,
            }
        )
    return offers


@login_required
@require_GET
def names(request: HttpRequest, type_: str, number: str) -> HttpResponse:
    """People and teams that can be named here, for whoever works here."""
    user = who(request)
    ticket = get_ticket(user, number)
    require(user, "people.see")
    words = request.GET.get("q", "").replace("\x00", "")[:80]
    return JsonResponse({"offers": reading.offered(ticket, words)})
