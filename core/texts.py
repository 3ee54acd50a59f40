"""Erasable texts: every wording of an edited field is kept until it is redacted."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from core.log import Actor, Subject
from core.models import TextVersion

REDACTED = "[removed]"


def keep_versions(
    *, subject: Subject, field: str, old: str, new: str, by: Actor | None, at: datetime
) -> tuple[int, int]:
    """Keep both wordings; answers the ids (old, new) that the event carries.

    The old wording is written only if it is not already the newest version.
    """
    newest = (
        TextVersion.objects.filter(
            subject_type=subject.subject_type, subject_id=subject.pk, field=field
        )
        .order_by("-id")
        .first()
    )
    by_id = None if by is None else by.pk
    common = {
        "subject_type": subject.subject_type,
        "subject_id": subject.pk,
        "field": field,
        "at": at,
    }
    if newest is None or newest.body != old:
        newest = TextVersion.objects.create(body=old, by_id=None, **common)
    after = TextVersion.objects.create(body=new, by_id=by_id, **common)
    return newest.pk, after.pk


def keep(
    *, subject: Subject, field: str, body: str, by: Actor | None, at: datetime
) -> int:
    """Keep one wording; answers its id for the event."""
    return TextVersion.objects.create(
        subject_type=subject.subject_type,
        subject_id=subject.pk,
        field=field,
        body=body,
        at=at,
        by_id=None if by is None else by.pk,
    ).pk


def redact_versions(*, subject: Subject, field: str, at: datetime) -> int:
    """Empty every wording of a field; how many there were."""
    return TextVersion.objects.filter(
        subject_type=subject.subject_type, subject_id=subject.pk, field=field
    ).update(body=REDACTED, redacted_at=at)


Scrubber = Callable[[Any], None]
_scrubbers: list[Scrubber] = []


def on_redact(scrubber: Scrubber) -> None:
    """Register somebody who keeps copies of texts and has to renew them at once."""
    if scrubber not in _scrubbers:
        _scrubbers.append(scrubber)


def redacted(subject: Subject) -> None:
    """Tell all who keep copies that a text of this subject is gone."""
    for scrubber in _scrubbers:
        scrubber(subject)
