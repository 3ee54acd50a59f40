"""Sprints of the incident process for tests: Dana owns it, Alice and Bob are its team.

Days are counted from a Monday; day 0 is its morning.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from backlog.profile.models import Member
from backlog.sprints import actions, scope_actions
from backlog.sprints.models import Sprint
from backlog.stories.actions import create_story
from backlog.stories.models import Story
from core.errors import Invalid
from core.models import Event
from tests.cast import AT, Cast
from tests.itsm.checks import refused

MONDAY = date(2026, 3, 2)
_titles = count(1)


def day(n: float) -> datetime:
    """So many days after the Monday morning."""
    return AT + timedelta(days=n)


def a_team(cast: Cast) -> None:
    """Alice and Bob improve the incident process, two days a week each."""
    for name in ("alice", "bob"):
        Member.objects.get_or_create(
            process=cast.processes["incident"],
            user=cast.people[name],
            defaults={"days_a_week": 2},
        )


def a_story(cast: Cast, points: int | None = 3, **fields: Any) -> Story:
    """A story of the incident process, written by Dana."""
    given = {"title": f"Story {next(_titles)}", "points": points} | fields
    process = given.pop("process", cast.processes["incident"])
    return create_story(process=process, by=cast.dana, at=AT, **given)


def a_sprint(cast: Cast, *stories: Story, start: int = 0, **fields: Any) -> Sprint:
    """A planned sprint of two weeks."""
    a_team(cast)
    first = MONDAY + timedelta(days=start)
    given = {
        "process": cast.processes["incident"],
        "goal": "Nobody waits for a password",
        "starts_on": first,
        "ends_on": first + timedelta(days=11),
    } | fields
    sprint = actions.plan_sprint(by=cast.dana, at=day(start), **given)
    if stories:
        scope_actions.add_stories(
            sprint=sprint, by=cast.dana, at=day(start), stories=stories
        )
    return sprint


def running(cast: Cast, *stories: Story, **fields: Any) -> Sprint:
    """One that Dana has started."""
    sprint = a_sprint(cast, *stories, **fields)
    at = day(fields.get("start", 0))
    return actions.start(sprint=sprint, by=cast.dana, at=at)


def told(sprint: Sprint) -> list[Event]:
    """Its events, oldest first."""
    rows = Event.objects.filter(subject_type="sprint", subject_id=sprint.pk)
    return list(rows.order_by("id"))


def kinds(sprint: Sprint) -> list[str]:
    """The same by their short names."""
    return [event.kind.removeprefix("sprint.") for event in told(sprint)]


@contextmanager
def invalid(*names: str) -> Iterator[None]:
    """It is refused, and these fields are why."""
    with refused(Invalid) as no:
        yield
    assert {*names} <= no.value.errors.keys()
