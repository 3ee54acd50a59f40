"""What the verbs of sprints share: the row that is held, what may be guarded."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from backlog.profile.models import Profile
from backlog.sprints.models import Sprint, SprintStory
from backlog.standing import lock, require_on
from backlog.stories.models import Story
from core.errors import Invalid, WrongState
from core.log import record
from people.models import User

PLANNED, RUNNING = Sprint.State.PLANNED, Sprint.State.RUNNING
VERBS = {
    PLANNED: ("add", "remove", "start", "cancel"),
    RUNNING: ("add", "remove", "close", "cancel"),
}


def held(sprint: Sprint, verb: str, by: User) -> tuple[Sprint, Profile]:
    """The sprint and its process's profile, locked; policy is asked."""
    profile = lock(sprint.process)
    rows = Sprint.objects.select_related("process__owner", "team")
    row = rows.select_for_update(of=("self",), no_key=True).get(pk=sprint.pk)
    require_on(by, verb, row.process)
    return row, profile


def require_state(sprint: Sprint, *states: str) -> None:
    """Raise WrongState where it stands elsewhere."""
    if sprint.state in states:
        return
    words = {"state": sprint.get_state_display().lower()}
    allowed = VERBS.get(Sprint.State(sprint.state), ())
    raise WrongState(_("The sprint is %(state)s.") % words, allowed=allowed)


def points_of(stories: Iterable[Story]) -> dict[str, int | None]:
    """Their points as an event keeps them."""
    return {str(story.pk): story.points for story in stories}


def bring_in(
    sprint: Sprint,
    stories: Sequence[Story],
    profile: Profile,
    *,
    by: User | None,
    at: datetime,
) -> None:
    """Put stories of no sprint into this one, at the first column of its board."""
    column = profile.columns[0]["slug"]
    SprintStory.objects.bulk_create(
        [SprintStory(sprint=sprint, story=s, points=s.points, added_at=at)
         for s in stories],
        update_conflicts=True,
        unique_fields=["sprint", "story"],
        update_fields=["points", "added_at"],
    )  # fmt: skip
    sprint.held.filter(story__in=stories).update(removed_at=None, went_to="")
    Story.objects.filter(pk__in=[s.pk for s in stories]).update(
        sprint=sprint, column=column, column_at=at, state=Story.State.OPEN
    )
    record(
        "sprint.add",
        subject=sprint,
        by=by,
        at=at,
        changes={"stories": (None, points_of(stories))},
    )
    for story in stories:
        changes: dict[str, tuple[Any, Any]] = {"sprint": (story.sprint_id, sprint.pk)}
        record("story.sprint", subject=story, by=by, at=at, changes=changes)
        story.sprint, story.column, story.column_at = sprint, column, at


def take_out(
    sprint: Sprint, stories: Sequence[Story], *, by: User | None, at: datetime
) -> None:
    """Say of a sprint that it no longer holds them."""
    if not stories:
        return
    sprint.held.filter(story__in=stories).update(removed_at=at)
    changes = {"stories": (points_of(stories), None)}
    record("sprint.remove", subject=sprint, by=by, at=at, changes=changes)


def let_go(stories: Sequence[Story], *, by: User | None, at: datetime) -> None:
    """Back to the backlog, where they keep their rank."""
    Story.objects.filter(pk__in=[s.pk for s in stories]).exclude(
        state=Story.State.DROPPED
    ).update(state=Story.State.OPEN)
    Story.objects.filter(pk__in=[s.pk for s in stories]).update(
        sprint=None, column="", column_at=None, blocked="", blocked_at=None
    )
    for story in stories:
        changes = {"sprint": (story.sprint_id, None)}
        record("story.sprint", subject=story, by=by, at=at, changes=changes)
        story.sprint = None


def required(name: str, text: str, most: int) -> str:
    """The text without its edges. Raises Invalid where it is empty or too long."""
    text = text.strip()
    if not text:
        raise Invalid({name: [_("This is needed.")]})
    if len(text) > most:
        words = {"most": most}
        raise Invalid({name: [_("At most %(most)s characters are possible.") % words]})
    return text
