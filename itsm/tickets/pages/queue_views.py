"""The lists: the queue with its views, and one practice's tickets."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from core import slots
from core.errors import Refused
from core.reader import gettext as _
from core.templating import render
from itsm.tickets import columns, queue
from itsm.tickets.doors import perform
from itsm.tickets.filters import FILTERS, Wish, narrow
from itsm.tickets.pages import queue_panels
from itsm.tickets.pages.ticket_reads import page as ticket_page
from itsm.tickets.pages.ticket_views import context as ticket_context
from itsm.tickets.queries import get_ticket
from itsm.tickets.rail import counts_of
from itsm.tickets.reasons import why_here
from itsm.tickets.states import TicketType
from itsm.tickets.subjects import url as ticket_url
from itsm.tickets.views import actions as view_actions
from itsm.tickets.views import queries as views
from itsm.tickets.views.counting import wish_for
from itsm.tickets.views.models import SavedView
from people.models import User
from people.pages.doors import page, who

TITLES = {
    TicketType.INCIDENT: gettext_lazy("Incidents"),
    TicketType.REQUEST: gettext_lazy("Requests"),
    TicketType.CHANGE: gettext_lazy("Changes"),
    TicketType.PROBLEM: gettext_lazy("Problems"),
}
TEMPLATE = "itsm/tickets/queue.html"
LINKS = "queue.links"  # from a practice's list to its other pages
VERBS = (
    ("t", "take", gettext_lazy("take")),
    ("a", "assign", gettext_lazy("assign")),
    ("r", "reply", gettext_lazy("reply")),
    ("w", "wait", gettext_lazy("wait")),
    ("e", "resolve", gettext_lazy("resolve")),
    ("y", "why", gettext_lazy("why here")),
)
BULK_VERBS = (
    ("t", "take", gettext_lazy("Take")),
    ("a", "assign", gettext_lazy("Assign")),
    ("r", "comment", gettext_lazy("Reply")),
    ("w", "wait", gettext_lazy("Wait")),
    ("e", "resolve", gettext_lazy("Resolve")),
    ("", "close", gettext_lazy("Close")),
    ("", "tag", gettext_lazy("Tag")),
    ("l", "link", gettext_lazy("Link")),
)
MOVES = (
    ("next previous", "jk", gettext_lazy("move")),
    ("", ("Enter",), gettext_lazy("open")),
    ("select", "x", gettext_lazy("select")),
)
MORE_KEYS = (
    ("select_next select_previous", "JK", gettext_lazy("select and move")),
    ("select_page", "*", gettext_lazy("select the whole page, or nothing")),
    ("", ("Esc",), gettext_lazy("clear the selection")),
)
KEYS = {  # what the list's bar and its help name
    "verbs": VERBS,
    "bulk_verbs": BULK_VERBS,
    "moves": MOVES,
    "more_keys": MORE_KEYS,
}


@page("ticket.queue")
def queue_list(request: HttpRequest) -> HttpResponse:
    """Every ticket that is open, by built-in or saved view."""
    strip = views.strip(who(request), request.GET.get("saved", ""))
    start = strip.start_url()
    if start and not request.GET:
        return Redirect(start)
    wish = wish_for(request.GET, "")
    if start:  # the bare address leads elsewhere, so the usual view has to be named
        wish = replace(wish, default_view="")
    return _answer(request, wish, strip, title=_("Queue"))


@page("ticket.queue")
def type_list(request: HttpRequest, type_: str) -> HttpResponse:
    """The tickets of one practice; the closed ones too, by the state filter."""
    strip = views.strip(who(request), request.GET.get("saved", ""))
    wish = wish_for(request.GET, type_)
    return _answer(request, wish, strip, title=str(TITLES[TicketType(type_)]))


@page("ticket.queue")
def some_rows(request: HttpRequest) -> HttpResponse:
    """The lines of the named tickets as they are now: `?t=INC-1042&t=REQ-1077`."""
    shown = columns.of(request.GET.get("columns", ""))
    found = queue.some_rows(
        who(request), request.GET.getlist("t"), at=timezone.now(), columns=shown
    )
    name = "queue_cells" if shown else "queue_rows"
    picks = {"rows": found, "picks": True}
    return render(request, f"itsm/tickets/{name}.html", picks)


@page("ticket.queue")
def why(request: HttpRequest, number: str) -> HttpResponse:
    """Why a ticket stands where it stands, in sentences."""
    ticket = get_ticket(who(request), number)
    context = {
        "ticket": ticket,
        "ticket_url": ticket_url(ticket.number),
        "why": why_here(ticket, at=timezone.now()),
    }
    block = "dialog" if request.htmx else None  # type: ignore[attr-defined]
    return render(request, "itsm/tickets/queue_why.html", context, block=block)


@page("ticket.queue")
def reply(request: HttpRequest, number: str) -> HttpResponse:
    """The ticket page's composer, for the pane beside the list."""
    user, at = who(request), timezone.now()
    ticket = get_ticket(user, number)
    if not request.htmx:  # type: ignore[attr-defined]
        return Redirect(f"{ticket_url(ticket.number)}#composer")
    told = ticket_context(ticket_page(ticket, user, at=at), at)
    return render(request, "itsm/tickets/ticket.html", told, block="composer")


@require_POST
@page("ticket.queue")
def take(request: HttpRequest, number: str) -> HttpResponse:
    """Take a ticket without leaving the list: its line comes back as it is now."""
    user, at = who(request), timezone.now()
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


def _answer(
    request: HttpRequest, wish: Wish, strip: views.Strip, *, title: str
) -> HttpResponse:
    """The page, or the number of new arrivals alone."""
    user, at = who(request), timezone.now()
    narrowed = narrow(user, wish, at=at)
    since = request.GET.get("since", "")
    if request.GET.get("fragment") == "new" and since.isdecimal():
        count = queue.arrived(user, wish, narrowed, int(since[:13]))
        context = {"count": count, "here": wish.url()}
        return render(request, "itsm/tickets/queue_new.html", context)
    counted = counts_of(request)
    saved, shown = strip.current(wish), strip.columns_of(wish)
    is_same = saved is not None and saved.query == wish.query()
    listed = queue.read(
        user,
        wish,
        narrowed,
        counted,
        at=at,
        columns=shown,
        exactly=saved.n if saved and is_same else None,
    )
    context = {
        "title": saved.name if saved else title,
        "wish": wish,
        "narrowed": narrowed,
        "page": listed,
        "columns": shown,
        "grid": columns.grid(shown) if shown else "",
        "density": strip.density_of(wish),
        "clear_url": wish.url(**dict.fromkeys(FILTERS, "")),
        "empty": _empty(wish),
        "since": int(at.timestamp() * 1000),
        **_orders(wish, listed.sort),
        **_tabs(user, wish, counted, at, strip),
        **queue_panels.of(request, wish, shown),
        "links": slots.filled(LINKS, wish.fixed_type),
        **_saved(user, wish, saved, is_same),
        **KEYS,
    }
    return render(request, TEMPLATE, context)


def _orders(wish: Wish, current: str) -> dict[str, Any]:
    """The orders in which the list can stand, and the one in which it does."""
    sorts = [
        {"label": sort.label, "url": wish.url(sort=name), "current": name == current}
        for name, sort in queue.SORTS.items()
    ]
    return {"sorts": sorts, "order": queue.SORTS[current].label}


def _saved(
    user: User, wish: Wish, saved: views.StripView | None, is_same: bool
) -> dict[str, Any]:
    """The saved view that is open, and whether the list has moved away from it."""
    listed = urlencode({"type": wish.fixed_type, "list": wish.query()})
    told = {"save_url": f"/queue/views/new/?{listed}", "saved": saved}
    if saved is None or is_same:
        return told
    view = SavedView(pk=saved.pk, team_id=saved.team_id, owner=user)
    is_mine = view_actions.may_change(view, user)
    return {**told, "saved_differs": True, "saved_is_mine": is_mine}


def _tabs(
    user: User, wish: Wish, counted: Any, at: Any, strip: views.Strip
) -> dict[str, Any]:
    """The built-in views, or a practice's open and ended tickets; then the saved.

    `late` names those whose counts are asked for when the page is there.
    """
    if wish.fixed_type:
        made = queue.state_tabs(wish, counted)
    else:
        made = queue.tabs(user, wish, counted, at=at)
    tabs = strip.ordered(made + views.saved_tabs(strip, wish))
    late = ",".join(tab.key[1:] for tab in tabs if tab.count is None)
    return {"tabs": tabs, "late": late}


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
