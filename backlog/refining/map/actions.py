"""What a move on the story map does: the cell, and the rank within it.

Map and rank are two views of one thing. A cell shows its stories in rank order, and a
move writes one row: the story's. Its rank changes only where the new neighbours in the
cell ask for it.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from backlog.increments import actions as increments
from backlog.increments.models import Increment
from backlog.mapping import actions as mapping
from backlog.mapping.models import Activity
from backlog.standing import lock, require_on
from backlog.stories import actions as stories
from backlog.stories.models import Story
from core.errors import Invalid, WrongState
from core.log import act
from people.models import User

KEEP: Any = object()  # "as it is", where None says "none"


def place_story(
    *,
    story: Story,
    by: User,
    at: datetime,
    activity: Activity | None = KEEP,
    increment: Increment | None = KEEP,
    before: Story | None = KEEP,
) -> Story:
    """Put a story into a cell: before another one there, or (None) behind all there.

    Left out, `before` leaves the rank alone. Raises Forbidden, Invalid, WrongState.
    """
    with act():
        lock(story.process)
        story.refresh_from_db()
        given: dict[str, Any] = {}
        if activity is not KEEP and _pk(activity) != story.activity_id:
            given["activity"] = activity
        if increment is not KEEP and _pk(increment) != story.increment_id:
            _require_open(story.increment)
            _require_open(increment)
            given["increment"] = increment
        if given:
            story = stories.edit_story(story=story, by=by, at=at, given=given)
        else:
            require_on(by, "story.write", story.process)
        if before is not KEEP:
            story = _between(story, before, by, at)
    return story


def _between(story: Story, before: Story | None, by: User, at: datetime) -> Story:
    """Move it in the rank, only if its neighbours in the cell are not already right."""
    cell = list(cell_of(story).exclude(pk=story.pk).order_by("rank"))
    place = len(cell)
    if before is not None:
        place = next((n for n, one in enumerate(cell) if one.pk == before.pk), -1)
        if place < 0:
            raise Invalid({"before": [_("That story is not in this place.")]})
    low = cell[place - 1] if place else None
    high = cell[place] if place < len(cell) else None
    if (low is None or low.rank < story.rank) and (
        high is None or story.rank < high.rank
    ):
        return story
    if high is not None:
        return stories.move_story(story=story, by=by, at=at, before=high)
    return stories.move_story(story=story, by=by, at=at, after=low)


def cell_of(story: Story) -> Any:
    """The stories that the map shows in the same cell, itself among them."""
    rows = Story.objects.filter(process_id=story.process_id).exclude(
        state=Story.State.DROPPED
    )
    if story.increment_id is None:
        rows = rows.exclude(state=Story.State.DONE)
    return rows.filter(activity_id=story.activity_id, increment_id=story.increment_id)


def below(story: Story) -> Story | None:
    """The next one of its cell in the rank as it is now; one query."""
    rank = Story.objects.filter(pk=story.pk).values("rank")
    found: Story | None = cell_of(story).filter(rank__gt=rank).order_by("rank").first()
    return found


def drop_activity(*, activity: Activity, by: User, at: datetime) -> None:
    """Take it off the map. Its stories stand in its activity then, or beside the map.

    Raises Forbidden, WrongState (it has steps).
    """
    with act():
        lock(activity.process)
        require_on(by, mapping.VERB, activity.process)
        held = Story.objects.filter(activity=activity).order_by("rank")
        for story in held.exclude(state=Story.State.DROPPED):
            given = {"activity": activity.parent}
            stories.edit_story(story=story, by=by, at=at, given=given)
        mapping.drop_activity(activity=activity, by=by, at=at)


def add_stories(
    *, increment: Increment, by: User, at: datetime, stories: list[Story]
) -> Increment:
    """Put these into it, from wherever they were. Raises Forbidden, WrongState."""
    return _hold(increment, stories, increment, by, at)


def remove_stories(
    *, increment: Increment, by: User, at: datetime, stories: list[Story]
) -> Increment:
    """Take these out of it. Raises Forbidden, Invalid, WrongState."""
    return _hold(increment, stories, None, by, at)


def drop_increment(*, increment: Increment, by: User, at: datetime) -> Increment:
    """It will not come; its stories wait for another. Raises Forbidden, WrongState."""
    with act():
        increment = increments.locked(increment)
        require_on(by, increments.PLAN, increment.process)
        _require_open(increment)
        _hold(increment, list(increment.stories.all()), None, by, at)
        return increments.drop_increment(increment=increment, by=by, at=at)


def _hold(
    increment: Increment,
    some: list[Story],
    to: Increment | None,
    by: User,
    at: datetime,
) -> Increment:
    with act():
        increment = increments.locked(increment)
        require_on(by, increments.PLAN, increment.process)
        _require_open(increment)
        held = set(increment.stories.values_list("pk", flat=True))
        if to is None and (strangers := [s.number for s in some if s.pk not in held]):
            words = {"numbers": ", ".join(strangers)}
            raise Invalid({"stories": [_("Not in it: %(numbers)s.") % words]})
        for story in some:
            if story.state == Story.State.DROPPED and to is None:
                Story.objects.filter(pk=story.pk).update(increment=None)
                continue
            place_story(story=story, by=by, at=at, increment=to)
    return increment


def _require_open(increment: Increment | None) -> None:
    """What was released or dropped keeps the stories it had."""
    if increment is not None and increment.state not in increments.OPEN:
        words = {"name": increment.name}
        raise WrongState(
            _("“%(name)s” is closed; its stories stay as they are.") % words,
            allowed=increments.verbs(increment),
        )


def _pk(row: Any) -> int | None:
    return None if row is None else row.pk
