"""A sprint is planned, started and, by the owner alone, cancelled."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from backlog.sprints.common import (
    PLANNED,
    RUNNING,
    held,
    let_go,
    points_of,
    require_state,
)
from backlog.sprints.models import Capacity, Sprint
from backlog.standing import lock, require_on
from backlog.stories.models import Story
from core.errors import Invalid, WrongState
from core.log import act, record
from people.changes import as_made, put, require_known
from people.models import User
from processes.models import Process

KATA = ("condition", "now", "obstacle", "experiment", "learned")
TEXTS = frozenset({"goal", *KATA})
FIELDS = TEXTS | {"team", "starts_on", "ends_on"}
SHORTEST, LONGEST = timedelta(days=4), timedelta(days=28)  # Monday to Friday; 4 weeks
LONGEST_GOAL, LONGEST_WHY, LONGEST_TEXT = 500, 250, 5000
MOST_DAYS = Decimal(28)


def plan_sprint(
    *,
    process: Process,
    by: User,
    at: datetime,
    goal: str,
    starts_on: date,
    ends_on: date,
    **more: Any,
) -> Sprint:
    """A new sprint of a process, not started. Raises Forbidden, Invalid."""
    given = {"goal": goal, "starts_on": starts_on, "ends_on": ends_on, **more}
    with act():
        lock(process)
        require_on(by, "sprint.plan", process)
        _check(given, starts_on, ends_on)
        newest = process.sprints.aggregate(n=Max("number"))["n"]
        sprint = Sprint(
            process=process, number=(newest or 0) + 1, created_at=at, **given
        )
        sprint.save()
        changes = as_made({"process": process, **given}, TEXTS)
        record("sprint.plan", subject=sprint, by=by, at=at, changes=changes)
    return sprint


def edit_sprint(
    *, sprint: Sprint, by: User, at: datetime, given: Mapping[str, Any]
) -> Sprint:
    """Change its goal, card, team or dates. A running sprint keeps its first day, and
    one that is over only takes what was learned. Raises Forbidden, Invalid, WrongState.
    """
    with act():
        sprint, _profile = held(sprint, "sprint.plan", by)
        if given.keys() - {"learned"}:
            require_state(sprint, PLANNED, RUNNING)
        starts_on = given.get("starts_on", sprint.starts_on)
        if sprint.state == RUNNING and starts_on != sprint.starts_on:
            raise Invalid({"starts_on": [_("It has begun; its first day stays.")]})
        _check(given, starts_on, given.get("ends_on", sprint.ends_on))
        changes = put(sprint, given, texts=TEXTS, by=by, at=at)
        if changes:
            record("sprint.edit", subject=sprint, by=by, at=at, changes=changes)
    return sprint


def set_capacity(
    *, sprint: Sprint, by: User, at: datetime, days: Mapping[User, Decimal]
) -> Sprint:
    """How many days each person has. Raises Forbidden, Invalid, WrongState."""
    with act():
        sprint, _profile = held(sprint, "sprint.plan", by)
        require_state(sprint, PLANNED, RUNNING)
        wrong = [u for u, n in days.items() if not 0 <= n <= MOST_DAYS]
        if wrong:
            raise Invalid({"days": [_("Between 0 and 28 days.")]})
        for user, n in days.items():
            Capacity.objects.update_or_create(
                sprint=sprint, user=user, defaults={"days": n}
            )
        told = {str(user.pk): float(n) for user, n in days.items()}
        changes = {"capacity": (None, told)}
        record("sprint.edit", subject=sprint, by=by, at=at, changes=changes)
    return sprint


def start(*, sprint: Sprint, by: User, at: datetime) -> Sprint:
    """Begin it: what it holds now is the forecast, for good.

    Raises Forbidden, WrongState (also while another of this team runs).
    """
    with act():
        sprint, _profile = held(sprint, "sprint.plan", by)
        require_state(sprint, PLANNED)
        others = Sprint.objects.filter(
            process_id=sprint.process_id, team=sprint.team, state=RUNNING
        )
        if other := others.first():
            words = {"number": other.number}
            raise WrongState(
                _("Sprint %(number)s of this team is still running.") % words,
                allowed=("add", "remove", "cancel"),
            )
        stories = list(Story.objects.filter(sprint=sprint).order_by("rank"))
        for row in sprint.held.filter(removed_at=None).select_related("story"):
            row.in_forecast, row.points = True, row.story.points
            row.save(update_fields=["in_forecast", "points"])
        sprint.state, sprint.started_at = RUNNING, at
        sprint.save(update_fields=["state", "started_at"])
        changes = {"forecast": (None, points_of(stories))}
        record("sprint.start", subject=sprint, by=by, at=at, changes=changes)
    return sprint


def cancel(*, sprint: Sprint, by: User, at: datetime, why: str = "") -> Sprint:
    """End it without its goal; what is not done goes back. The owner alone may.

    Raises Forbidden, Invalid, WrongState.
    """
    with act():
        sprint, _profile = held(sprint, "sprint.cancel", by)
        require_state(sprint, PLANNED, RUNNING)
        if len(why) > LONGEST_WHY:
            words = {"most": LONGEST_WHY}
            raise Invalid(
                {"why": [_("At most %(most)s characters are possible.") % words]}
            )
        sprint.cancelled_why = why.strip()
        rest = list(Story.objects.filter(sprint=sprint).exclude(state=Story.State.DONE))
        sprint.held.filter(story__in=rest).update(went_to="backlog")
        sprint.state, sprint.ended_at = Sprint.State.CANCELLED, at
        sprint.save(update_fields=["state", "ended_at", "cancelled_why"])
        to = {str(story.pk): "backlog" for story in rest}
        record(
            "sprint.cancel", subject=sprint, by=by, at=at, changes={"to": (None, to)}
        )
        let_go(rest, by=by, at=at)
    return sprint


def _check(given: Mapping[str, Any], starts_on: date, ends_on: date) -> None:
    """Known fields, a goal, one to four weeks."""
    require_known(given, FIELDS)
    errors: dict[str, list[str]] = {}
    if "goal" in given and not str(given["goal"]).strip():
        errors["goal"] = [_("Say what the sprint is for: its goal.")]
    if len(given.get("goal", "")) > LONGEST_GOAL:
        words = {"most": LONGEST_GOAL}
        errors["goal"] = [_("At most %(most)s characters are possible.") % words]
    if ends_on <= starts_on:
        errors["ends_on"] = [_("It ends after it starts.")]
    elif not SHORTEST <= ends_on - starts_on <= LONGEST:
        errors["ends_on"] = [_("A sprint takes one to four weeks.")]
    if errors:
        raise Invalid(errors)
