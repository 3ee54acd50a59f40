"""What the pages of sprints share: one getter, one frame, refusals on the page."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from backlog.sprints import queries, words
from backlog.sprints.models import Sprint
from backlog.standing import allowed
from core.errors import Refused
from core.templating import render
from people.pages.doors import page, who

Show = Callable[..., Mapping[str, Any]]
Do = Callable[..., str]


def sprint_page(
    template: str, show: Show, getter: Any = queries.get_sprint
) -> Callable[[Do], Any]:
    """A page of one sprint. GET shows it; POST does one thing and answers an address.

    Refused, the page is shown again with what was typed.
    """

    def decorate(do: Do) -> Any:
        @require_http_methods(["GET", "HEAD", "POST"])
        @page()
        @wraps(do)
        def view(request: HttpRequest, pk: int, **named: Any) -> HttpResponse:
            sprint, problem = getter(who(request), pk), None
            if request.method == "POST":
                try:
                    return Redirect(do(request, sprint, **named))
                except Refused as no:
                    problem = no
                    sprint = getter(who(request), pk)
            more = show(request, sprint)
            context = {**frame(request, sprint), **more, "problem": problem}
            status = problem.status if problem else 200
            return render(request, template, context, status=status)

        return view

    return decorate


def frame(request: HttpRequest, sprint: Sprint) -> dict[str, Any]:
    """What the head of each page needs; one query."""
    at, may = timezone.now(), allowed(who(request), sprint.process)
    return {
        "sprint": sprint,
        "at": at,
        "name": words.name(sprint),
        "dates": words.dates(sprint),
        "left": words.left(sprint, queries.today(at)),
        "tone": words.TONES[sprint.state],
        "sign": words.ICONS[sprint.state],
        "may_plan": may("sprint.plan"),
        "may_work": may("sprint.work"),
        "may_cancel": may("sprint.cancel"),
        "typed": request.POST,
        "age": lambda since: words.age(since, at),
        "story_url": lambda s: f"/backlog/{sprint.process.slug}/stories/{s.number}/",
    }


def address(sprint: Sprint, rest: str = "") -> str:
    """/sprints/7/board/."""
    return f"/sprints/{sprint.pk}/{rest}"
