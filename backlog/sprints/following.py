"""A sprint joins in what happens to its stories elsewhere: their points are edited,
they are dropped. So its own events hold all that its charts need."""

from typing import Any

from backlog.sprints.common import take_out
from backlog.sprints.models import Sprint
from backlog.stories.models import Story
from core import followers
from core.log import record
from core.models import Event
from people.models import User

ESTIMATE = "story.estimate"  # poker's final; an edit tells the sprint itself
LEAVES = ("story.drop", "story.merge", "story.split")


def follow(event: Event, story: Any) -> None:
    """Called within the action that changes a story; up to two queries."""
    if story.sprint_id is None or not isinstance(story, Story):
        return
    if event.kind == ESTIMATE and "points" in event.changes:
        _estimated(event, story)
    elif story.state == Story.State.DROPPED and event.kind in LEAVES:
        _left(event, story)


def _estimated(event: Event, story: Story) -> None:
    sprint = story.sprint
    if sprint is None or sprint.state != Sprint.State.RUNNING:
        return
    old, new = event.changes["points"]
    by = _actor(event)
    changes = {"story": (story.pk, story.pk), "points": (old, new)}
    record("sprint.estimate", subject=sprint, by=by, at=event.at, changes=changes)


def _left(event: Event, story: Story) -> None:
    sprint = story.sprint
    if sprint is not None and sprint.state in (
        Sprint.State.PLANNED,
        Sprint.State.RUNNING,
    ):
        take_out(sprint, [story], by=_actor(event), at=event.at)
        sprint.held.filter(story=story).update(went_to="dropped")
        Story.objects.filter(pk=story.pk).update(sprint=None, column="", column_at=None)
        story.sprint, story.column, story.column_at = None, "", None


def _actor(event: Event) -> User | None:
    return None if event.actor_id is None else User(pk=event.actor_id)


def register() -> None:
    """Join the actions on stories."""
    followers.follow(Story.subject_type, follow)
