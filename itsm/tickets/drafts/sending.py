"""Saying something at once, with files that came before the words."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.core.files.base import File

from core.log import act
from itsm.tickets import doors
from itsm.tickets.drafts import uploads
from itsm.tickets.drafts.actions import drop
from itsm.tickets.drafts.models import SAYING
from itsm.tickets.models import Ticket
from people.models import User


def say(
    ticket: Ticket,
    body: str,
    public: bool,
    sent: Iterable[File],
    files: Sequence[int],
    *,
    by: User,
    at: datetime,
) -> Ticket:
    """A comment with its files; the draft it was is gone. All of it or nothing."""
    kept = uploads.of(by, ticket, files)
    whole = [*uploads.opened(kept), *sent]
    with act():
        ticket = doors.say(
            ticket, {"body": body, "public": public}, whole, by=by, at=at
        )
        drop(by=by, ticket=ticket, form=SAYING)
        for one in kept:
            uploads.drop(one)
    return ticket
