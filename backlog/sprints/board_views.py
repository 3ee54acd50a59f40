"""The board of a sprint, and one card of it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from backlog.sprints import board_actions as actions
from backlog.sprints import queries
from backlog.sprints.doors import address, frame
from backlog.sprints.models import Sprint
from backlog.standing import profile_of
from backlog.stories.models import Story
from core.errors import Refused, WrongState
from core.templating import render
from people.models import User
from people.pages.doors import elsewhere, page, who

LANES = "lanes"  # ?lanes=people


@require_http_methods(["GET", "HEAD", "POST"])
@page()
def board(request: HttpRequest, pk: int) -> HttpResponse:
    """Its columns; a card is moved. Within a page only the board is answered."""
    user = who(request)
    sprint, problem, story = queries.get_sprint(user, pk), None, None
    if request.method == "POST":
        story = _card(sprint, request.POST.get("s", ""))
        try:
            actions.set_column(
                story=story,
                by=user,
                at=timezone.now(),
                column=request.POST.get("column", ""),
                because=request.POST.get("because", ""),
            )
        except Refused as no:
            problem = no
        is_part = bool(request.headers.get("HX-Request"))
        if problem is None and not is_part:
            return elsewhere(request, _here(request, sprint))
    return _board(request, sprint, problem, story)


def _board(
    request: HttpRequest, sprint: Sprint, problem: Refused | None, story: Story | None
) -> HttpResponse:
    by_person = request.GET.get(LANES) == "people"
    stories = queries.cards_of(sprint)
    profile = profile_of(sprint.process)
    columns, lanes = queries.board(stories, profile, by_person=by_person)
    context = {
        **frame(request, sprint),
        "columns": columns,
        "lanes": lanes,
        "by_person": by_person,
        "total": len(stories),
        "here": _here(request, sprint),
        "problem": problem,
        "asks_why": isinstance(problem, WrongState) and "column" in problem.allowed,
        "moved": story,
        "wanted": request.POST.get("column", ""),
    }
    part = request.method == "POST" and request.headers.get("HX-Request")
    status = problem.status if problem else 200
    return render(
        request,
        "backlog/sprints/board.html",
        context,
        block="board" if part else None,
        status=status,
    )


def _here(request: HttpRequest, sprint: Sprint) -> str:
    by_person = request.GET.get(LANES) == "people"
    return address(sprint, "board/") + (f"?{LANES}=people" if by_person else "")


@require_http_methods(["GET", "HEAD", "POST"])
@page()
def card(request: HttpRequest, pk: int, number: str) -> HttpResponse:
    """One card: moved, blocked, given to somebody, without dragging."""
    user = who(request)
    sprint, problem = queries.get_sprint(user, pk), None
    story = _card(sprint, number)
    if request.method == "POST":
        try:
            _do(request, story, user)
            return elsewhere(request, _here(request, sprint))
        except Refused as no:
            problem = no
    context = {
        **frame(request, sprint),
        "story": story,
        "here": _here(request, sprint),
        "columns": profile_of(sprint.process).columns,
        "people": [(user.pk, user.name) for user in queries.team(sprint)],
        "problem": problem,
    }
    part = "dialog" if request.headers.get("HX-Request") else None
    status = problem.status if problem else 200
    return render(
        request, "backlog/sprints/card.html", context, block=part, status=status
    )


def _do(request: HttpRequest, story: Story, user: User) -> None:
    given: dict[str, Any] = {"story": story, "by": user, "at": timezone.now()}
    match request.POST.get("verb"):
        case "block":
            actions.block(**given, why=request.POST.get("why", ""))
        case "unblock":
            actions.unblock(**given)
        case "assign":
            pk = request.POST.get("assignee", "")
            person = (
                User.objects.people().filter(pk=pk).first() if pk.isdigit() else None
            )
            actions.assign_on_board(**given, to=person)
        case _:
            column = request.POST.get("column", "")
            because = request.POST.get("because", "")
            actions.set_column(**given, column=column, because=because)


def _card(sprint: Sprint, number: str) -> Story:
    """A card of this sprint, or Http404."""
    found = {story.number: story for story in queries.stories_of(sprint)}
    if number not in found:
        raise Http404(_("There is no such story in this sprint."))
    return found[number]
