"""A story made of something: a ticket, an article, a piece of feedback."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from backlog.stories import actions, evidence, fields
from backlog.stories.models import Story
from core.log import act
from people.models import User
from processes.models import Process


@dataclass(frozen=True, slots=True)
class Start:
    """What is known before anybody types. `shown` is what speaks for the story."""

    shown: evidence.Shown | None = None
    typed: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """The same as the query of an address."""
        if self.shown is not None:
            return f"?of={self.shown.type}:{self.shown.pk}"
        return ""


def read(request: HttpRequest, user: User) -> Start:
    """`?of=ticket:12`, as far as this person may see it."""
    kind, _colon, pk = request.GET.get("of", "").partition(":")
    if shown := evidence.find(user, kind, pk):
        return Start(shown, {"title": shown.title[:250]})
    return Start(typed={"title": request.GET.get("title", "")[:250]})


def write(
    request: HttpRequest, process: Process, of: Start, *, by: User, at: datetime
) -> Story:
    """Write it, and link what it is made of. Raises Refused."""
    sent = request.POST
    given: dict[str, Any] = {"title": "", **fields.read(sent, process)}
    with act():
        story = actions.create_story(
            process=process, by=by, at=at, criteria=fields.criteria(sent), **given
        )
        if of.shown is not None:
            actions.add_evidence(
                story=story,
                by=by,
                at=at,
                subject_type=of.shown.type,
                subject_id=of.shown.pk,
            )
    return story
