"""The pages of kinds: the list, one with its record, and what a record speaks for."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.charts import Point, shares
from core.errors import Invalid, Refused
from core.reader import local
from core.templating import render
from itsm.changes import records, trusting
from itsm.changes.kinds import policy, queries, standing, words
from itsm.changes.models import Kind, Proposal
from itsm.changes.questions import live
from people import history
from people.pages.doors import page, who
from processes.control_words import percent

SEE = "change_kind.see"
LIST = "/changes/kinds/"
TELL = {
    "record_words": words.record,
    "proposed": words.proposed,
    "because": words.because,
    "means": words.means,
    "decided": words.decided,
    "tones": words.TONES,
    "icons": words.ICONS,
    "percent": percent,
}


@require_safe
@page(SEE)
def listing(request: HttpRequest) -> HttpResponse:
    """All kinds with their records, what is proposed, and the emergencies."""
    user = who(request)
    context = {
        **TELL,
        "rows": queries.listed(user),
        "waiting": list(queries.proposals(user).filter(decision="")),
        "shares": queries.shares(user, at=timezone.now()),
        "may_write": policy.may_change(user, None, None),
    }
    return render(request, "itsm/changes/kinds.html", context)


@require_safe
@page(SEE)
def one(request: HttpRequest, slug: str) -> HttpResponse:
    """One kind: what is done, its record change by change, its standing."""
    return _kind(request, queries.get(who(request), slug))


def _kind(
    request: HttpRequest, kind: Kind, problem: Refused | None = None
) -> HttpResponse:
    user = who(request)
    ended = queries.history(kind, user)
    found = records.of_kind(kind)
    asked = live()
    context: dict[str, Any] = {
        **TELL,
        "kind": kind,
        "record": found,
        "outlook": words.outlook(kind, found, trusting.rules()),
        "ended": ended[::-1],
        "chart": shares([_point(e) for e in ended], _("The bound after each change")),
        "answers": [
            (q, q.answers.get(kind.answers.get(s, ""))) for s, q in asked.items()
        ],
        "proposals": list(queries.proposals(user).filter(kind=kind)[:20]),
        "may_authorise": policy.may_authorise(user),
        "may_change": policy.may_change(user, kind.service, kind.team),
        "standings": Kind.Standing.choices,
        "problem": problem,
        "typed": request.POST,
        "history": history.of(kind),
    }
    status = problem.status if problem else 200
    return render(request, "itsm/changes/kind.html", context, status=status)


def _point(ended: queries.Ended) -> Point:
    says = _("%(number)s, %(result)s: at most %(share)s %% fail") % {
        "number": ended.number,
        "result": ended.result,
        "share": percent(round(ended.bound, 3)),
    }
    day = formats.date_format(local(ended.at), "j. M")
    return Point(day, ended.bound, says, ended.url)


@require_POST
@page(SEE)
def stand(request: HttpRequest, slug: str) -> HttpResponse:
    """Give or take a standing."""
    user = who(request)
    kind = queries.get(user, slug)
    policy.require_authorise(user)
    to = request.POST.get("to", "")
    try:
        if to not in Kind.Standing.values:
            raise Invalid({"to": [_("Choose one of them.")]})
        standing.set_standing(
            kind=kind,
            by=user,
            at=timezone.now(),
            to=to,
            reason=request.POST.get("reason", ""),
        )
    except Refused as no:
        return _kind(request, kind, no)
    messages.success(request, _("Saved."))
    return Redirect(f"{LIST}{kind.slug}/")


@require_safe
@page(SEE)
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """One proposal with its evidence."""
    return _proposal(request, queries.proposal(who(request), pk))


def _proposal(
    request: HttpRequest, found: Proposal, problem: Refused | None = None
) -> HttpResponse:
    user = who(request)
    context = {
        **TELL,
        "proposal": found,
        "now": records.of_kind(found.kind),
        "failed": queries.failures(found, user),
        "may": policy.may_authorise(user) and not found.decision,
        "problem": problem,
        "typed": request.POST,
    }
    status = problem.status if problem else 200
    return render(request, "itsm/changes/proposal.html", context, status=status)


@require_POST
@page(SEE)
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept or decline it."""
    user = who(request)
    found = queries.proposal(user, pk)
    policy.require_authorise(user)
    reason, at = request.POST.get("reason", ""), timezone.now()
    try:
        if request.POST.get("answer") == "accept":
            standing.accept(proposal=found, by=user, at=at, reason=reason)
            messages.success(request, _("Accepted."))
        else:
            standing.decline(proposal=found, by=user, at=at, reason=reason)
            messages.success(request, _("Declined; it stays as it is."))
    except Refused as no:
        found.refresh_from_db()
        return _proposal(request, found, no)
    return Redirect(f"{LIST}{found.kind.slug}/")
