"""The board: a story stands in a column, is blocked, and is free again."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from backlog.profile.models import Profile
from backlog.sprints.common import RUNNING, required
from backlog.sprints.models import Sprint
from backlog.standing import lock, require_on
from backlog.stories.models import Story
from core.errors import Invalid, WrongState
from core.log import act, record
from core.texts import keep
from people.models import User

LONGEST_WHY = 250
STATES = {
    "todo": Story.State.OPEN,
    "doing": Story.State.DOING,
    "done": Story.State.DONE,
}


def set_column(
    *, story: Story, by: User, at: datetime, column: str, because: str = ""
) -> Story:
    """Move it to another column; its state follows the column's category.

    A full column says no, unless somebody says why it has to be (`because`).
    Raises Forbidden, Invalid, WrongState.
    """
    with act():
        story, sprint, profile = _held(story, by)
        to = _column(profile, column)
        if story.column == column:
            return story
        changes: dict[str, tuple[Any, Any]] = {"column": (story.column, column)}
        if is_full(story, to):
            if not because.strip():
                raise WrongState(_full(to), allowed=("column",))
            body = required("because", because, LONGEST_WHY)
            kept = keep(subject=story, field="over_limit", body=body, by=by, at=at)
            changes["over_limit"] = (None, kept)
        state = STATES[to["category"]]
        if state != story.state:
            changes["state"] = (story.state, state)
        before, story.state = story.state, state
        story.column, story.column_at = column, at
        story.done_at = at if state == Story.State.DONE else None
        story.updated_at = at
        story.save(
            update_fields=["column", "column_at", "state", "done_at", "updated_at"]
        )
        record("story.column", subject=story, by=by, at=at, changes=changes)
        _tell_sprint(sprint, story, before, by=by, at=at)
    return story


def block(*, story: Story, by: User, at: datetime, why: str) -> Story:
    """It cannot go on, and why. Raises Forbidden, Invalid, WrongState."""
    return _set_blocked(story, required("why", why, LONGEST_WHY), by=by, at=at)


def unblock(*, story: Story, by: User, at: datetime) -> Story:
    """It can go on. Raises Forbidden, WrongState."""
    return _set_blocked(story, "", by=by, at=at)


def assign_on_board(*, story: Story, by: User, at: datetime, to: User | None) -> Story:
    """Who works on it. Raises Forbidden, Invalid, WrongState."""
    with act():
        story, _sprint, _profile = _held(story, by)
        if to is not None and not to.works_here:
            raise Invalid({"assignee": [_("Choose somebody who works here.")]})
        old, new = story.assignee_id, to.pk if to else None
        if old != new:
            story.assignee, story.updated_at = to, at
            story.save(update_fields=["assignee", "updated_at"])
            changes = {"assignee": (old, new)}
            record("story.edit", subject=story, by=by, at=at, changes=changes)
    return story


def is_full(story: Story, column: dict[str, Any]) -> bool:
    """Whether the column's work limit is reached without this story; one query."""
    limit = column.get("limit")
    if not limit:
        return False
    there = Story.objects.filter(sprint=story.sprint, column=column["slug"])
    return there.exclude(pk=story.pk).count() >= limit


def _set_blocked(story: Story, why: str, *, by: User, at: datetime) -> Story:
    with act():
        story, _sprint, _profile = _held(story, by)
        if story.blocked == why:
            return story
        changes = {"blocked": (bool(story.blocked), bool(why))}
        if why:
            kept = keep(subject=story, field="blocked", body=why, by=by, at=at)
            changes["why"] = (None, kept)  # type: ignore[assignment]
        story.blocked, story.blocked_at = why, at if why else None
        story.updated_at = at
        story.save(update_fields=["blocked", "blocked_at", "updated_at"])
        record("story.block", subject=story, by=by, at=at, changes=changes)
    return story


def _held(story: Story, by: User) -> tuple[Story, Sprint, Profile]:
    """The story in its running sprint, locked; policy is asked."""
    profile = lock(story.process)
    rows = Story.objects.select_related("process__owner", "sprint__process", "assignee")
    row = rows.select_for_update(of=("self",), no_key=True).get(pk=story.pk)
    require_on(by, "sprint.work", row.process)
    if row.sprint is None or row.sprint.state != RUNNING:
        raise WrongState(_("%(number)s is in no sprint that runs.") % {"number": row})
    return row, row.sprint, profile


def _column(profile: Profile, slug: str) -> dict[str, Any]:
    for column in profile.columns:
        if column["slug"] == slug:
            return dict(column)
    words = {"columns": ", ".join(c["slug"] for c in profile.columns)}
    raise Invalid({"column": [_("Choose one of: %(columns)s.") % words]})


def _full(column: dict[str, Any]) -> str:
    words = {"name": column["name"], "limit": column["limit"]}
    return _(
        "“%(name)s” holds %(limit)s, which is its limit. Help to finish one of them "
        "first, or say why this one has to go in besides."
    ) % words  # fmt: skip


def _tell_sprint(
    sprint: Sprint, story: Story, before: str, *, by: User, at: datetime
) -> None:
    """What charts count: done, or not any more."""
    done = Story.State.DONE
    if (before == done) == (story.state == done):
        return
    points = {str(story.pk): story.points}
    row = sprint.held.filter(story=story)
    if story.state == done:
        row.update(done_at=at)
        changes = {"stories": (None, points)}
        record("sprint.done", subject=sprint, by=by, at=at, changes=changes)
    else:
        row.update(done_at=None)
        undone = {"stories": (points, None)}
        record("sprint.undone", subject=sprint, by=by, at=at, changes=undone)
