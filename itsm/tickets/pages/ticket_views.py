"""The ticket page and the queue's split pane."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
    QueryDict,
)
from django.utils import timezone
from django.views.decorators.http import require_GET

from core.templating import render
from itsm.tickets import timeline
from itsm.tickets.models import Ticket
from itsm.tickets.pages import ticket_reads
from itsm.tickets.queries import get_ticket
from itsm.tickets.replies.actions import visible_to as replies_of
from itsm.tickets.replies.fields import filled
from notify import bell
from people.models import User
from people.pages.doors import elsewhere, who
from people.pages.doors import page as signed_in
from people.roles import Role

TEMPLATE = "itsm/tickets/ticket.html"
LIVE = ("tickethead", "timeline", "side")  # what a change of the ticket renews
View = Callable[..., HttpResponse]


def is_htmx(request: HttpRequest) -> bool:
    """Whether a piece of the page is asked for, not the whole."""
    return request.headers.get("HX-Request") == "true"


def target(request: HttpRequest) -> str:
    """The id of what htmx replaces; empty where it does not say."""
    return request.headers.get("HX-Target", "")


def away(request: HttpRequest, ticket: Ticket, type_: str, number: str) -> str:
    """Where this address should have led, or "": requesters read in the portal."""
    if not who(request).is_staff:
        return f"/portal/{ticket.number}/"
    if ticket.type != type_ or ticket.number != number:
        return ticket_reads.url_of(ticket)
    return ""


def _moved(to: str, *, for_good: bool) -> HttpResponse:
    """301 for a former number, which may become the ticket's own again."""
    if not for_good:
        return HttpResponseRedirect(to)
    return HttpResponsePermanentRedirect(to, headers={"Cache-Control": "no-cache"})


@login_required
@require_GET
def ticket_page(request: HttpRequest, type_: str, number: str) -> HttpResponse:
    """One ticket: whole, as the queue's pane, or only what may have changed."""
    user, now = who(request), timezone.now()
    ticket = get_ticket(user, number)
    if elsewhere := away(request, ticket, type_, number):
        return _moved(elsewhere, for_good=ticket.number != number.upper())
    bell.look(request, Ticket.subject_type, ticket.pk, at=now)
    page = page_of(request, ticket, now)
    if is_htmx(request) and (target(request) == "pane" or "pane" in request.GET):
        return render(request, "itsm/tickets/ticket_pane.html", context(page, now))
    if is_htmx(request) and "live" in request.GET:
        return render(request, TEMPLATE, context(page, now, oob=True), blocks=LIVE)
    if slug := request.GET.get("reply", "")[:60]:
        _put_reply(page, user, slug)
    return render(request, TEMPLATE, context(page, now))


def _put_reply(page: ticket_reads.Page, user: User, slug: str) -> None:
    """A ready answer into the composer, behind what stands there."""
    row = replies_of(user).filter(slug=slug).first()
    if row is not None:
        reply = filled(row.body, page.ticket, user).text
        kept = page.composer.get("value", "")
        page.composer["value"] = "\n\n".join(filter(None, (kept, reply)))


def page_of(request: HttpRequest, ticket: Ticket, now: datetime) -> ticket_reads.Page:
    """The page as its address asks for it: all of the timeline, or a part of it."""
    asked = request.GET
    if is_htmx(request) and not asked:  # a verb on a page: what its address says
        asked = QueryDict(urlsplit(request.headers.get("HX-Current-URL", "")).query)
    show = asked.get("show", "")
    return ticket_reads.page(
        ticket,
        who(request),
        at=now,
        whole="all" in asked,
        show=show if show in {timeline.CONVERSATION, timeline.MINE} else "",
    )


def context(
    page: ticket_reads.Page, now: datetime, *, oob: bool = False, **more: Any
) -> dict[str, Any]:
    """What the templates of a ticket see. `oob`: blocks that replace their own kind."""
    return {"page": page, "ticket": page.ticket, "at": now, "oob": oob, **more}


def changed(
    request: HttpRequest, ticket: Ticket, said: str, **more: Any
) -> HttpResponse:
    """The answer to a verb that was done: where the page is, or its changed parts."""
    user, now = who(request), timezone.now()
    if not user.is_staff:
        return elsewhere(request, f"/portal/{ticket.number}/")
    asked_at = urlsplit(request.headers.get("HX-Current-URL", "")).path
    if is_htmx(request) and "/do/" in asked_at:  # a verb's own page has no such parts
        messages.success(request, said)
        return elsewhere(request, ticket_reads.url_of(ticket))
    if not is_htmx(request):
        return HttpResponseRedirect(ticket_reads.url_of(ticket))
    ticket = get_ticket(user, ticket.number)
    page = page_of(request, ticket, now)
    blocks = (*LIVE, *more.pop("blocks", ()))
    response = render(
        request, TEMPLATE, context(page, now, oob=True, **more), blocks=blocks
    )
    response.headers["HX-Push-Url"] = "false"  # a boosted form would push its own
    response.headers["HX-Trigger"] = json.dumps(
        {
            "beeline:changed": {"number": ticket.number},
            "beeline:toast": {"text": said, "level": "success"},
        }
    )
    return response


@login_required
@require_GET
def neighbour(
    request: HttpRequest, type_: str, number: str, direction: str
) -> HttpResponse:
    """To the next or previous ticket in the order of work; one index look-up."""
    user = who(request)
    ticket = get_ticket(user, number)
    if not user.is_staff:
        return HttpResponseRedirect(f"/portal/{ticket.number}/")
    rows = Ticket.objects.visible_to(user).workable()
    found = _beside(rows, ticket, direction == "next").values_list("number", flat=True)
    to = found.first()
    return HttpResponseRedirect(
        ticket_reads.subjects.url(to) if to else ticket_reads.url_of(ticket)
    )


def _beside(rows: Any, ticket: Ticket, forward: bool) -> Any:
    step = "gt" if forward else "lt"
    same_band = Q(band=ticket.band)
    same_start = same_band & Q(start_by=ticket.start_by)
    rows = rows.filter(
        Q(**{f"band__{step}": ticket.band})
        | same_band & Q(**{f"start_by__{step}": ticket.start_by})
        | same_start & Q(**{f"pk__{step}": ticket.pk})
    )
    order = ("band", "start_by", "id")
    return rows.order_by(*(order if forward else (f"-{name}" for name in order)))


@require_GET
@signed_in("people.see")
def people_options(request: HttpRequest) -> HttpResponse:
    """People whose name or address holds what was typed, as options; one query."""
    typed = next((str(v) for v in request.GET.values() if v), "").strip()[:80]
    found: Any = ()
    if len(typed) >= 2 and "\x00" not in typed:
        rows = User.objects.people()
        if "owner" in request.GET:  # owners work here
            rows = rows.exclude(roles__contained_by=[Role.REQUESTER])
        rows = rows.filter(Q(name__icontains=typed) | Q(email__icontains=typed))
        found = rows.order_by("name").values_list("email", "name")[:8]
    return render(request, "itsm/tickets/ticket_options.html", {"found": found})
