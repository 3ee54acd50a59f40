"""Which stories a sprint holds: added, taken out, and at its close put elsewhere."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from backlog.profile.models import Profile
from backlog.sprints.common import (
    PLANNED,
    RUNNING,
    bring_in,
    held,
    let_go,
    require_state,
    take_out,
)
from backlog.sprints.models import Sprint
from backlog.stories.models import Story
from core.errors import Invalid
from core.log import act, record
from people.models import User

BACKLOG, NEXT = "backlog", "next"
PLACES = (BACKLOG, NEXT)
Places = Mapping[Story, str]


def add_stories(
    *, sprint: Sprint, by: User, at: datetime, stories: Sequence[Story]
) -> Sprint:
    """Bring stories in; in a running sprint that is a change of scope, named as such.

    Adding what it holds already changes nothing. Raises Forbidden, Invalid, WrongState.
    """
    with act():
        sprint, profile = held(sprint, "sprint.plan", by)
        require_state(sprint, PLANNED, RUNNING)
        rows = _fresh(stories)
        errors = [said for row in rows if (said := _cannot_come(row, sprint))]
        if errors:
            raise Invalid({"stories": errors})
        new = [row for row in rows if row.sprint_id != sprint.pk]
        if new:
            bring_in(sprint, new, profile, by=by, at=at)
    return sprint


def remove_stories(
    *, sprint: Sprint, by: User, at: datetime, stories: Sequence[Story]
) -> Sprint:
    """Take stories out, back to the backlog. Raises Forbidden, Invalid, WrongState."""
    with act():
        sprint, _profile = held(sprint, "sprint.plan", by)
        require_state(sprint, PLANNED, RUNNING)
        rows = _fresh(stories)
        done = [row.number for row in rows if row.state == Story.State.DONE]
        if done:
            words = {"numbers": ", ".join(done)}
            raise Invalid({"stories": [_("Done in this sprint: %(numbers)s.") % words]})
        mine = [row for row in rows if row.sprint_id == sprint.pk]
        take_out(sprint, mine, by=by, at=at)
        if mine:
            let_go(mine, by=by, at=at)
    return sprint


def close(*, sprint: Sprint, by: User, at: datetime, to: Places) -> Sprint:
    """End it: every story that is not done goes where somebody says, and what was
    stays as it was. Raises Forbidden, WrongState, and Invalid naming those without a
    place.
    """
    with act():
        sprint, profile = held(sprint, "sprint.plan", by)
        require_state(sprint, RUNNING)
        rest = list(
            Story.objects.filter(sprint=sprint)
            .exclude(state__in=(Story.State.DONE, Story.State.DROPPED))
            .order_by("rank")
        )
        places = {story.pk: place for story, place in to.items()}
        then = next_sprint(sprint)
        _check_places(rest, places, then)
        for place in PLACES:
            gone = [s.pk for s in rest if places[s.pk] == place]
            sprint.held.filter(story__in=gone).update(went_to=place)
        sprint.state, sprint.ended_at = Sprint.State.CLOSED, at
        sprint.save(update_fields=["state", "ended_at"])
        told = {str(story.pk): places[story.pk] for story in rest}
        changes = {"to": (None, told)}
        record("sprint.close", subject=sprint, by=by, at=at, changes=changes)
        _put(rest, places, then, profile, by=by, at=at)
    return sprint


def next_sprint(sprint: Sprint) -> Sprint | None:
    """The planned one that unfinished stories can go to: of its team, else of any."""
    planned = Sprint.objects.filter(process_id=sprint.process_id, state=PLANNED)
    ordered = planned.order_by("starts_on", "number").select_related("process")
    return ordered.filter(team=sprint.team).first() or ordered.first()


def _put(
    rest: Sequence[Story],
    places: Mapping[int, str],
    then: Sprint | None,
    profile: Profile,
    *,
    by: User,
    at: datetime,
) -> None:
    back = [s for s in rest if places[s.pk] == BACKLOG]
    on = [s for s in rest if places[s.pk] == NEXT]
    let_go(back, by=by, at=at)
    if on and then is not None:
        bring_in(then, on, profile, by=by, at=at)


def _check_places(
    rest: Sequence[Story], places: Mapping[int, str], then: Sprint | None
) -> None:
    errors: dict[str, list[str]] = {}
    for story in rest:
        place = places.get(story.pk)
        if place not in PLACES:
            words = {"title": story.title}
            errors[story.number] = [
                _("“%(title)s” is not done: to the backlog or the next sprint?") % words
            ]
        elif place == NEXT and then is None:
            errors[story.number] = [_("No next sprint is planned; plan it first.")]
    if errors:
        numbers = ", ".join(errors)
        raise Invalid(
            errors, _("Say where these go: %(numbers)s.") % {"numbers": numbers}
        )


def _fresh(stories: Sequence[Story]) -> list[Story]:
    """As they are now, in the backlog's order."""
    rows = Story.objects.filter(pk__in=[s.pk for s in stories])
    return list(rows.select_for_update(no_key=True).order_by(F("rank")))


def _cannot_come(story: Story, sprint: Sprint) -> str:
    """Why a story cannot be in this sprint; empty where it can."""
    words = {"number": story.number}
    if story.process_id != sprint.process_id:
        return _("%(number)s belongs to another process.") % words
    if story.sprint_id == sprint.pk:
        return ""
    if story.state in (Story.State.DONE, Story.State.DROPPED):
        words["state"] = story.get_state_display().lower()
        return _("%(number)s is %(state)s.") % words
    if story.sprint_id is not None:
        return _("%(number)s is in another sprint.") % words
    return ""
