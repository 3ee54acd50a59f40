"""The page of a story's estimates."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from backlog.refining.poker import actions, queries
from backlog.refining.sizes import scale_of, word_of
from backlog.standing import allows_on, get_process, profile_of
from backlog.stories.actions import remark
from backlog.stories.models import Story
from backlog.stories.queries import get_story
from core.errors import Refused
from core.templating import render
from people.pages.doors import page, who

SEE = "process.see"  # for those who work here
TALK = 20  # newest remarks


@require_safe
@page(SEE)
def table(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    """The story, what everybody said as far as it is revealed, and what can be done."""
    return _table(request, _story(request, slug, number))


def _table(
    request: HttpRequest, story: Story, problem: Refused | None = None
) -> HttpResponse:
    user = who(request)
    profile = profile_of(story.process)
    found = queries.table_of(story, user, profile)
    talk = story.remarks.select_related("author").order_by("-at")[:TALK]
    context = {
        "process": story.process,
        "story": story,
        "table": found,
        "scale": scale_of(profile),
        "word": lambda points: word_of(points, profile),
        "earlier": [
            e for e in queries.earlier(story, profile) if e.number != found.number
        ],
        "criteria": list(story.criteria.order_by("position")),
        "talk": list(talk)[::-1],
        "may_vote": allows_on(user, actions.VERB, story.process),
        "problem": problem,
        "typed": request.POST,
    }
    status = problem.status if problem else 200
    return render(request, "backlog/refine/poker.html", context, status=status)


@require_POST
@page(SEE)
def act(request: HttpRequest, slug: str, number: str, verb: str) -> HttpResponse:
    """Open, vote, reveal, next round, final word, or say something about it."""
    story = _story(request, slug, number)
    do = VERBS.get(verb)
    if do is None:
        raise Http404
    try:
        do(request, story)
    except Refused as no:
        return _table(request, _story(request, slug, number), no)
    return Redirect(reverse("poker", args=[slug, story.number]))


def _plain(verb: Callable[..., Any]) -> Callable[[HttpRequest, Story], None]:
    def do(request: HttpRequest, story: Story) -> None:
        verb(story=story, by=who(request), at=timezone.now())

    return do


def _vote(request: HttpRequest, story: Story) -> None:
    actions.vote(
        story=story,
        by=who(request),
        at=timezone.now(),
        points=_points(request),
        why=_text(request, "why"),
    )


def _settle(request: HttpRequest, story: Story) -> None:
    points: Any = _points(request)
    actions.settle(story=story, by=who(request), at=timezone.now(), points=points)


def _remark(request: HttpRequest, story: Story) -> None:
    body = _text(request, "body")
    remark(story=story, by=who(request), at=timezone.now(), body=body)


VERBS: dict[str, Callable[[HttpRequest, Story], None]] = {
    "open": _plain(actions.open_round),
    "vote": _vote,
    "reveal": _plain(actions.reveal),
    "next": _plain(actions.next_round),
    "final": _settle,
    "remark": _remark,
}


def _points(request: HttpRequest) -> int | None:
    """What was chosen; "?" is "I cannot tell", and nothing is on no scale."""
    sent = request.POST.get("points", "")
    if sent == "?":
        return None
    return int(sent[:4]) if sent.isascii() and sent.isdigit() else 0


def _text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\x00", "")


def _story(request: HttpRequest, slug: str, number: str) -> Story:
    process = get_process(who(request), slug)
    story = get_story(who(request), number)
    if story.process_id != process.pk:
        raise Http404(_("There is no such story for you."))
    return story
