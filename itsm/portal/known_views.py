"""Known outages: "me too" in one tap, and what staff choose to tell."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import Forbidden, Refused
from core.templating import render
from itsm.portal import actions, outages
from itsm.portal.models import MeToo, Outage
from itsm.tickets import subjects
from itsm.tickets.models import Ticket
from itsm.tickets.pages.posted import zoned
from itsm.tickets.policy import allows, relations
from itsm.tickets.queries import get_ticket
from people.pages.doors import page


@require_POST
@page()
def me_too(request: HttpRequest, number: str) -> HttpResponse:
    """I have it too, or not any more. Nobody learns from it whether a ticket exists."""
    user: Any = request.user
    at, taken_back = timezone.now(), request.POST.get("undo") == "yes"
    rows = Ticket.objects.filter(number=number.upper())
    told = outages.told_to(user, at=at).filter(number=number.upper())
    joined = MeToo.objects.filter(user_id=user.pk, ticket__in=rows)
    ticket = rows.filter(pk__in=joined.values("ticket_id")).first() or told.first()
    if ticket is None:
        raise Http404(_("There is no such outage for you."))
    try:
        if taken_back:
            actions.not_me(ticket=ticket, by=user, at=at)
            messages.success(request, _("Taken back."))
        else:
            actions.me_too(ticket=ticket, by=user, at=at)
            messages.success(
                request, _("Noted. You read here how it goes; no need to report it.")
            )
    except Forbidden as no:
        raise Http404(no.detail) from no
    return Redirect(reverse("portal") + "#known")


@page("ticket.queue")
def announce(request: HttpRequest, number: str) -> HttpResponse:
    """What requesters are told of this incident: choose a sentence, or nothing."""
    user: Any = request.user
    ticket = get_ticket(user, number)
    problem = None
    if request.method == "POST":
        until = zoned(request.POST.get("expected_at", ""))
        try:
            actions.announce(
                ticket=ticket,
                by=user,
                at=timezone.now(),
                shown=request.POST.get("shown") == "yes",
                wording=request.POST.get("wording", Outage.Wording.KNOWN),
                expected_at=_instant(until),
            )
        except Refused as no:
            problem = no
        else:
            messages.success(request, _("The portal says so from now on."))
            return Redirect(subjects.url(ticket.number))
    is_shown, chosen = outages.state_for_staff(ticket)
    context = {
        "ticket": ticket,
        "is_shown": is_shown,
        "chosen": chosen,
        "choices": outages.choices(),
        "may": allows(user, "ticket.announce", relations(user, ticket)),
        "problem": problem,
        "back": subjects.url(ticket.number),
    }
    status = problem.status if problem else 200
    return render(request, "itsm/portal/announce.html", context, status=status)


def _instant(text: str) -> datetime | None:
    """None where no such moment is meant."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found and 1970 <= found.year <= 9000 else None
