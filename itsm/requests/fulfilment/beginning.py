"""What an order lays out when it is made; of a bundle, from the person's profile."""

from datetime import datetime

from itsm.requests.fulfilment import bundles, laying
from itsm.requests.models import Request
from itsm.tickets.models import Ticket
from people.models import User


def lay_out(ticket: Ticket, row: Request, *, by: User, at: datetime) -> None:
    """Its tasks. Raises Forbidden or Invalid where a bundle is not for this person."""
    offering = row.offering
    if offering is None:
        return
    if offering.bundle and ticket.requester is not None:
        person, profile = ticket.requester, row.profile
        found = bundles.check(offering, person, profile, by=by, but=ticket)
        laying.lay(ticket, laying.plan(offering, found.gives, found.takes))
    else:
        laying.lay(ticket, laying.plan(offering))
