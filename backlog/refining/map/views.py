"""The story map: looked at, dragged on, and moved by a form where nothing drags."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from backlog.increments.queries import open_of
from backlog.mapping.models import Activity
from backlog.mapping.queries import backbone, get_activity
from backlog.refining.map import actions, queries
from backlog.standing import get_process, get_standing, require_on
from backlog.stories.models import Story
from backlog.stories.queries import get_story
from core.errors import Invalid, Refused
from core.templating import render
from people.pages.doors import page, who
from processes.models import Process

STAYS = "keep"  # the rank of a story that is moved by the form


@require_safe
@page()
def story_map(request: HttpRequest, slug: str) -> HttpResponse:
    """Activities and steps across, increments down."""
    user = who(request)
    process, may = get_standing(user, slug)
    context = {
        "process": process,
        "map": queries.map_of(process, user),
        "may_move": may("story.write"),
        "may_describe": may("backlog.describe"),
        "may_plan": may("increment.plan"),
    }
    return render(request, "backlog/map/map.html", context)


@require_POST
@page()
def place(request: HttpRequest, slug: str) -> HttpResponse:
    """A drop: which story, into which cell, before which other one.

    Without `before` it keeps its rank. Answers the number of the one that stands below
    it now, or nothing: ranks change behind a page's back, stories keep their numbers.
    """
    user = who(request)
    process = get_process(user, slug)
    require_on(user, "story.write", process)
    story = _story(request, process, request.POST.get("story", ""))
    story = _move(request, process, story)
    if request.headers.get("HX-Request"):
        below = actions.below(story)
        number = below.number if below else ""
        return HttpResponse(number, content_type="text/plain")
    return Redirect(reverse("story-map", args=[slug]))


@page()
def move(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    """The same by a form: a page, or a dialog of the map."""
    user = who(request)
    process = get_process(user, slug)
    story = _story(request, process, number)
    require_on(user, "story.write", process)
    problem: Refused | None = None
    if request.method == "POST":
        try:
            _move(request, process, story)
        except Refused as no:
            problem = no
        else:
            if request.headers.get("HX-Request"):  # a mark in the address loads nothing
                return HttpResponse(status=204, headers={"HX-Refresh": "true"})
            return Redirect(f"{reverse('story-map', args=[slug])}#{story.number}")
    return _move_form(request, process, story, problem)


def _move(request: HttpRequest, process: Process, story: Story) -> Story:
    where: dict[str, Any] = {
        "activity": _activity(process, request.POST.get("activity", "")),
        "increment": _increment(process, request.POST.get("increment", "")),
    }
    to = request.POST.get("before", STAYS)
    if to != STAYS:
        where["before"] = _story(request, process, to) if to else None
    return actions.place_story(story=story, by=who(request), at=timezone.now(), **where)


def _move_form(
    request: HttpRequest, process: Process, story: Story, problem: Refused | None
) -> HttpResponse:
    cell = actions.cell_of(story).exclude(pk=story.pk).order_by("rank")
    context = {
        "process": process,
        "story": story,
        "branches": backbone(process),
        "increments": open_of(process),
        "others": list(cell.only("pk", "title")[:100]),
        "problem": problem,
    }
    block = "dialog" if request.headers.get("HX-Request") else None
    status = problem.status if problem else 200
    template = "backlog/map/move.html"
    return render(request, template, context, block=block, status=status)


def _story(request: HttpRequest, process: Process, number: str) -> Story:
    """A story of this process, or Http404."""
    story = get_story(who(request), number)
    if story.process_id != process.pk:
        raise Invalid({"story": [_("It belongs to another process.")]})
    return story


def _activity(process: Process, sent: str) -> Activity | None:
    """What was sent for a column: an id, or nothing for "not on the map"."""
    if not sent:
        return None
    return get_activity(process, _whole(sent))


def _increment(process: Process, sent: str) -> Any:
    if not sent:
        return None
    wanted = _whole(sent)
    for increment in process.increments.all():
        if increment.pk == wanted:
            return increment
    raise Invalid({"increment": [_("It belongs to another process.")]})


def _whole(sent: str) -> int:
    return int(sent[:18]) if sent.isascii() and sent.isdigit() else 0
