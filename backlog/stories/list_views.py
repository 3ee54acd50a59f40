"""`/backlog/` and `/backlog/<process>/`: the processes, and one ranked list."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from backlog.standing import get_process, get_standing, profile_of, require_on
from backlog.stories import actions, fields, listing, starting
from backlog.stories.actions.common import PARTS
from backlog.stories.models import SCALE, Story
from backlog.stories.queries import get_story
from backlog.stories.words import (
    LABELS,
    ONLY_WORDS,
    PART_WORDS,
    STATE_WORDS,
    sprint,
    worth,
)
from core import slots
from core.errors import Invalid, Refused
from core.log import act
from core.templating import render
from people.models import User
from people.pages.doors import page, who
from processes.models import Process

TO_SPRINT = "story.to_sprint"  # sprints fill it: (stories, sprint id, by, at)
BASES = {True: "base.html", False: "portal_base.html"}


@require_safe
@page()
def home(request: HttpRequest) -> HttpResponse:
    """Every process with its backlog in figures."""
    user = who(request)
    rows = list(listing.processes(user))
    context = {
        "base": BASES[user.is_staff],
        "rows": rows,
        "running": listing.running(rows),
        "sprint_words": sprint,
        "may_make": user.is_staff,
    }
    return render(request, "backlog/stories/home.html", context)


@require_safe
@page()
def ranked(request: HttpRequest, slug: str) -> HttpResponse:
    """The list: a whole page, or the next hundred rows of it."""
    process, may = get_standing(who(request), slug)
    after = request.GET.get("after", "")
    wish = listing.Wish.read(request.GET)
    is_more = bool(after) and request.headers.get("HX-Request") == "true"
    context = about_rows(request, process, may, wish, after)
    if is_more:
        return render(request, "backlog/stories/list.html", context, block="rows")
    profile, is_staff = profile_of(process), who(request).is_staff
    context |= {
        "by_wsjf": profile.order == "wsjf",
        "options": listing.options(process, of_all=False) if is_staff else {},
        "only_words": ONLY_WORDS,
        "state_words": STATE_WORDS,
        "sprint_words": sprint,
    }
    return render(request, "backlog/stories/list.html", context)


def about_rows(
    request: HttpRequest,
    process: Process,
    may: Callable[[str], bool],
    wish: listing.Wish,
    after: str,
) -> dict[str, Any]:
    """What the rows need."""
    user = who(request)
    return {
        "base": BASES[user.is_staff],
        "process": process,
        "wish": wish,
        "list": listing.ranked(process, user, wish, after),
        "may_rank": may("story.rank"),
        "may_write": may("story.write"),
        "sprint_words": sprint,
        "worth": worth,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@page()
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """Write a story; a title is enough. What it is made of comes with the address."""
    user = who(request)
    process = get_process(user, slug)
    require_on(user, "story.write", process)
    of = starting.read(request, user)
    problem: Refused | None = None
    if request.method == "POST":
        try:
            story = starting.write(request, process, of, by=user, at=timezone.now())
            return _written(request, story)
        except Refused as no:
            problem = no
    context = {
        "process": process,
        "of": of,
        "typed": request.POST if problem else of.typed,
        "problem": problem,
        "options": listing.options(process),
        "scale": SCALE,
        "parts": PART_WORDS,
        "labels": LABELS,
    }
    status = problem.status if problem else 200
    return render(request, "backlog/stories/new.html", context, status=status)


def _written(request: HttpRequest, story: Story) -> HttpResponse:
    words = {"number": story.number, "place": listing.place_of(story)}
    said = _("%(number)s is written and stands at place %(place)s.") % words
    messages.success(request, said)
    if request.POST.get("then") == "list":
        return Redirect(f"/backlog/{story.process.slug}/")
    return Redirect(url_of(story))


def url_of(story: Story) -> str:
    """A story's page."""
    return f"/backlog/{story.process.slug}/stories/{story.number}/"


@require_http_methods(["GET", "HEAD", "POST"])
@page()
def move(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    """Move one: a form to say where, and the move itself by form, key or drag."""
    user = who(request)
    story = get_story(user, number)
    require_on(user, "story.rank", story.process)
    if request.method != "POST":
        return _asks_where(request, story)
    was = listing.place_of(story)
    try:
        place = _place(request)
        story = actions.move_story(story=story, by=user, at=timezone.now(), **place)
    except Refused as no:
        return _asks_where(request, story, no)
    return _placed(request, story, was)


def _asks_where(
    request: HttpRequest, story: Story, problem: Refused | None = None
) -> HttpResponse:
    context: dict[str, Any] = {
        "story": story,
        "process": story.process,
        "problem": problem,
        "place": listing.place_of(story),
    }
    is_dialog = request.headers.get("HX-Target") == "dialog"
    status = problem.status if problem else 200
    block = "form" if is_dialog else None
    return render(
        request, "backlog/stories/move.html", context, block=block, status=status
    )


def _place(request: HttpRequest) -> dict[str, Any]:
    """One of to, before, after; a number of a story that this person may see."""
    user, sent = who(request), request.POST
    for name in ("before", "after"):
        if number := sent.get(name, "").strip():
            try:
                return {name: get_story(user, number)}
            except Http404 as gone:
                words = {"number": number}
                said = _("There is no story %(number)s for you.") % words
                raise Invalid({name: [said]}) from gone
    return {"to": sent.get("to") or None}


def _placed(request: HttpRequest, story: Story, was: int) -> HttpResponse:
    """Its row as it is now, with what became of its place; or back to the list."""
    now = listing.place_of(story)
    words = {"number": story.number, "was": was, "now": now}
    if now == was:
        said = _("%(number)s stays at place %(now)s.") % words
    else:
        said = _("%(number)s moved from place %(was)s to %(now)s.") % words
    if request.headers.get("HX-Request") != "true":
        messages.success(request, said)
        return Redirect(f"/backlog/{story.process.slug}/#{story.number}")
    if request.headers.get("HX-Target") == "dialog":
        messages.success(request, said)
        url = f"/backlog/{story.process.slug}/"
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return row_answer(request, story, said)


def row_answer(request: HttpRequest, story: Story, said: str) -> HttpResponse:
    """One row of the list, and before which other it now stands."""
    fresh = listing.shown(Story.objects.filter(pk=story.pk)).get()
    fresh.process = story.process
    context = {
        "process": story.process,
        "list": listing.Ranked([fresh], listing.place_of(fresh), 1, ""),
        "may_rank": True,
        "may_write": True,
        "said": said,
        "before": listing.neighbour(fresh),
        "sprint_words": sprint,
        "worth": worth,
        "wish": listing.Wish(),
    }
    return render(request, "backlog/stories/list.html", context, block="rows")


@require_http_methods(["GET", "HEAD", "POST"])
@page()
def weigh(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    """The parts of its WSJF, in its row or as a page; what that did to its place."""
    user = who(request)
    story = get_story(user, number)
    require_on(user, "story.write", story.process)
    problem: Refused | None = None
    if request.method == "POST":
        was, wsjf = listing.place_of(story), story.wsjf
        try:
            given = fields.read(request.POST, story.process)
            given = {name: given[name] for name in PARTS if name in given}
            at = timezone.now()
            story = actions.edit_story(story=story, by=user, at=at, given=given)
            return _weighed(request, story, was, wsjf)
        except Refused as no:
            problem = no
    context = {
        "process": story.process,
        "story": story,
        "scale": SCALE,
        "parts": PART_WORDS,
        "problem": problem,
    }
    is_row = request.headers.get("HX-Request") == "true"
    status = problem.status if problem else 200
    block = "form" if is_row else None
    return render(
        request, "backlog/stories/weigh.html", context, block=block, status=status
    )


def _weighed(
    request: HttpRequest, story: Story, was: int, wsjf: Decimal | None
) -> HttpResponse:
    old, new = worth(wsjf), worth(story.wsjf)
    told = {"number": story.number, "old": old, "new": new}
    said = _("%(number)s: WSJF %(old)s became %(new)s.") % told
    now = listing.place_of(story)
    if now != was:
        places = {"was": was, "now": now}
        said += " " + _("It moved from place %(was)s to %(now)s.") % places
    if request.headers.get("HX-Request") == "true":
        return row_answer(request, story, said)
    messages.success(request, said)
    return Redirect(f"/backlog/{story.process.slug}/#{story.number}")


@require_POST
@page()
def picked(request: HttpRequest, slug: str) -> HttpResponse:
    """Do one thing to all that are ticked: all of them, or none."""
    user, at = who(request), timezone.now()
    process = get_process(user, slug)
    numbers = list(dict.fromkeys(request.POST.getlist("t")))[:200]
    stories = [get_story(user, number) for number in numbers]
    do, pk = request.POST.get("do", ""), request.POST.get("sprint", "")
    try:
        if not stories:
            raise Invalid({"t": [_("Tick some stories first.")]})
        _do(do, pk, stories, by=user, at=at)
        done = ngettext("%(n)s story: done.", "%(n)s stories: done.", len(stories))
        messages.success(request, done % {"n": len(stories)})
    except Refused as no:
        messages.error(request, no.detail)
    return Redirect(f"/backlog/{process.slug}/")


def _do(do: str, pk: str, stories: list[Story], *, by: User, at: datetime) -> None:
    with act():
        if do == "drop":
            for story in stories:
                actions.drop_story(story=story, by=by, at=at)
        elif do == "top":
            for story in reversed(stories):
                actions.move_story(story=story, by=by, at=at, to="top")
        elif do == "sprint" and pk.isascii() and pk.isdigit():
            slots.filled(TO_SPRINT, stories, int(pk), by=by, at=at)
        else:
            raise Invalid({"do": [_("Choose what to do with them.")]})
