"""Acceptance criteria: added, reworded, taken away, and seen to hold."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from backlog.standing import require_on
from backlog.stories.actions.common import locked, require_open
from backlog.stories.models import MOST_OF_ONE, Criterion, Story
from core.errors import Invalid
from core.log import act, record
from core.texts import keep, keep_versions
from people.models import User

MOST = 50  # of one story


def add_criterion(*, story: Story, by: User, at: datetime, text: str) -> Criterion:
    """One more, at the end. Raises Forbidden, WrongState, Invalid."""
    with act():
        story = _guarded(story, by)
        text = _checked(text)
        last = story.criteria.aggregate(n=Max("position"))["n"] or 0
        if last >= MOST:
            raise Invalid({"text": [_("At most %(n)s.") % {"n": MOST}]})
        row = Criterion.objects.create(story=story, position=last + 1, text=text)
        kept = keep(subject=story, field="criterion", body=text, by=by, at=at)
        changes = {"criterion": (None, row.pk), "text": (None, kept)}
        _done(story, by, at, changes)
    return row


def edit_criterion(
    *, criterion: Criterion, by: User, at: datetime, text: str
) -> Criterion:
    """In other words; what it was before stays readable in the history."""
    with act():
        story = _guarded(criterion.story, by)
        text = _checked(text)
        if text == criterion.text:
            return criterion
        texts = keep_versions(
            subject=story,
            field="criterion",
            old=criterion.text,
            new=text,
            by=by,
            at=at,
        )
        criterion.text = text
        criterion.save(update_fields=["text"])
        changes = {"criterion": (criterion.pk, criterion.pk), "text": texts}
        _done(story, by, at, changes)
    return criterion


def remove_criterion(*, criterion: Criterion, by: User, at: datetime) -> None:
    """It is none any more."""
    with act():
        story = _guarded(criterion.story, by)
        pk = criterion.pk
        criterion.delete()
        _done(story, by, at, {"criterion": (pk, None)})


def meet_criterion(
    *, criterion: Criterion, by: User, at: datetime, met: bool = True
) -> Criterion:
    """Tick it, or take the tick back."""
    with act():
        story = _guarded(criterion.story, by)
        criterion = Criterion.objects.get(pk=criterion.pk)
        was = criterion.met_at is not None
        if was == met:
            return criterion
        criterion.met_at, criterion.met_by = (at, by) if met else (None, None)
        criterion.save(update_fields=["met_at", "met_by"])
        changes = {"criterion": (criterion.pk, criterion.pk), "met": (was, met)}
        _done(story, by, at, changes)
    return criterion


def _guarded(story: Story, by: User) -> Story:
    story = locked(story)
    require_on(by, "story.write", story.process)
    require_open(story)
    return story


def _checked(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise Invalid({"text": [_("Write something first.")]})
    if len(text) > MOST_OF_ONE:
        most = {"n": MOST_OF_ONE}
        raise Invalid({"text": [_("At most %(n)s characters.") % most]})
    return text


def _done(
    story: Story, by: User, at: datetime, changes: Mapping[str, tuple[Any, Any]]
) -> None:
    story.updated_at = at
    story.save(update_fields=["updated_at"])
    record("story.criterion", subject=story, by=by, at=at, changes=changes)
