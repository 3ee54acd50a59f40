"""The lists: the queue with its views, and one practice's tickets."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from core.errors import Refused
from core.reader import gettext as _
from core.templating import render
from itsm.tickets import queue
from itsm.tickets.doors import perform
from itsm.tickets.filters import FILTERS, Wish, narrow, options, wish_of
from itsm.tickets.queries import get_ticket
from itsm.tickets.rail import counts_of
from itsm.tickets.reasons import why_here
from itsm.tickets.states import StateCategory, TicketType
from itsm.tickets.subjects import url as ticket_url
from people.models import User
from people.pages.doors import page

TITLES = {
    TicketType.INCIDENT: gettext_lazy("Incidents"),
    TicketType.REQUEST: gettext_lazy("Requests"),
    TicketType.CHANGE: gettext_lazy("Changes"),
    TicketType.PROBLEM: gettext_lazy("Problems"),
}
TEMPLATE = "itsm/tickets/queue.html"
VERBS = (
    ("t", "take", gettext_lazy("take")),
    ("a", "assign", gettext_lazy("assign")),
    ("r", "reply", gettext_lazy("reply")),
    ("w", "wait", gettext_lazy("wait")),
    ("e", "resolve", gettext_lazy("resolve")),
    ("y", "why", gettext_lazy("why here")),
)


@page("ticket.queue")
def queue_list(request: HttpRequest) -> HttpResponse:
    """Every ticket that is open, by built-in view."""
    wish = wish_of(request.path, request.GET, views=queue.VIEWS, default="start")
    return _answer(request, wish, title=_("Queue"))


@page("ticket.queue")
def type_list(request: HttpRequest, type_: str) -> HttpResponse:
    """The tickets of one practice; the closed ones too, by the state filter."""
    views = {name: name for name in ("open",)}
    wish = wish_of(request.path, request.GET, views=views, default="open", type_=type_)
    return _answer(request, wish, title=str(TITLES[TicketType(type_)]))


@page("ticket.queue")
def some_rows(request: HttpRequest) -> HttpResponse:
    """The lines of the named tickets as they are now: `?t=INC-1042&t=REQ-1077`."""
    found = queue.some_rows(_user(request), request.GET.getlist("t"), at=timezone.now())
    return render(request, "itsm/tickets/queue_rows.html", {"rows": found})


@page("ticket.queue")
def why(request: HttpRequest, number: str) -> HttpResponse:
    """Why a ticket stands where it stands, in sentences."""
    ticket = get_ticket(_user(request), number)
    context = {
        "ticket": ticket,
        "ticket_url": ticket_url(ticket.number),
        "why": why_here(ticket, at=timezone.now()),
    }
    block = "dialog" if request.htmx else None  # type: ignore[attr-defined]
    return render(request, "itsm/tickets/queue_why.html", context, block=block)


@require_POST
@page("ticket.queue")
def take(request: HttpRequest, number: str) -> HttpResponse:
    """Take a ticket without leaving the list: its line comes back as it is now."""
    user, at = _user(request), timezone.now()
    ticket = get_ticket(user, number)
    try:
        perform(ticket, "take", {}, by=user, at=at)
    except Refused as no:
        said, level, status = no.detail, "error", no.status
    else:
        said, level = _("%(number)s is yours.") % {"number": ticket.number}, "success"
        status = 200
    if not request.htmx:  # type: ignore[attr-defined]
        messages.add_message(request, messages.INFO, said)
        return Redirect("/" if request.POST.get("next") == "/" else "/queue/")
    context = {"rows": queue.some_rows(user, [ticket.number], at=at)}
    answer = render(request, "itsm/tickets/queue_rows.html", context, status=status)
    news = {"beeline:toast": {"text": said, "level": level}}
    answer.headers["HX-Trigger"] = json.dumps(news)
    return answer


def _answer(request: HttpRequest, wish: Wish, *, title: str) -> HttpResponse:
    """The page, or the number of new arrivals alone."""
    user, at = _user(request), timezone.now()
    narrowed = narrow(user, wish, at=at)
    since = request.GET.get("since", "")
    if request.GET.get("fragment") == "new" and since.isdecimal():
        count = queue.arrived(user, wish, narrowed, int(since[:13]))
        context = {"count": count, "here": wish.url()}
        return render(request, "itsm/tickets/queue_new.html", context)
    counted = counts_of(request)
    listed = queue.read(user, wish, narrowed, counted, at=at)
    has_panel = "panel" in request.GET
    context = {
        "title": title,
        "wish": wish,
        "narrowed": narrowed,
        "page": listed,
        "tabs": _tabs(user, wish, counted, at),
        "sorts": [
            {
                "label": sort.label,
                "url": wish.url(sort=name),
                "current": name == listed.sort,
            }
            for name, sort in queue.SORTS.items()
        ],
        "order": queue.SORTS[listed.sort].label,
        "panel": _panel() if has_panel else None,
        "panel_fields": _panel_fields(wish),
        "filter_url": wish.url() if has_panel else _with_panel(wish),
        "clear_url": wish.url(**dict.fromkeys(FILTERS, "")),
        "verbs": VERBS,
        "empty": _empty(wish),
        "since": int(at.timestamp() * 1000),
    }
    return render(request, TEMPLATE, context)


def _tabs(user: User, wish: Wish, counted: Any, at: Any) -> list[queue.Tab]:
    """The queue's views, or a practice's open and ended tickets."""
    if not wish.fixed_type:
        return queue.tabs(user, wish, counted, at=at)
    return queue.state_tabs(wish, counted)


def _panel() -> dict[str, Any]:
    """What the filter panel offers; asked for only where it is open."""
    return {
        **options(),
        "type": queue.types(),
        "state": [
            ("open", _("Open")),
            *((c.value, c.label) for c in StateCategory),
            ("all", _("All states")),
        ],
        "priority": [(str(n), f"P{n}") for n in range(1, 6)],
    }


def _panel_fields(wish: Wish) -> list[tuple[str, str]]:
    fields = [
        ("state", _("State")),
        ("priority", _("Priority")),
        ("team", _("Team")),
        ("service", _("Service")),
        ("category", _("Category")),
        ("organisation", _("Organisation")),
    ]
    return fields if wish.fixed_type else [("type", _("Practice")), *fields]


def _with_panel(wish: Wish) -> str:
    address = wish.url()
    return f"{address}{'&' if '?' in address else '?'}panel=1"


def _empty(wish: Wish) -> dict[str, str]:
    """What an empty list says, and what to do next."""
    new = {"url": "/new/", "label": _("New ticket")}
    start = {"url": "/queue/", "label": _("Start next")}
    unowned = {"url": "/queue/?view=unowned", "label": _("See what has no owner")}
    if wish.fixed_type:
        text = _("What is reported or opened by you appears here.")
        return {"title": _("No tickets here"), "text": text, **new}
    said = {
        "mine": (_("You own no ticket"), _("Take one that nobody has."), unowned),
        "unowned": (_("Every ticket has an owner"), _("Nothing is left lying."), start),
        "due": (
            _("No promise falls due within an hour"),
            _("A good time for the next one in order."),
            start,
        ),
        "waiting": (_("Nothing waits"), _("Every open ticket can be worked."), start),
    }
    title, text, go = said.get(
        wish.view, (_("The queue is empty"), _("Nothing is open. Well done."), new)
    )
    return {"title": title, "text": text, **go}


def _user(request: HttpRequest) -> User:
    user: Any = request.user
    found: User = user
    return found
