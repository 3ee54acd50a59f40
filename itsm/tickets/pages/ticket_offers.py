"""What the composer offers while one types: ready answers, people and teams."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.templating import render
from itsm.tickets.mentions import reading
from itsm.tickets.models import Ticket
from itsm.tickets.pages import ticket_reads
from itsm.tickets.queries import get_ticket
from itsm.tickets.replies.actions import visible_to
from itsm.tickets.replies.fields import filled
from people.models import User
from people.pages.doors import page, who

MOST = 50
SHOWN = 120  # characters of an answer in the list


@require_GET
@page("ticket.queue")
def replies(request: HttpRequest, type_: str, number: str) -> HttpResponse:
    """Ready answers as they would read on this ticket: data, or a page to choose on."""
    user = who(request)
    ticket = get_ticket(user, number)
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


@require_GET
@page("people.see")
def names(request: HttpRequest, type_: str, number: str) -> HttpResponse:
    """People and teams that can be named here, for whoever works here."""
    user = who(request)
    ticket = get_ticket(user, number)
    words = request.GET.get("q", "").replace("\x00", "")[:80]
    return JsonResponse({"offers": reading.offered(ticket, words)})


@login_required
@require_GET
def mention(request: HttpRequest, pk: int) -> HttpResponse:
    """To where somebody was named; from then on it is read."""
    found = reading.read(by=who(request), at=timezone.now(), mention=pk)
    if found is None:
        raise Http404(_("You are not named there."))
    ticket = get_ticket(who(request), found.ticket.number)
    place = f"#comment-{found.comment_id}"
    return HttpResponseRedirect(f"{ticket_reads.url_of(ticket)}{place}")


@login_required
@require_POST
def all_read(request: HttpRequest) -> HttpResponse:
    """None of the mentions is news any more."""
    reading.read(by=who(request), at=timezone.now())
    return HttpResponseRedirect("/")
