"""One story becomes several, or goes into another; links say so."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from backlog.standing import lock, require_on
from backlog.stories.actions.common import locked, require_open
from backlog.stories.actions.linking import link_story
from backlog.stories.actions.moving import drop_story, move_story
from backlog.stories.actions.writing import create_story
from backlog.stories.models import Criterion, Evidence, Story, StoryLink, Watch
from core.errors import Invalid, WrongState
from core.log import act, record
from people.models import User

MOST_PARTS = 20
INHERITED = (
    *("as_a", "stakeholder", "activity", "increment"),
    *("value", "time_criticality", "risk_reduction"),
)


def split_story(
    *,
    story: Story,
    by: User,
    at: datetime,
    parts: Sequence[Mapping[str, Any]],
    keep: bool = False,
) -> list[Story]:
    """Make several of one; each part stands where it stood, one behind the other.

    A part is {"title", …}: fields of a story, and "criteria" (texts). What it does not
    say it has from the whole, but its size. The whole is dropped unless it is to be
    kept; its evidence speaks for every part. Raises Forbidden, WrongState, Invalid.
    """
    with act():
        lock(story.process)
        story = locked(story)
        require_on(by, "story.write", story.process)
        require_open(story)
        if not 1 <= len(parts) <= MOST_PARTS or (len(parts) == 1 and not keep):
            raise Invalid({"parts": [_("Say at least two parts.")]})
        made: list[Story] = []
        for part in parts:
            given = {name: getattr(story, name) for name in INHERITED} | dict(part)
            new = create_story(process=story.process, by=by, at=at, **given)
            if new.wsjf is None:
                before = made[-1] if made else story
                new = move_story(story=new, by=by, at=at, after=before)
            link_story(
                story=new, target=story, kind=StoryLink.Kind.SPLIT_FROM, by=by, at=at
            )
            _share(story, new, by, at)
            made.append(new)
        changes = {"into": (None, [one.pk for one in made])}
        record("story.split", subject=story, by=by, at=at, changes=changes)
        if not keep:
            words = {"numbers": ", ".join(one.number for one in made)}
            why = _("Split into %(numbers)s") % words
            drop_story(story=story, by=by, at=at, why=why[:250])
    return made


def merge_story(*, story: Story, into: Story, by: User, at: datetime) -> Story:
    """Let it go into another, which takes its criteria, evidence and watchers.

    Raises Forbidden, WrongState, Invalid.
    """
    with act():
        lock(story.process)
        require_on(by, "story.write", story.process)
        pks = sorted((story.pk, into.pk))  # in one order, whoever merges the other way
        if pks[0] == pks[1]:
            raise Invalid({"into": [_("That is the story itself.")]})
        held = {pk: locked(Story(pk=pk)) for pk in pks}
        story, into = held[story.pk], held[into.pk]
        if story.process_id != into.process_id:
            raise Invalid({"into": [_("It belongs to another process.")]})
        for one in (story, into):
            require_open(one)
        if into.state == Story.State.DONE:
            raise WrongState(_("%(number)s is done.") % {"number": into.number})
        _take_criteria(story, into)
        _share(story, into, by, at)
        link_story(
            story=story, target=into, kind=StoryLink.Kind.MERGED_INTO, by=by, at=at
        )
        changes = {"into": (None, into.pk)}
        record("story.merge", subject=story, by=by, at=at, changes=changes)
        told = {"from": (None, story.pk)}
        record("story.merge", subject=into, by=by, at=at, changes=told)
        why = _("Merged into %(number)s") % {"number": into.number}
        drop_story(story=story, by=by, at=at, why=why)
    return into


def _take_criteria(story: Story, into: Story) -> None:
    """Those it has not yet, behind its own."""
    known = list(into.criteria.values_list("text", "position"))
    last = max((position for _text, position in known), default=0)
    texts = {text for text, _position in known}
    new = [one for one in story.criteria.order_by("position") if one.text not in texts]
    Criterion.objects.bulk_create(
        Criterion(
            story=into,
            position=last + n,
            text=one.text,
            met_at=one.met_at,
            met_by_id=one.met_by_id,
        )
        for n, one in enumerate(new, 1)
    )


def _share(story: Story, other: Story, by: User, at: datetime) -> None:
    """Evidence and watchers of one for the other as well."""
    Evidence.objects.bulk_create(
        [
            Evidence(
                story=other,
                subject_type=one.subject_type,
                subject_id=one.subject_id,
                by_id=one.by_id,
                at=at,
            )
            for one in story.evidence.all()
        ],
        ignore_conflicts=True,
    )
    Watch.objects.bulk_create(
        [Watch(story=other, user_id=one.user_id) for one in story.watches.all()],
        ignore_conflicts=True,
    )
