"""The page on which activities and their steps are named, ordered and taken away."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from backlog.mapping import actions as mapping
from backlog.mapping.queries import backbone, get_activity
from backlog.refining.map import actions
from backlog.standing import get_process, require_on
from core.errors import Refused
from core.templating import render
from people.pages.doors import page, who
from processes.models import Process


@require_safe
@page()
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """The backbone as a list."""
    process = get_process(who(request), slug)
    require_on(who(request), mapping.VERB, process)
    return _edit(request, process)


def _edit(
    request: HttpRequest, process: Process, problem: Refused | None = None
) -> HttpResponse:
    context = {
        "process": process,
        "branches": backbone(process),
        "steps": process.stream.count(),
        "problem": problem,
    }
    status = problem.status if problem else 200
    return render(request, "backlog/map/activities.html", context, status=status)


@require_POST
@page()
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """A new activity, or a step of one."""
    process = get_process(who(request), slug)
    parent = request.POST.get("parent", "")
    above = None
    if parent.isascii() and parent.isdigit():
        above = get_activity(process, int(parent[:18]))
    name = request.POST.get("name", "").replace("\x00", "")
    return _do(
        request, process, mapping.add_activity, process=process, name=name, parent=above
    )


@require_POST
@page()
def change(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Rename it, put it elsewhere, or take it off the map."""
    process = get_process(who(request), slug)
    activity = get_activity(process, pk)
    to = request.POST.get("to", "")
    if request.POST.get("drop"):
        return _do(request, process, actions.drop_activity, activity=activity)
    if to.isascii() and to.isdigit():
        place = int(to[:4])
        return _do(request, process, mapping.move_activity, activity=activity, to=place)
    name = request.POST.get("name", "").replace("\x00", "")
    return _do(request, process, mapping.rename_activity, activity=activity, name=name)


@require_POST
@page()
def stream(request: HttpRequest, slug: str) -> HttpResponse:
    """Take the value stream's steps over."""
    user = who(request)
    process = get_process(user, slug)
    n = mapping.take_from_stream(process=process, by=user, at=timezone.now())
    said = ngettext("%(n)s step taken over.", "%(n)s steps taken over.", n)
    messages.success(request, said % {"n": n})
    return Redirect(reverse("story-map", args=[slug]))


def _do(
    request: HttpRequest, shown: Process, verb: Callable[..., Any], **given: Any
) -> HttpResponse:
    try:
        verb(by=who(request), at=timezone.now(), **given)
    except Refused as no:
        return _edit(request, shown, no)
    return Redirect(reverse("activities", args=[shown.slug]))
