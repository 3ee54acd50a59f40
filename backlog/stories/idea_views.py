"""Ideas: dropped in a sentence, answered by the team, read by whoever gave them."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from backlog.standing import allows_on
from backlog.stories import actions, evidence
from backlog.stories.list_views import BASES, url_of
from backlog.stories.models import Idea
from backlog.stories.subjects import ideas_visible_to
from core.errors import Invalid, Refused
from core.templating import render
from people.pages.doors import page, who
from people.policy import require
from processes.models import Process

MOST = 100
STATES = ("open", "taken", "declined")
WITH = ("process", "by", "answered_by", "story")


@require_safe
@page("backlog.see")
def listing(request: HttpRequest) -> HttpResponse:
    """Those of all processes, the ones that wait longest first."""
    user = who(request)
    state = request.GET.get("state", "open")
    rows = ideas_visible_to(user).select_related(*WITH)
    if state in STATES:
        rows = rows.filter(state=state)
    if slug := request.GET.get("process", "")[:60]:
        rows = rows.filter(process__slug=slug)
    ordered = rows.order_by("answer_by" if state == "open" else "-at", "pk")
    tabs = [
        {"label": label, "url": f"?state={value}", "current": value == state}
        for value, label in (
            ("open", _("To answer")),
            ("taken", _("Became a story")),
            ("declined", _("Declined")),
        )
    ]
    context = {
        "rows": ordered[:MOST],
        "total": rows.count(),
        "tabs": tabs,
        "now": timezone.now(),
    }
    return render(request, "backlog/stories/ideas.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page()
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One idea: what became of it; for the team, its answer."""
    user = who(request)
    idea = ideas_visible_to(user).select_related(*WITH[:3]).filter(pk=pk).first()
    if idea is None:
        raise Http404(_("There is no such idea for you."))
    problem: Refused | None = None
    if request.method == "POST":
        try:
            return _answered(request, idea)
        except Refused as no:
            problem = no
    about = idea.about or {}
    story = getattr(idea, "story", None)
    context = {
        "base": BASES[user.is_staff],
        "idea": idea,
        "story": story,
        "about": evidence.find(user, about.get("type", ""), str(about.get("id", ""))),
        "may_answer": idea.state == Idea.State.OPEN
        and allows_on(user, "idea.answer", idea.process),
        "problem": problem,
        "typed": request.POST if problem else {},
        "late": idea.state == Idea.State.OPEN and idea.answer_by < timezone.now(),
    }
    status = problem.status if problem else 200
    return render(request, "backlog/stories/idea.html", context, status=status)


def _answered(request: HttpRequest, idea: Idea) -> HttpResponse:
    user, at, sent = who(request), timezone.now(), request.POST
    answer = sent.get("answer", "")
    if sent.get("do") == "take":
        title = sent.get("title", "").strip()
        fields = {"title": title} if title else {}
        story = actions.take_idea(
            idea=idea, by=user, at=at, answer=answer, fields=fields
        )
        words = {"number": story.number}
        messages.success(request, _("It became %(number)s.") % words)
        return Redirect(url_of(story))
    if sent.get("do") != "decline":
        raise Invalid({"do": [_("Say what becomes of it.")]})
    actions.decline_idea(idea=idea, by=user, at=at, answer=answer)
    messages.success(request, _("Answered; they hear it."))
    return Redirect("/backlog/ideas/")


@require_http_methods(["GET", "HEAD", "POST"])
@page()
def give(request: HttpRequest, slug: str) -> HttpResponse:
    """Drop an idea for one process."""
    process = Process.objects.filter(slug=slug).first()
    if process is None:
        raise Http404(_("There is no such process."))
    return _give(request, process)


def _give(request: HttpRequest, process: Process | None) -> HttpResponse:
    user = who(request)
    require(user, "idea.give")
    kind, _colon, pk = request.GET.get("of", "").partition(":")
    about = evidence.find(user, kind, pk)
    problem: Refused | None = None
    if request.method == "POST":
        try:
            return _given(request, process, about)
        except Refused as no:
            problem = no
    mine = Idea.objects.filter(by=user).select_related("process", "answered_by")
    context: dict[str, Any] = {
        "base": BASES[user.is_staff],
        "process": process,
        "processes": [] if process else list(Process.objects.order_by("name")),
        "about": about,
        "rows": mine.order_by("-at")[:MOST],
        "problem": problem,
        "typed": request.POST if problem else {},
    }
    status = problem.status if problem else 200
    return render(request, "backlog/stories/own_ideas.html", context, status=status)


def _given(
    request: HttpRequest, process: Process | None, about: evidence.Shown | None
) -> HttpResponse:
    sent = request.POST
    if process is None:
        process = Process.objects.filter(slug=sent.get("process", "")).first()
    if process is None:
        raise Invalid({"process": [_("Say what it is about.")]})
    actions.give_idea(
        process=process,
        by=who(request),
        at=timezone.now(),
        text=sent.get("text", ""),
        about=None if about is None else (about.type, about.pk),
    )
    messages.success(request, _("Thank you. You hear what becomes of it."))
    return Redirect("/portal/ideas/")


@require_http_methods(["GET", "HEAD", "POST"])
@page()
def own(request: HttpRequest) -> HttpResponse:
    """One's own ideas with their answers, and a new one."""
    return _give(request, None)


@require_safe
@page("backlog.see")
def make_of(request: HttpRequest) -> HttpResponse:
    """Make a story of something: of which process? Where one may not, an idea."""
    user = who(request)
    kind, _colon, pk = request.GET.get("of", "").partition(":")
    shown = evidence.find(user, kind, pk)
    if shown is None:
        raise Http404(_("There is no such thing for you."))
    every = list(Process.objects.select_related("owner").order_by("name"))
    mine = [one for one in every if allows_on(user, "story.write", one)]
    if len(mine) == 1 and len(every) == 1:
        return Redirect(f"/backlog/{mine[0].slug}/new/?of={shown.type}:{shown.pk}")
    context = {
        "shown": shown,
        "mine": mine,
        "others": [one for one in every if one not in mine],
        "known": evidence.stories_of(user, shown.type, shown.pk),
    }
    return render(request, "backlog/stories/make_of.html", context)
