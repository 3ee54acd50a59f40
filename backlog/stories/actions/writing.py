"""Stories are written and changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from backlog.profile.models import Profile
from backlog.standing import lock, require_on
from backlog.stories.actions import placing
from backlog.stories.actions.common import (
    PARTS,
    TEXTS,
    check,
    locked,
    require_open,
    tidy,
    wsjf_of,
)
from backlog.stories.models import MOST_OF_ONE, Criterion, Idea, Story
from core.errors import Invalid
from core.log import act, record
from people.changes import Changes, as_made, put
from people.models import User
from processes.models import Process


def create_story(
    *,
    process: Process,
    by: User,
    at: datetime,
    title: str,
    criteria: Sequence[str] = (),
    idea: Idea | None = None,
    external_ref: str = "",
    **fields: Any,
) -> Story:
    """A new story, at the place its WSJF gives it, else at the end of the backlog.

    `fields` are those of `common.FIELDS`; rows are of the same process. Raises
    Forbidden, Invalid.
    """
    given = tidy({"title": title, **fields})
    with act():
        profile = lock(process)
        require_on(by, "story.write", process)
        check(given, process)
        story = Story(
            process=process,
            made_by=by,
            created_at=at,
            updated_at=at,
            idea=idea,
            external_ref=external_ref,
            **given,
        )
        story.wsjf = wsjf_of(story)
        is_wsjf = profile.order == Profile.Order.WSJF
        story.rank = placing.by_wsjf(story) if is_wsjf else placing.at_bottom(story)
        story.save(force_insert=True)
        _write_criteria(story, criteria)
        changes: Changes = {"process": (None, process.pk), **as_made(given, TEXTS)}
        record("story.create", subject=story, by=by, at=at, changes=changes)
    return story


def _write_criteria(story: Story, texts: Sequence[str]) -> None:
    kept = [text.strip() for text in texts if text.strip()]
    if any(len(text) > MOST_OF_ONE for text in kept):
        words = _("At most %(n)s characters.") % {"n": MOST_OF_ONE}
        raise Invalid({"criteria": [words]})
    Criterion.objects.bulk_create(
        Criterion(story=story, position=n, text=text) for n, text in enumerate(kept, 1)
    )


def edit_story(
    *, story: Story, by: User, at: datetime, given: Mapping[str, Any]
) -> Story:
    """Change some of its fields; one whose WSJF changes goes to its place by itself.

    Points that change while it is in a running sprint are told to the sprint's log,
    from which its charts are drawn. Raises Forbidden, WrongState, Invalid.
    """
    given = tidy(given)
    with act():
        if orders := not given.keys().isdisjoint(PARTS):
            profile = lock(story.process)
        story = locked(story)
        require_on(by, "story.write", story.process)
        require_open(story)
        check(given, story.process)
        points = story.points
        changes = put(story, given, texts=TEXTS, by=by, at=at)
        if not changes:
            return story
        if orders:
            changes |= _reckon(story, profile)
        story.updated_at = at
        story.save(update_fields=["updated_at", "wsjf", "rank"])
        record("story.edit", subject=story, by=by, at=at, changes=changes)
        sprint = story.sprint
        if "points" in changes and sprint is not None and sprint.state == "running":
            told = {"story": (None, story.pk), "points": (points, story.points)}
            record("sprint.estimate", subject=sprint, by=by, at=at, changes=told)
    return story


def _reckon(story: Story, profile: Profile) -> Changes:
    """WSJF anew, and the place it gives."""
    old, new = story.wsjf, wsjf_of(story)
    if old == new:
        return {}
    story.wsjf = new
    plain = [None if value is None else float(value) for value in (old, new)]
    changes: Changes = {"wsjf": (plain[0], plain[1])}
    if placing.orders_itself(story, profile) and story.state in placing.OPEN:
        rank = story.rank
        story.rank = placing.by_wsjf(story)
        changes["rank"] = (rank, story.rank)
    return changes
