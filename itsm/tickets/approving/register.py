"""What decisions add to the registries of lower rooms."""

from core import followers
from itsm.tickets.approving import asking
from itsm.tickets.models import Ticket


def register() -> None:
    """Join the tickets' actions."""
    followers.follow(Ticket.subject_type, asking.follow)
