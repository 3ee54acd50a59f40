"""Articles as requesters read them: found while typing, read, said to have helped."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.errors import Refused
from core.templating import render
from itsm.knowledge import actions as knowledge
from itsm.knowledge import queries
from itsm.knowledge.models import ArticleState, Audience
from itsm.knowledge.policy import visible_to
from itsm.portal import actions, outages
from itsm.tickets.queries import get_ticket
from itsm.tickets.states import OPEN, StateCategory
from people.pages.doors import page

SHOWN = 30
LONGEST = 250  # characters of what is typed that are looked at


@require_safe
@page()
def found(request: HttpRequest) -> HttpResponse:
    """`/portal/answers/?what=`: what is known about it, while it is typed.

    A piece for htmx; without JavaScript the questions themselves show the same.
    """
    user: Any = request.user
    typed = request.GET.get("what", "").replace("\x00", "")[:LONGEST]
    context = {
        "typed": typed,
        "answers": queries.answers(user, typed),
        "known": outages.fitting(user, typed, at=timezone.now()),
    }
    block = "found" if request.headers.get("HX-Request") else None
    return render(request, "itsm/portal/answers.html", context, block=block)


@require_safe
@page()
def articles(request: HttpRequest) -> HttpResponse:
    """Everything that can be read here, or what fits the words."""
    user: Any = request.user
    words = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]
    if words:
        rows = queries.search_articles(user, words, SHOWN, published=True)
    else:
        readable = visible_to(user).filter(state=ArticleState.PUBLISHED)
        if not user.is_staff:
            readable = readable.exclude(audience=Audience.STAFF)
        rows = list(readable.select_related("service").order_by("title")[:SHOWN])
    context = {"articles": queries.with_use(rows), "words": words}
    return render(request, "itsm/portal/articles.html", context)


@require_safe
@page()
def article(request: HttpRequest, number: str) -> HttpResponse:
    """One article, and the question whether it helped."""
    user: Any = request.user
    found_one = queries.get_article(user, number)
    queries.with_use([found_one])
    about = request.GET.get("ticket", "")
    ticket = get_ticket(user, about) if about else None
    context = {
        "article": found_one,
        "ticket": ticket,
        "may_end": ticket is not None
        and ticket.requester_id == user.pk
        and ticket.state_category in (*OPEN, StateCategory.RESOLVED),
        "typed": request.GET.get("what", "")[:LONGEST],
    }
    return render(request, "itsm/portal/article.html", context)


@require_POST
@page()
def solved(request: HttpRequest, number: str) -> HttpResponse:
    """It helped, or it did not; for a ticket that can be the end of it, by choice."""
    user: Any = request.user
    one = queries.get_article(user, number)
    at, about = timezone.now(), request.POST.get("ticket", "")
    said = request.POST.get("helped")
    if said not in {"yes", "no"}:
        return Redirect(reverse("portal-article", args=[one.number]))
    helped = said == "yes"
    if about:
        ticket = get_ticket(user, about)
        ends = helped and request.POST.get("end") == "yes"
        try:
            actions.helped_on_ticket(
                article=one, ticket=ticket, by=user, at=at, helped=helped, ends=ends
            )
        except Refused as no:
            messages.error(request, no.detail)
        else:
            ticket = get_ticket(user, about)
            if ends and ticket.state_category not in OPEN:
                messages.success(request, _("Good to hear. The ticket is done."))
            else:
                messages.success(request, _said(helped, ends))
        return Redirect(reverse("portal-ticket", args=[ticket.number]))
    knowledge.use(article=one, by=user, at=at, helped=helped)
    if helped:
        messages.success(request, _("Good to hear. Nothing was sent to anybody."))
        return Redirect(reverse("portal"))
    messages.info(request, _("Then ask a person."))
    what = request.POST.get("what", "")[:LONGEST]
    address = reverse("portal-report")
    return Redirect(f"{address}?{urlencode({'what': what})}" if what else address)


def _said(helped: bool, ends: bool) -> str:
    if ends:
        return _("Good to hear. Whoever has the ticket knows, and ends it.")
    if helped:
        return _("Good to hear. The ticket stays open.")
    return _("Thank you. The person who has it sees that this did not help.")
