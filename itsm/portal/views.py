"""The portal's pages. Everything a person can do here is one domain call."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from core import slots
from core.errors import Refused
from core.once import sent_once
from core.templating import render
from itsm.feedback import queries as feedback
from itsm.feedback.actions import OVER
from itsm.feedback.forms import efforts, faces
from itsm.knowledge import queries as knowledge
from itsm.portal import actions, drafts, outages, queries, words
from itsm.portal.ordering import cards
from itsm.requests.told import Order, order_of
from itsm.tickets import details, promising, subjects
from itsm.tickets.doors import perform
from itsm.tickets.drafts.actions import drop
from itsm.tickets.models import Approval, Attachment, Ticket
from itsm.tickets.pages.uploads import sent_files
from itsm.tickets.policy import allows, relations
from itsm.tickets.queries import get_ticket
from itsm.tickets.serving import serve
from itsm.tickets.states import OPEN, StateCategory
from itsm.tickets.verbs import verbs_for
from notify import bell
from people.pages.doors import page

ON_HOME = 6


@page()
def home(request: HttpRequest) -> HttpResponse:
    """Ask for help, what waits for you, your tickets, what can be ordered."""
    user: Any = request.user
    at = timezone.now()
    mine = queries.mine(user)
    liked, offered = cards.liked(user, most=8)
    context = {
        "known": outages.known(user, at=at),
        "drafts": drafts.left(user),
        "how_was": feedback.open_ask(user, at=at),
        "heard": feedback.answered_lately(user, at=at),
        "faces": faces(),
        "efforts": efforts(),
        "greeting": queries.greeting(timezone.localtime(at).hour),
        "first_name": words.first_name(user),
        "asked": queries.asked_of(user),
        "open": queries.page(queries.in_work(mine, user), user, at, size=ON_HOME),
        "ended": queries.count(queries.ended(mine, user)),
        "offerings": liked,
        "offered": offered,
    }
    return render(request, "itsm/portal/home.html", context)


@page()
def tickets(request: HttpRequest) -> HttpResponse:
    """My tickets, or all of my organisation's where it shares them: open and done."""
    user: Any = request.user
    organisation = user.organisation
    shares = organisation is not None and organisation.shares_tickets
    whose = "all" if shares and request.GET.get("whose") == "all" else ""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    rows = queries.shared(user) if whose else queries.mine(user)
    rows = queries.called(rows, words)
    lists = {"open": queries.in_work(rows, user), "done": queries.ended(rows, user)}
    tab = "done" if request.GET.get("tab") == "done" else "open"
    before = request.GET.get("before", "")
    is_id = before.isascii() and before.isdigit() and len(before) < 19
    found = queries.page(
        lists[tab], user, timezone.now(), before=int(before) if is_id else None
    )
    kept = {k: v for k, v in (("whose", whose), ("q", words)) if v}
    labels = {"open": _("Open"), "done": _("Done")}
    tabs = [
        {
            "label": labels[name],
            "url": "?" + urlencode({"tab": name, **kept}),
            "count": found.total if name == tab else queries.count(of_tab),
            "current": name == tab,
        }
        for name, of_tab in lists.items()
    ]
    context = {
        "page": found,
        "tabs": tabs,
        "tab": tab,
        "here": "?" + urlencode({"tab": tab, **kept}),
        "is_first": not before,
        "shares": organisation.name if shares else "",
        "whose": whose,
        "words": words,
    }
    return render(request, "itsm/portal/tickets.html", context)


@page()
def ticket(request: HttpRequest, number: str) -> HttpResponse:
    """One ticket in plain words."""
    user: Any = request.user
    found = get_ticket(user, number)
    if found.number != number.upper():  # it was converted
        return Redirect(reverse("portal-ticket", args=[found.number]))
    bell.look(request, Ticket.subject_type, found.pk, at=timezone.now())
    return _ticket(request, found)


def _ticket(
    request: HttpRequest,
    found: Ticket,
    *,
    problem: Refused | None = None,
    where: str = "",
) -> HttpResponse:
    """The ticket's page; with a problem it keeps what was typed, at its place."""
    user: Any = request.user
    at = timezone.now()
    standing = relations(user, found)
    is_theirs = found.requester_id == user.pk
    offers = {offer.name for offer in verbs_for(found, user, at=at)}
    pending = queries.undecided([found.pk])
    context = {
        "ticket": found,
        **_how_it_stands(found, user, pending, at),
        "steps": words.steps(found),
        "order": _order(found),
        "timeline": queries.timeline(found, user),
        "copied": queries.copied_on(found),
        "may_decide": any(user.pk in a.asked for a in pending),
        "may_reply": allows(user, "ticket.comment", standing),
        "may_copy": allows(user, "ticket.copy", standing),
        "may_confirm": is_theirs and "close" in offers,
        "may_reopen": (is_theirs or not user.is_staff) and "reopen" in offers,
        "may_cancel": (is_theirs or not user.is_staff) and "cancel" in offers,
        **_at_the_end(found, user, at),
        "is_new": "new" in request.GET and found.requester_id == user.pk,
        "problem": problem,
        "where": where,
        "draft_url": f"{subjects.url(found.number)}draft/",
        "typed": drafts.on_ticket(user, found) | _posted(request, where),
        "links": slots.filled("portal.ticket", found, user),
        "staff_url": f"/{found.type}s/{found.number}/" if user.is_staff else "",
    }
    status = problem.status if problem else 200
    return render(request, "itsm/portal/ticket.html", context, status=status)


def _order(ticket: Ticket) -> Order | None:
    """What was ordered, where it is that; three queries at most."""
    detail = details.of(ticket.type)
    if ticket.type != "request" or detail is None:
        return None
    row = detail.load(ticket)
    return order_of(ticket, row) if row.offering else None


def _how_it_stands(
    ticket: Ticket, user: Any, pending: list[Approval], at: datetime
) -> dict[str, Any]:
    """Of this ticket, or of the one in which it goes on. Two queries."""
    joined = queries.goes_on_in([ticket.pk], user)
    lead = joined.get(ticket.pk) or ticket
    ball = words.ball(ticket, user, pending)
    return {
        "status": words.status(lead, is_joined=bool(joined)),
        "category": lead.state_category,
        "ball": words.joined(joined[ticket.pk], user) if joined else ball,
        "hear": words.hear(lead, user, at, promising.owed([lead.pk]).get(lead.pk)),
    }


def _posted(request: HttpRequest, where: str) -> dict[str, Any]:
    """What stood in the form that was refused."""
    if not where:
        return {}
    words = request.POST.get("body" if where == "reply" else "comment", "")
    return {where: words, "person": request.POST.get("person", "")}


def _at_the_end(ticket: Ticket, user: Any, at: datetime) -> dict[str, Any]:
    """Feedback once it is over, answers until a person has it. Three queries."""
    is_theirs = ticket.requester_id == user.pk
    if ticket.state_category in OPEN:
        alone = is_theirs and ticket.state_category == StateCategory.NEW
        found = knowledge.answers(user, ticket.title) if alone else []
        return {"answers": found, "feedback": None, "asks": False}
    piece = feedback.of_ticket(ticket) if is_theirs else None
    over = is_theirs and ticket.state_category in OVER
    return {
        "answers": [],
        "feedback": piece,
        "may_say": over and (piece is None or piece.answered_at is None),
        "asks": over and piece is None and feedback.is_asked(ticket, at=at),
        "faces": faces(),
        "efforts": efforts(),
    }


def _verb(name: str, done: Callable[[], str], *fields: str) -> Callable[..., Any]:
    """A view for one verb of the ticket's page, with these fields of its form."""

    @page()
    def view(request: HttpRequest, number: str) -> HttpResponse:
        user: Any = request.user
        found = get_ticket(user, number)
        if request.method == "POST":
            given = {field: request.POST.get(field, "") for field in fields}
            try:
                perform(found, name, given, by=user, at=timezone.now())
                drop(by=user, ticket=found, form=name)
            except Refused as no:
                return _ticket(request, found, problem=no, where=name)
            messages.success(request, done())
        return Redirect(reverse("portal-ticket", args=[found.number]))

    return view


close = _verb("close", lambda: _("Thank you. It is closed."))
reopen = _verb(
    "reopen", lambda: _("It is open again; the same person hears."), "comment"
)
cancel = _verb(
    "cancel", lambda: _("Cancelled. Nobody works on it any more."), "comment"
)
copy = _verb("copy", lambda: _("They can follow it and answer now."), "person")


@page()
def reply(request: HttpRequest, number: str) -> HttpResponse:
    """Answer, with files."""
    user: Any = request.user
    found = get_ticket(user, number)
    if request.method == "POST":
        body, at = request.POST.get("body", ""), timezone.now()
        try:
            files = sent_files(request)

            def work() -> str:
                actions.reply(ticket=found, by=user, at=at, body=body, files=files)
                return found.number

            sent_once(request, work, user_id=user.pk, at=at)
        except Refused as no:
            return _ticket(request, found, problem=no, where="reply")
        messages.success(request, _("Sent."))
    return Redirect(reverse("portal-ticket", args=[found.number]) + "#end")


@page()
def decide(request: HttpRequest, number: str) -> HttpResponse:
    """Where a decision's page was; mails that were sent still lead here."""
    user: Any = request.user
    found = get_ticket(user, number)
    return Redirect(f"{subjects.url(found.number)}approval/")


@page()
def file(request: HttpRequest, number: str, pk: int) -> Any:
    """A public file of a ticket: pictures are shown, the rest is downloaded."""
    user: Any = request.user
    found = get_ticket(user, number)
    kept = Attachment.objects.filter(
        ticket=found, pk=pk, is_public=True, redacted_at=None
    ).first()
    if kept is None:
        raise Http404(_("There is no such file for you."))
    return serve(kept)
