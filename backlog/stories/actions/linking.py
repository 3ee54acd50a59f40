"""Why a story is: evidence of other rooms; and how stories hang together."""

from datetime import datetime

from django.utils.translation import gettext as _

from backlog.standing import require_on
from backlog.stories.actions.common import locked
from backlog.stories.models import Evidence, Story, StoryLink
from core import subjects
from core.errors import Invalid
from core.log import act, record
from people.models import User


def add_evidence(
    *, story: Story, by: User, at: datetime, subject_type: str, subject_id: int
) -> Evidence:
    """Link what speaks for it: something its author may see. Twice is once.

    Raises Forbidden, Invalid.
    """
    with act():
        story = locked(story)
        require_on(by, "story.write", story.process)
        require_seen(by, subject_type, subject_id)
        row, is_new = Evidence.objects.get_or_create(
            story=story,
            subject_type=subject_type,
            subject_id=subject_id,
            defaults={"by": by, "at": at},
        )
        if is_new:
            changes = {
                "evidence_type": (None, subject_type),
                "evidence_id": (None, subject_id),
            }
            record("story.evidence", subject=story, by=by, at=at, changes=changes)
    return row


def remove_evidence(*, evidence: Evidence, by: User, at: datetime) -> None:
    """It speaks for it no longer."""
    with act():
        story = locked(evidence.story)
        require_on(by, "story.write", story.process)
        changes = {
            "evidence_type": (evidence.subject_type, None),
            "evidence_id": (evidence.subject_id, None),
        }
        evidence.delete()
        record("story.evidence", subject=story, by=by, at=at, changes=changes)


def require_seen(by: User, subject_type: str, subject_id: int) -> None:
    """Raise Invalid for what this person cannot see, or what is no evidence."""
    known = {one.name: one for one in subjects.registered()}
    kind = known.get(subject_type) if subject_type in EVIDENCE else None
    if kind is None or not kind.visible_to(by).filter(pk=subject_id).exists():
        raise Invalid({"evidence": [_("There is no such thing for you.")]})


EVIDENCE = ("ticket", "article", "feedback")  # what may speak for a story


def link_story(
    *, story: Story, target: Story, kind: str, by: User, at: datetime
) -> StoryLink:
    """Say how it hangs together with another. Raises Forbidden, Invalid."""
    with act():
        story = locked(story)
        require_on(by, "story.write", story.process)
        if kind not in StoryLink.Kind.values:
            raise Invalid({"kind": [_("Choose one of them.")]})
        if target.pk == story.pk:
            raise Invalid({"story": [_("That is the story itself.")]})
        row, is_new = StoryLink.objects.get_or_create(
            source=story, target=target, kind=kind
        )
        if is_new:
            changes = {"story": (None, target.pk), "link": (None, kind)}
            record("story.link", subject=story, by=by, at=at, changes=changes)
    return row


def unlink_story(*, link: StoryLink, by: User, at: datetime) -> None:
    """They do not hang together any more."""
    with act():
        story = locked(link.source)
        require_on(by, "story.write", story.process)
        changes = {"story": (link.target_id, None), "link": (link.kind, None)}
        link.delete()
        record("story.link", subject=story, by=by, at=at, changes=changes)
