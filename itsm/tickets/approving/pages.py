"""The pages of decisions: what waits for somebody, and one of them on one screen."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Invalid, Refused
from core.templating import render
from itsm.tickets import subjects
from itsm.tickets.actions.planning import Scene, barred
from itsm.tickets.approving import delegating, difference, facts, queries, voting
from itsm.tickets.approving.forms import DelegationForm
from itsm.tickets.approving.models import Approval, Delegation, Vote
from itsm.tickets.models import Ticket
from itsm.tickets.queries import get_ticket
from people.pages.doors import page, who

# What an address or a button calls an answer.
ANSWERS = {
    "approve": Vote.Answer.APPROVED,
    "condition": Vote.Answer.CONDITION,
    "ask": Vote.Answer.ASKED,
    "reject": Vote.Answer.REJECTED,
}


@page()
def waiting(request: HttpRequest) -> HttpResponse:
    """What waits for this person, what they asked for, what was decided."""
    user = who(request)
    context = {
        "mine": queries.mine(user),
        "asked": queries.asked_by(user),
        "decided": queries.decided_by(user),
        "frame": _frame(user),
        "now": timezone.now(),
    }
    return render(request, "itsm/approving/waiting.html", context)


@page()
def decide(request: HttpRequest, type_: str, number: str) -> HttpResponse:
    """One decision on one screen. Opening it decides nothing, however preselected."""
    user, at = who(request), timezone.now()
    ticket = get_ticket(user, number, type_=type_)
    if ticket.number != number.upper():
        return Redirect(f"{subjects.url(ticket.number)}approval/")
    if request.method != "POST":
        return _screen(request, ticket, at, chosen=request.GET.get("answer", ""))
    answer = request.POST.get("answer", "")
    words = request.POST.get(f"words-{answer}", "")
    try:
        row = _asked(ticket, request.POST.get("approval", ""))
        voting.vote(
            approval=row, by=user, at=at, answer=ANSWERS.get(answer, ""), words=words
        )
    except Refused as no:
        fresh = get_ticket(user, ticket.number)
        return _screen(request, fresh, at, chosen=answer, problem=no, words=words)
    messages.success(request, _said(answer, ticket))
    return Redirect(reverse("approvals"))


def _asked(ticket: Ticket, pk: str) -> Approval:
    """The decision that the form was about. Raises Invalid."""
    is_id = pk.isascii() and pk.isdigit() and len(pk) < 19
    rows = Approval.objects.filter(ticket=ticket)
    found = rows.filter(pk=int(pk) if is_id else 0).first()
    if found is None:
        raise Invalid({"approval": [_("There is no such decision for you.")]})
    return found


def _said(answer: str, ticket: Ticket) -> str:
    sentences = {
        "approve": _("You said yes to %(n)s."),
        "condition": _("You said yes to %(n)s on your condition."),
        "ask": _("You asked. %(n)s waits for the answer; you hear of it."),
        "reject": _("You said no to %(n)s."),
    }
    return sentences[answer] % {"n": ticket.number}


def _screen(
    request: HttpRequest,
    ticket: Ticket,
    at: datetime,
    *,
    chosen: str = "",
    problem: Refused | None = None,
    words: str = "",
) -> HttpResponse:
    user = who(request)
    rows = queries.of_ticket(ticket)
    scene = Scene.of(ticket, by=user, at=at)
    theirs = [r for r in rows if not r.decision and r.name in scene.deciding]
    pending = [row for row in rows if not row.decision]
    row = next(iter([*theirs, *pending, *reversed(rows)]), None)
    changed = difference.since(row) if row is not None and not row.decision else []
    context = {
        "ticket": ticket,
        "home": subjects.url(ticket.number),
        "row": row,
        "may": bool(theirs),
        "verbs": {verb.name for verb in scene.verbs()} if theirs else set(),
        "facts": facts.facts(ticket, user, row, at) if row is not None else [],
        "changed": changed,
        "votes": queries.votes(row) if row is not None else [],
        "seat": queries.seat_of(user, scene.deciding, row),
        "fills_in": queries.fills_in(row, at) if theirs and row else "",
        "waits_for": [] if theirs else queries.waits_for(row),
        "why_not": "" if theirs else barred(user, ticket),
        "over": voting.over(row) if row is not None and row.decision else "",
        "chosen": chosen if chosen in ANSWERS else "",
        "problem": problem,
        "words": words,
        "frame": _frame(user),
    }
    status = problem.status if problem else 200
    return render(request, "itsm/approving/decide.html", context, status=status)


def _frame(user: Any) -> str:
    return "base.html" if user.is_staff else "portal_base.html"


@page()
def give(request: HttpRequest) -> HttpResponse:
    """Let somebody else decide for a while; the form again where it cannot be."""
    user = who(request)
    form = DelegationForm(request.POST or None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                delegating.delegate(
                    giver=user, by=user, at=timezone.now(), **form.cleaned_data
                )
            except Invalid as no:
                form.add_refusal(no.errors)
            else:
                messages.success(request, _("Saved. They hear of what you are asked."))
                return Redirect(reverse("account") + "#delegations")
        status = 422
    context = {"form": form, "frame": _frame(user)}
    return render(request, "itsm/approving/delegation.html", context, status=status)


@page()
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """A delegation is over."""
    user = who(request)
    row = get_object_or_404(Delegation, pk=pk, giver=user)
    if request.method == "POST":
        delegating.end_delegation(delegation=row, by=user, at=timezone.now())
        messages.success(request, _("You decide yourself again."))
    return Redirect(reverse("account") + "#delegations")
