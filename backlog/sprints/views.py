"""A process's sprints, and the page of one: planned, worked, closed, cancelled."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from backlog.sprints import actions, forms, queries, words
from backlog.sprints import scope_actions as scope
from backlog.sprints.doors import address, sprint_page
from backlog.sprints.models import Sprint
from backlog.standing import allows_on, get_process, require_on
from backlog.stories.models import Story
from backlog.stories.queries import id_of
from core import slots
from core.errors import Invalid
from core.templating import render
from people.models import User
from people.pages.doors import page, who


@require_safe
@page()
def listing(request: HttpRequest, slug: str) -> HttpResponse:
    """A process's sprints, the newest first."""
    user = who(request)
    process = get_process(user, slug)
    context = {
        "process": process,
        "sprints": queries.listed(process, user),
        "may_plan": allows_on(user, "sprint.plan", process),
        "words": words,
    }
    return render(request, "backlog/sprints/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page()
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """Plan one."""
    user, at = who(request), timezone.now()
    process = get_process(user, slug)
    require_on(user, "sprint.plan", process)
    newest = next(iter(queries.sprints_of(process, user)), None)
    first = forms.first_values(newest, queries.today(at))
    form = forms.SprintForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            sprint = actions.plan_sprint(
                process=process, by=user, at=at, **form.cleaned_data
            )
            return Redirect(address(sprint))
        except Invalid as no:
            form.give(no.errors)
    context = {"form": form, "process": process, "sprint": None, "card": forms.CARD}
    status = 422 if form.errors else 200
    return render(request, "backlog/sprints/edit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@page()
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change its goal, card and dates."""
    user = who(request)
    sprint = queries.get_sprint(user, pk)
    require_on(user, "sprint.plan", sprint.process)
    form = forms.SprintForm(request.POST or None, initial=forms.values_of(sprint))
    if request.method == "POST" and form.is_valid():
        try:
            given = form.cleaned_data
            if sprint.ended_at is not None:
                given = {"learned": given["learned"]}
            actions.edit_sprint(sprint=sprint, by=user, at=timezone.now(), given=given)
            messages.success(request, _("Saved."))
            return Redirect(address(sprint))
        except Invalid as no:
            form.give(no.errors)
    context = {"form": form, "process": sprint.process, "sprint": sprint,
               "card": forms.CARD, "name": words.name(sprint)}  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "backlog/sprints/edit.html", context, status=status)


def _show(request: HttpRequest, sprint: Sprint) -> Mapping[str, Any]:
    user, at = who(request), timezone.now()
    stories = queries.stories_of(sprint)
    hands = queries.hands(sprint) if sprint.ended_at is None else []
    is_open = sprint.state in (Sprint.State.PLANNED, Sprint.State.RUNNING)
    forecast = {
        pk for pk, is_in in sprint.held.values_list("story", "in_forecast") if is_in
    }
    return {
        "stories": stories,
        "forecast": forecast,
        "points": sum(s.points or 0 for s in stories),
        "done": sum(s.points or 0 for s in stories if s.state == Story.State.DONE),
        "unsized": sum(s.points is None for s in stories),
        "candidates": queries.candidates(sprint) if is_open else [],
        "is_open": is_open,
        "hands": hands,
        "days": sum((hand.days for hand in hands), Decimal(0)),
        "impediments": queries.open_impediments(sprint, user),
        "card": [(c[0], getattr(sprint, n)) for n, c in forms.CARD.items()],
        "charts": slots.filled("sprint.charts", sprint, user, at),
        "planning": slots.filled("sprint.planning", sprint, user, at),
    }


@sprint_page("backlog/sprints/sprint.html", _show)
def one(request: HttpRequest, sprint: Sprint) -> str:
    """What it is for, what it holds, who has time; its verbs."""
    user, at = who(request), timezone.now()
    verb = request.POST.get("verb", "")
    if verb == "start":
        actions.start(sprint=sprint, by=user, at=at)
        messages.success(request, _("It has begun; its forecast is fixed."))
        return address(sprint, "board/")
    if verb == "cancel":
        why = request.POST.get("why", "")
        actions.cancel(sprint=sprint, by=user, at=at, why=why)
    elif verb in ("add", "remove"):
        do = scope.add_stories if verb == "add" else scope.remove_stories
        do(sprint=sprint, by=user, at=at, stories=_picked(request, user))
    elif verb == "capacity":
        days = _days(request, sprint)
        actions.set_capacity(sprint=sprint, by=user, at=at, days=days)
    return address(sprint)


def _picked(request: HttpRequest, user: User) -> list[Story]:
    """The stories that were ticked, as far as this person may see them."""
    ids = [pk for n in request.POST.getlist("s") if (pk := id_of(n)) is not None]
    if not ids:
        raise Invalid({"stories": [_("Choose a story first.")]})
    return list(Story.objects.visible_to(user).filter(pk__in=ids))


def _days(request: HttpRequest, sprint: Sprint) -> dict[User, Decimal]:
    found = {}
    for hand in queries.hands(sprint):
        typed = request.POST.get(f"days-{hand.user.pk}", "").replace(",", ".").strip()
        try:
            days = Decimal(typed) if typed else hand.proposed
        except InvalidOperation as wrong:
            raise Invalid({"days": [_("Send a number of days.")]}) from wrong
        if not days.is_finite():
            raise Invalid({"days": [_("Send a number of days.")]})
        found[hand.user] = days
    return found


def _show_close(request: HttpRequest, sprint: Sprint) -> Mapping[str, Any]:
    require_on(who(request), "sprint.plan", sprint.process)
    stories = queries.stories_of(sprint)
    then = scope.next_sprint(sprint)
    return {
        "rest": [s for s in stories if s.state != Story.State.DONE],
        "finished": [s for s in stories if s.state == Story.State.DONE],
        "then": then,
        "then_name": words.name(then) if then else "",
    }


@sprint_page("backlog/sprints/close.html", _show_close)
def close(request: HttpRequest, sprint: Sprint) -> str:
    """Every story that is not done goes where a person says."""
    user = who(request)
    to = {
        story: place
        for story in queries.stories_of(sprint)
        if (place := request.POST.get(f"to-{story.number}", ""))
        and story.state != Story.State.DONE
    }
    scope.close(sprint=sprint, by=user, at=timezone.now(), to=to)
    messages.success(request, _("Closed. Its charts stay as they are."))
    return address(sprint)
