"""The page behind the link that wakes somebody, and waking them from a ticket."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from core.errors import Refused
from core.reader import speaking
from core.templating import render
from itsm.sla import paging
from itsm.tickets import subjects
from itsm.tickets.queries import get_ticket
from people.pages.doors import elsewhere, page


@never_cache
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever was woken says that they are on it, without signing in.

    Opening it counts for nothing: mail programs and scanners open links by themselves.
    """
    known = paging.read_token(token)
    if known is None:
        return render(request, "itsm/sla/page.html", {"page": None}, status=404)
    found, person = known
    problem = None
    with speaking(person.language):
        if request.method == "POST":
            try:
                found = paging.acknowledge(
                    ticket=found.ticket, by=person, at=timezone.now()
                )
            except Refused as no:
                problem = no
        context = {
            "page": found,
            "ticket": found.ticket,
            "person": person,
            "url": subjects.url(found.ticket.number),
            "is_mine": found.acknowledged_by_id == person.pk,
            "problem": problem,
        }
        status = problem.status if problem else 200
        return render(request, "itsm/sla/page.html", context, status=status)


@require_POST
@page()
def acknowledge(request: HttpRequest, number: str) -> HttpResponse:
    """From the ticket's page."""
    user: Any = request.user
    ticket = get_ticket(user, number)
    try:
        paging.acknowledge(ticket=ticket, by=user, at=timezone.now())
    except Refused as no:
        messages.error(request, no.detail)
    else:
        messages.success(request, _("You are on it. Nobody else is woken."))
    return elsewhere(request, subjects.url(ticket.number))


@require_POST
@page()
def wake(request: HttpRequest, number: str) -> HttpResponse:
    """Page who is on duty, because a person thinks it cannot wait."""
    user: Any = request.user
    ticket = get_ticket(user, number)
    made = paging.page(ticket=ticket, by=user, at=timezone.now())
    if made is None:
        messages.info(request, _("Somebody is being paged already."))
    elif made.paged_id is None:
        messages.error(request, _("Nobody is on duty; the dispatchers are told."))
    else:
        messages.success(request, _("Whoever is on duty is being paged."))
    return Redirect(subjects.url(ticket.number))
