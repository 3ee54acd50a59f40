"""What the portal does in one go: report with files, order, answer with files."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from core.log import act
from itsm.requests import actions as requests
from itsm.requests.models import Offering
from itsm.tickets import actions
from itsm.tickets.doors import say
from itsm.tickets.models import Ticket
from itsm.tickets.states import Channel, TicketType
from people.models import User

Files = Iterable[UploadedFile]


def report(
    *, by: User, at: datetime, given: Mapping[str, Any], files: Files = ()
) -> Ticket:
    """Report something that does not work; a file that is refused refuses all of it."""
    with act():
        ticket = actions.open_ticket(
            type=TicketType.INCIDENT, by=by, at=at, channel=Channel.PORTAL, **given
        )
        actions.attach_all(files=files, ticket=ticket, by=by, at=at)
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
        actions.attach_all(files=files, ticket=ticket, by=by, at=at)
    return ticket


def reply(
    *, ticket: Ticket, by: User, at: datetime, body: str, files: Files = ()
) -> Ticket:
    """Say something publicly, with files; files alone are an answer too."""
    files = list(files)
    body = body.strip() or (_("See the file.") if files else "")
    return say(ticket, {"body": body, "public": True}, files, by=by, at=at)
