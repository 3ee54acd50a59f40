"""Promises asked for anew: what was done so far, and a look at what would change."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.templating import render
from itsm.sla import recompute
from itsm.sla.models import Recomputation
from itsm.tickets.models import Ticket
from people.models import User
from people.pages.doors import page, who
from people.pages.settings import tabs
from people.policy import allows

LIST = "/settings/promises/"
MOST = 30


@require_safe
@page("agreement.see")
def listing(request: HttpRequest) -> HttpResponse:
    """The last ones: why, by whom, how far, how many tickets changed."""
    user = who(request)
    rows = Recomputation.objects.select_related("by", "calendar").order_by("-pk")
    context = {
        "tabs": tabs(user, "promises"),
        "rows": rows[:MOST],
        "may": allows(user, "people.change"),
    }
    return render(request, "itsm/sla/recomputations.html", context)


@require_safe
@page("agreement.see")
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """Which tickets changed, or would, and how; those that the reader may see."""
    user = who(request)
    rows = Recomputation.objects.select_related("by", "calendar")
    job = get_object_or_404(rows, pk=pk)
    context = {
        "tabs": tabs(user, "promises"),
        "job": job,
        "lines": _lines(job, user),
        "most": recompute.MOST_EFFECTS,
    }
    return render(request, "itsm/sla/recomputation.html", context)


@require_POST
@page("people.change")
def begin(request: HttpRequest) -> HttpResponse:
    """Ask anew, or only look."""
    dry = request.POST.get("dry", "1") == "1"
    job = recompute.begin(
        reason=Recomputation.Reason.BY_HAND,
        by=who(request),
        at=timezone.now(),
        dry=dry,
    )
    messages.info(
        request,
        _("Looking; nothing is changed.") if dry else _("Open tickets are asked anew."),
    )
    return Redirect(f"{LIST}{job.pk}/" if job else LIST)


def _lines(job: Recomputation, user: User) -> list[dict[str, Any]]:
    ids = [effect["ticket"] for effect in job.effects]
    seen = Ticket.objects.visible_to(user).filter(pk__in=ids).in_bulk()
    return [
        {
            "ticket": seen[effect["ticket"]],
            "dues": [
                (kind, *(parse_datetime(text) if text else None for text in pair))
                for kind, pair in effect["due"].items()
            ],
        }
        for effect in job.effects
        if effect["ticket"] in seen
    ]
