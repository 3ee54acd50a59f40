"""Daily scrum, review and retrospective of a sprint."""

from collections.abc import Mapping
from secrets import token_urlsafe
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from backlog.sprints import daily_actions as daily_of
from backlog.sprints import queries, words
from backlog.sprints import retro_actions as retro_of
from backlog.sprints import review_actions as review_of
from backlog.sprints.doors import address, sprint_page
from backlog.sprints.formats import FORMATS, PHASES, WRITE
from backlog.sprints.models import Impediment, RetroNote, ReviewPiece, Sprint
from backlog.standing import allows_on
from core.errors import Invalid
from people.models import User
from people.pages.doors import who


def _pk(request: HttpRequest, name: str) -> int:
    """An id that was sent; 0 is nobody's."""
    sent = request.POST.get(name, "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 19 else 0


def _show_daily(request: HttpRequest, sprint: Sprint) -> Mapping[str, Any]:
    user, today = who(request), queries.today(timezone.now())
    said = queries.daily(sprint, today)
    mine = next((one for one in said if one.user == user), None)
    stories = queries.stories_of(sprint)
    return {
        "today": today,
        "said": said,
        "mine": mine,
        "impediments": queries.open_impediments(sprint, user),
        "people": [(u.pk, u.name) for u in queries.team(sprint)],
        "my_stories": [s for s in stories if s.assignee_id == user.pk],
        "blocked": [s for s in stories if s.blocked],
    }


@sprint_page("backlog/sprints/daily.html", _show_daily)
def daily(request: HttpRequest, sprint: Sprint) -> str:
    """Yesterday, today, and what is in the way."""
    user, at = who(request), timezone.now()
    verb = request.POST.get("verb", "")
    if verb == "impediment":
        daily_of.raise_impediment(
            process=sprint.process,
            sprint=sprint,
            by=user,
            at=at,
            text=request.POST.get("text", ""),
            owner=_person(request),
            needs_help="needs_help" in request.POST,
        )
    elif verb == "resolve":
        daily_of.resolve_impediment(
            impediment=_impediment(request, user),
            by=user,
            at=at,
            how=request.POST.get("how", ""),
        )
    elif verb == "own":
        daily_of.change_impediment(
            impediment=_impediment(request, user),
            by=user,
            at=at,
            given={"owner": _person(request)},
        )
    else:
        _say(request, sprint, user)
    return address(sprint, "daily/")


def _say(request: HttpRequest, sprint: Sprint, user: User) -> None:
    at = timezone.now()
    daily_of.say_daily(
        sprint=sprint,
        by=user,
        at=at,
        on=queries.today(at),
        yesterday=request.POST.get("yesterday", ""),
        today=request.POST.get("today", ""),
    )


def _person(request: HttpRequest) -> User | None:
    return User.objects.people().filter(pk=_pk(request, "owner")).first()


def _impediment(request: HttpRequest, user: User) -> Impediment:
    found = queries.impediments(user).filter(pk=_pk(request, "impediment")).first()
    if found is None:
        raise Http404(_("There is no such impediment for you."))
    return found


def _show_review(request: HttpRequest, sprint: Sprint) -> Mapping[str, Any]:
    user = who(request)
    pieces = queries.pieces(sprint, user)
    shown = queries.shown(sprint, user)
    return {
        "shown": shown,
        "made": sum(len(stories) for _increment, stories in shown),
        "pieces": pieces,
        "open": sum(piece.answered_at is None for piece in pieces),
        "may_answer": allows_on(user, "review.answer", sprint.process),
        "may_give": sprint.started_at is not None,
        "base": "base.html" if user.is_staff else "portal_base.html",
    }


@sprint_page("backlog/sprints/review.html", _show_review, queries.get_reviewed)
def review(request: HttpRequest, sprint: Sprint) -> str:
    """What was made, what is said to it, what becomes of that."""
    user, at = who(request), timezone.now()
    verb = request.POST.get("verb", "")
    if verb not in ("answer", "story"):
        review_of.give_feedback(
            sprint=sprint,
            by=user,
            at=at,
            text=request.POST.get("text", ""),
            said_by=request.POST.get("said_by", "") if user.is_staff else "",
        )
        messages.success(request, _("Noted. It will be answered."))
        return address(sprint, "review/")
    piece = _piece(request, sprint)
    answer = request.POST.get("answer", "")
    if verb == "story":
        title = request.POST.get("title", "")
        review_of.make_story_of_feedback(
            piece=piece, by=user, at=at, title=title, answer=answer
        )
    else:
        review_of.answer_feedback(piece=piece, by=user, at=at, answer=answer)
    return address(sprint, "review/")


def _piece(request: HttpRequest, sprint: Sprint) -> ReviewPiece:
    found = sprint.pieces.filter(pk=_pk(request, "piece")).first()
    if found is None:
        raise Http404(_("There is no such feedback."))
    return found


def _show_retro(request: HttpRequest, sprint: Sprint) -> Mapping[str, Any]:
    user = who(request)
    heaps = queries.heaps(sprint, retro_of.voter_key(sprint, user))
    found = FORMATS.get(sprint.retro_format)
    before, actions = queries.last_actions(sprint)
    used = sum(heap.mine for listed in heaps.values() for heap in listed)
    return {
        "format": found,
        "formats": FORMATS,
        "phases": PHASES,
        "phase": sprint.retro_phase,
        "is_hidden": sprint.retro_phase == WRITE,
        "heaps": heaps,
        "count": sum(1 + len(h.under) for some in heaps.values() for h in some),
        "my_key": retro_of.key_of(_secret(request, sprint)),
        "votes_left": retro_of.VOTES - used,
        "before": before,
        "before_name": words.name(before) if before else "",
        "actions": actions,
        "may_write": allows_on(user, "story.write", sprint.process),
    }


@sprint_page("backlog/sprints/retro.html", _show_retro)
def retro(request: HttpRequest, sprint: Sprint) -> str:
    """Anonymous notes, grouped, voted on; actions that become stories."""
    given: dict[str, Any] = {"by": who(request), "at": timezone.now()}
    sent = request.POST
    match sent.get("verb", ""):
        case "phase":
            phase, chosen = sent.get("phase", ""), sent.get("format", "")
            retro_of.set_retro(sprint=sprint, **given, phase=phase, format=chosen)
        case "note":
            retro_of.add_note(
                sprint=sprint,
                **given,
                category=sent.get("category", ""),
                text=sent.get("text", ""),
                secret=_secret(request, sprint),
            )
        case verb:
            _with_note(verb, _note(request, sprint, "note"), request, given)
    return address(sprint, "retro/")


def _with_note(
    verb: str, note: RetroNote | None, request: HttpRequest, given: dict[str, Any]
) -> None:
    if note is None:
        raise Http404(_("There is no such note."))
    match verb:
        case "take-back":
            secret = _secret(request, note.sprint)
            retro_of.take_back(note=note, **given, secret=secret)
        case "group":
            under = _note(request, note.sprint, "under")
            retro_of.group_note(note=note, **given, under=under)
        case "vote":
            retro_of.vote(note=note, **given, n=_pk(request, "n"))
        case "story":
            title = request.POST.get("title", "")
            retro_of.make_story_of_note(note=note, **given, title=title)
        case _:
            raise Invalid({"verb": [_("Choose one of them.")]})


def _note(request: HttpRequest, sprint: Sprint, name: str) -> RetroNote | None:
    return sprint.notes.filter(pk=_pk(request, name)).first()


def _secret(request: HttpRequest, sprint: Sprint) -> str:
    """What only this browser has: by it alone its own notes are known."""
    name = f"retro:{sprint.pk}"
    if name not in request.session:
        request.session[name] = token_urlsafe(24)
    return str(request.session[name])
