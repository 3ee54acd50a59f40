"""Refinement: what is not ready and what to do, splitting and merging."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from backlog.refining import readiness
from backlog.refining.poker.queries import waiting_for
from backlog.refining.sessions.queries import next_session
from backlog.refining.sizes import scale_of, word_of
from backlog.standing import allows_on, get_process, profile_of, require_on
from backlog.stories import actions as stories
from backlog.stories.models import Story
from backlog.stories.queries import backlog_of, get_story
from core.errors import Refused
from core.templating import render
from people.pages.doors import page, who
from processes.models import Process

SEE = "process.see"
SAME = "same"
PARTS = 3  # offered at first; more with "another part"
MOST_PARTS = 10


@require_safe
@page(SEE)
def refine(request: HttpRequest, slug: str) -> HttpResponse:
    """The stories that need something, by rank; what is estimated; the next session."""
    user, at = who(request), timezone.now()
    process = get_process(user, slug)
    profile = profile_of(process)
    show = request.GET.get("show", "")
    context: dict[str, Any] = {
        "process": process,
        "profile": profile,
        "overview": readiness.overview(process, user, profile, at),
        "findings": readiness.FINDINGS,
        "show": show,
        "word": lambda points: word_of(points, profile),
        "waiting": waiting_for(process, user),
        "session": next_session(process),
        "may_write": allows_on(user, "story.write", process),
        "may_vote": allows_on(user, "poker.vote", process),
    }
    if show == SAME:
        context["pairs"] = readiness.duplicates(process, user)
    else:
        after = request.GET.get("after", "").replace("\x00", "")
        context["lines"], context["onward"] = readiness.lines(
            process, user, profile, at, show=show, after=after
        )
        context["after"] = after
    return render(request, "backlog/refine/refine.html", context)


@page(SEE)
def split(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    """One story becomes several, each with the criteria it takes along."""
    user = who(request)
    process, story = _both(request, slug, number)
    require_on(user, "story.write", process)
    typed = _parts(request)
    problem: Refused | None = None
    if request.method == "POST" and not request.POST.get("more"):
        keep = bool(request.POST.get("keep"))
        parts = [{k: v for k, v in one.items() if v} for one in typed if one["title"]]
        try:
            made = stories.split_story(
                story=story, by=user, at=timezone.now(), parts=parts, keep=keep
            )
        except Refused as no:
            problem = no
        else:
            words = {"numbers": ", ".join(one.number for one in made)}
            messages.success(request, _("Split into %(numbers)s.") % words)
            return Redirect(reverse("refine", args=[slug]))
    return _split_page(request, process, story, typed, problem)


def _split_page(
    request: HttpRequest,
    process: Process,
    story: Story,
    typed: list[dict[str, Any]],
    problem: Refused | None,
) -> HttpResponse:
    context = {
        "process": process,
        "story": story,
        "parts": typed,
        "criteria": [one.text for one in story.criteria.order_by("position")],
        "scale": scale_of(profile_of(process)),
        "keep": bool(request.POST.get("keep")),
        "most": MOST_PARTS,
        "problem": problem,
    }
    status = problem.status if problem else 200
    return render(request, "backlog/refine/split.html", context, status=status)


def _parts(request: HttpRequest) -> list[dict[str, Any]]:
    """What was typed, part by part; `more` adds an empty one."""
    asked = request.POST.get("n", "")
    n = int(asked[:2]) if asked.isascii() and asked.isdigit() else PARTS
    n = max(2, min(n + bool(request.POST.get("more")), MOST_PARTS))
    return [_part(request, str(place)) for place in range(n)]


def _part(request: HttpRequest, place: str) -> dict[str, Any]:
    def text(name: str) -> str:
        return request.POST.get(f"{name}-{place}", "").replace("\x00", "").strip()

    taken = [c.replace("\x00", "") for c in request.POST.getlist(f"criteria-{place}")]
    points = text("points")
    return {
        "title": text("title"),
        "i_want": text("i_want"),
        "criteria": taken + [line for line in text("new").splitlines() if line.strip()],
        "points": int(points[:4]) if points.isascii() and points.isdigit() else None,
    }


@page(SEE)
def merge(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    """Two stories beside each other; one goes into the other."""
    user = who(request)
    process, story = _both(request, slug, number)
    require_on(user, "story.write", process)
    other = _other(request, process, story)
    problem: Refused | None = None
    if request.method == "POST" and other is not None:
        stays, goes = (
            (story, other) if request.POST.get("stays") == "this" else (other, story)
        )
        try:
            stories.merge_story(story=goes, into=stays, by=user, at=timezone.now())
        except Refused as no:
            problem = no
        else:
            words = {"one": goes.number, "other": stays.number}
            messages.success(request, _("%(one)s went into %(other)s.") % words)
            return Redirect(f"/backlog/stories/{stays.number}/")
    shown = [one for one in (story, other) if one is not None]
    context = {
        "process": process,
        "story": story,
        "other": other,
        "shown": [(one, list(one.criteria.order_by("position"))) for one in shown],
        "offered": [] if other else _offered(process, request, story),
        "problem": problem,
    }
    status = problem.status if problem else 200
    return render(request, "backlog/refine/merge.html", context, status=status)


def _other(request: HttpRequest, process: Process, story: Story) -> Story | None:
    sent = request.POST.get("with") or request.GET.get("with", "")
    if not sent:
        return None
    _process, other = _both(request, process.slug, sent)
    return None if other.pk == story.pk else other


def _offered(process: Process, request: HttpRequest, story: Story) -> list[Story]:
    rows = backlog_of(process, who(request)).exclude(pk=story.pk)
    return list(rows.only("pk", "title")[:300])


def _both(request: HttpRequest, slug: str, number: str) -> tuple[Process, Story]:
    process = get_process(who(request), slug)
    story = get_story(who(request), number)
    if story.process_id != process.pk:
        raise Http404(_("There is no such story for you."))
    return process, story
