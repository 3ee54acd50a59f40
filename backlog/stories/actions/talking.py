"""What people say on a story, who listens, and the files that come with it."""

import secrets
from datetime import datetime

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from backlog.standing import relations
from backlog.stories.actions.common import locked
from backlog.stories.models import Remark, Story, StoryFile, Watch
from core import texts
from core.errors import Invalid
from core.files import check_file
from core.log import act, record, write_at_end
from people import policy
from people.changes import Changes
from people.handles import handles, named_people
from people.models import User
from people.policy import Scope

LONGEST_REMARK = 10_000
MOST_FILES = 50  # of one story


def require_to_talk(story: Story, by: User) -> None:
    """Whoever sees a story may say something about it."""
    scopes = relations(by, story.process)
    if Story.objects.visible_to(by).filter(pk=story.pk).exists():
        scopes |= {Scope.SEEN}
    policy.require(by, "story.comment", scopes)


def remark(*, story: Story, by: User, at: datetime, body: str) -> Remark:
    """Say something. Who is named in it watches from now on, and hears of it.

    Raises Forbidden, Invalid.
    """
    with act():
        story = locked(story)
        require_to_talk(story, by)
        body = body.strip()
        if not body:
            raise Invalid({"body": [_("Write something first.")]})
        if len(body) > LONGEST_REMARK:
            most = {"n": LONGEST_REMARK}
            raise Invalid({"body": [_("At most %(n)s characters.") % most]})
        said = Remark.objects.create(story=story, author=by, body=body, at=at)
        changes: Changes = {"remark": (None, said.pk)}
        if named := _named(body, by):
            changes["mentioned"] = (None, [person.pk for person in named])
        for person in (by, *named):
            Watch.objects.get_or_create(story=story, user=person)
        _touched(story, at)
        record("story.remark", subject=story, by=by, at=at, changes=changes)
    return said


def _named(body: str, by: User) -> list[User]:
    """Only people who work here name each other."""
    names = handles(body) if by.is_staff else []
    found = named_people(names)[0] if names else []
    return [person for person in found if person.pk != by.pk]


def redact_remark(*, said: Remark, by: User, at: datetime, why: str) -> Remark:
    """Take its words out for good. Raises Forbidden, Invalid."""
    with act():
        story = locked(said.story)
        policy.require(by, "story.redact", relations(by, story.process))
        if not why.strip():
            raise Invalid({"why": [_("Say why it has to go; the log keeps this.")]})
        said.body, said.redacted_at = texts.REDACTED, at
        said.save(update_fields=["body", "redacted_at"])
        kept = texts.keep(
            subject=story, field="redaction", body=why.strip(), by=by, at=at
        )
        changes = {"remark": (said.pk, None), "why": (None, kept)}
        record("story.redact", subject=story, by=by, at=at, changes=changes)
    texts.redacted(story)
    return said


def watch(*, story: Story, by: User, at: datetime, on: bool = True) -> bool:
    """Hear of it, or no longer; whether it changed anything."""
    with act():
        require_to_talk(story, by)
        if on:
            made = Watch.objects.get_or_create(story=story, user=by)[1]
        else:
            made = bool(Watch.objects.filter(story=story, user=by).delete()[0])
        if made:
            changes = {"watching": (not on, on)}
            record("story.watch", subject=story, by=by, at=at, changes=changes)
    return made


def attach(*, story: Story, by: User, at: datetime, file: File) -> StoryFile:
    """Keep a file with it. Raises Forbidden, Invalid."""
    with act():
        story = locked(story)
        require_to_talk(story, by)
        content_type, name = check_file(file, file.name or "")
        if story.files.count() >= MOST_FILES:
            most = {"n": MOST_FILES}
            raise Invalid({"file": [_("At most %(n)s files.") % most]})
        place = f"stories/{at:%Y/%m}/{secrets.token_hex(16)}"
        kept = StoryFile.objects.create(
            story=story,
            name=name,
            content_type=content_type,
            size=file.size or 0,
            path=place,
            by=by,
            at=at,
        )
        write_at_end(("file", kept.pk), lambda: _put(place, file))
        _touched(story, at)
        changes = {"file": (None, kept.pk)}
        record("story.attach", subject=story, by=by, at=at, changes=changes)
    return kept


def _put(place: str, file: File) -> None:
    """The bytes, at the end of the action: a refusal leaves no file behind."""
    file.seek(0)
    try:
        default_storage.save(place, file)
    except BaseException:
        default_storage.delete(place)
        raise


def _touched(story: Story, at: datetime) -> None:
    story.updated_at = at
    story.save(update_fields=["updated_at"])
