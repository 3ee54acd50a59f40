"""How orders flow, offering by offering; every number leads to its requests."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.templating import render
from itsm.requests.measures import flow as measured
from itsm.requests.measures import words
from itsm.requests.measures.candidates import Candidate, candidates
from itsm.requests.models import Offering
from itsm.tickets.models import Ticket
from people.pages.doors import page, who

SHOWN = 200


@require_safe
@page("ticket.queue")
def report(request: HttpRequest) -> HttpResponse:
    """All offerings, and what could be automated; eight queries."""
    wish, problem = words.read(request.GET.dict(), timezone.localdate())
    found = measured.orders(who(request), wish)
    called = words.names()
    lines = measured.lines(found, called)
    likely = candidates(found)
    context: dict[str, Any] = {
        "wish": wish,
        "problem": problem,
        "lines": lines,
        "total": measured.line("", _("All offerings"), found) if found else None,
        "candidates": [
            (one, called.get(one.offering, ""), _url(one, wish)) for one in likely
        ],
        "says": words.sentence(lines, likely),
    }
    return render(request, "itsm/requests/flow.html", context)


def _url(one: Candidate, wish: measured.Wish) -> str:
    query = urlencode({"offering": one.offering, "step": one.title})
    return f"/requests/flow/behind/?{query}&{wish.query}"


@require_safe
@page("ticket.queue")
def behind(request: HttpRequest) -> HttpResponse:
    """The requests behind one number."""
    user = who(request)
    wish, problem = words.read(request.GET.dict(), timezone.localdate())
    slug = request.GET.get("offering", "").replace("\x00", "")[:50]
    offering = Offering.objects.filter(slug=slug).first()
    what = request.GET.get("what", "ordered")
    step = request.GET.get("step", "").replace("\x00", "")[:200]
    if offering is None or what not in measured.BEHIND:
        raise Http404(_("There is no such page."))
    found = measured.orders(user, wish)
    rows = measured.behind(found, slug, what)
    if step:
        fitting = [c for c in candidates(found, least=1) if c.title == step]
        mine = {pk for one in fitting if one.offering == slug for pk in one.tickets}
        rows = [order for order in rows if order.ticket in mine]
    tickets = Ticket.objects.visible_to(user).in_bulk([o.ticket for o in rows[:SHOWN]])
    context = {
        "rows": [(o, tickets[o.ticket]) for o in rows[:SHOWN] if o.ticket in tickets],
        "count": len(rows),
        "offering": offering,
        "what": what,
        "step": step,
        "wish": wish,
        "problem": problem,
    }
    return render(request, "itsm/requests/flow_behind.html", context)
