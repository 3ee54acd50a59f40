"""Feedback for those who work here: what was said, what is to be answered."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import slots
from core.errors import Refused
from core.templating import render
from itsm.feedback import actions, forms, queries
from itsm.feedback.models import Feedback
from itsm.feedback.policy import relations
from itsm.tickets import subjects
from people.models import User
from people.pages.doors import page
from people.policy import allows

TABS = ("", "open", "own")


@require_safe
@page("feedback.see")
def listing(request: HttpRequest) -> HttpResponse:
    """What this person may see; figures about a person only to that person."""
    return _listing(request)


def _listing(
    request: HttpRequest, problem: Refused | None = None, about: int = 0
) -> HttpResponse:
    user: Any = request.user
    which = request.GET.get("tab", "")
    which = which if which in TABS else ""
    before = request.GET.get("before", "")
    is_id = before.isascii() and before.isdigit() and len(before) < 19
    start = int(before) if is_id else None
    rows, total, after = queries.listing(user, which=which, before=start)
    context = {
        "rows": [_row(user, piece) for piece in rows],
        "total": total,
        "after": after,
        "tab": which,
        "tabs": _tabs(user, which),
        "figures": queries.figures(queries.narrowed(user, which)),
        "faces": dict(forms.faces()),
        "efforts": dict(forms.efforts()),
        "problem": problem,
        "about": about,
        "more": slots.filled("feedback.pieces", rows, user),
        "typed": request.POST,
    }
    status = problem.status if problem else 200
    return render(request, "itsm/feedback/list.html", context, status=status)


def _row(user: User, piece: Feedback) -> dict[str, Any]:
    standing = relations(user, piece)
    return {
        "piece": piece,
        "url": subjects.url(piece.ticket.number),
        "may_answer": allows(user, "feedback.answer", standing),
        "may_redact": allows(user, "feedback.redact", standing),
    }


def _tabs(user: User, current: str) -> list[dict[str, Any]]:
    labels = {"": _("All I may see"), "open": _("To answer"), "own": _("About my work")}
    return [
        {
            "label": labels[slug],
            "url": f"?tab={slug}" if slug else "?",
            "count": queries.narrowed(user, slug).count(),
            "current": slug == current,
        }
        for slug in TABS
    ]


@require_POST
@page("feedback.see")
def do(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Answer one, or remove its texts."""
    user: Any = request.user
    piece, at = queries.get_piece(user, pk), timezone.now()
    try:
        if verb == "redact":
            why = request.POST.get("why", "").replace("\x00", "")
            actions.redact(piece=piece, by=user, at=at, why=why)
            messages.success(request, _("Its texts are gone."))
        else:
            body = request.POST.get("body", "").replace("\x00", "")
            actions.answer(piece=piece, by=user, at=at, body=body)
            messages.success(request, _("Answered. They read it in the portal."))
    except Refused as no:
        return _listing(request, no, piece.pk)
    return Redirect(reverse("feedback"))
