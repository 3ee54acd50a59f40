"""Somebody calls again about a ticket that they have already."""

from datetime import datetime

from core.log import act, record
from itsm.tickets import kinds
from itsm.tickets.actions.common import save
from itsm.tickets.models import Ticket
from itsm.tickets.policy import require_on
from itsm.tickets.queries import lock
from itsm.tickets.states import Channel
from people.models import User


def called_again(
    *, ticket: Ticket, by: User, at: datetime, channel: Channel = Channel.PHONE
) -> Ticket:
    """Keep that its requester rang or came by again; nobody has to write a note."""
    with act():
        ticket = lock(ticket)
        require_on(by, "ticket.note", ticket)
        save(ticket, at=at)
        changes = {"channel": (None, channel.value)}
        record(kinds.CALLED, subject=ticket, by=by, at=at, changes=changes)
    return ticket
