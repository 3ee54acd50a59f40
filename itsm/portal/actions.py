"""What the portal does in one go: report with files, order, answer with files."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.log import act
from itsm.requests import actions as requests
from itsm.requests.models import Offering
from itsm.tickets import actions
from itsm.tickets.doors import perform
from itsm.tickets.models import Comment, Ticket
from itsm.tickets.states import Channel, TicketType
from people.models import User

MOST_FILES = 10
Files = Iterable[UploadedFile]


def report(
    *, by: User, at: datetime, given: Mapping[str, Any], files: Files = ()
) -> Ticket:
    """Report something that does not work; a file that is refused refuses all of it."""
    with act():
        ticket = actions.open_ticket(
            type=TicketType.INCIDENT, by=by, at=at, channel=Channel.PORTAL, **given
        )
        _attach(ticket, by, at, files)
    return ticket


def order(
    *,
    offering: Offering,
    by: User,
    at: datetime,
    description: str = "",
    files: Files = (),
) -> Ticket:
    """Order from the catalogue for oneself."""
    with act():
        ticket = requests.order(
            offering=offering, by=by, at=at, description=description
        )
        _attach(ticket, by, at, files)
    return ticket


def reply(
    *, ticket: Ticket, by: User, at: datetime, body: str, files: Files = ()
) -> Ticket:
    """Say something publicly, with files; files alone are an answer too."""
    files = list(files)
    body = body.strip() or (_("See the file.") if files else "")
    with act():
        ticket = perform(
            ticket, "comment", {"body": body, "public": True}, by=by, at=at
        )
        said = Comment.objects.filter(ticket=ticket, author=by).order_by("-pk").first()
        _attach(ticket, by, at, files, said)
    return ticket


def _attach(
    ticket: Ticket,
    by: User,
    at: datetime,
    files: Files,
    said: Comment | None = None,
) -> None:
    files = list(files)
    if len(files) > MOST_FILES:
        raise Invalid({"file": [_("At most %(n)s files at once.") % {"n": MOST_FILES}]})
    for file in files:
        actions.attach(
            ticket=ticket,
            by=by,
            at=at,
            file=file,
            name=file.name or "",
            said_with=said,
        )
