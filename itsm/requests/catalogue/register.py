"""The catalogue's entries into the registries of the rooms below."""

from core import followers, invariants
from itsm.requests.catalogue import charging, counting
from itsm.tickets.models import Ticket


def register() -> None:
    """Join the state of orders, and what `doctor` proves."""
    followers.follow(Ticket.subject_type, charging.follow)
    invariants.register(
        "requests.ordered",
        "how many people ordered something equals those who did",
        counting.disagreeing,
    )
    invariants.register(
        "requests.charges",
        "the charge lines of an order come to what it owes",
        charging.disagreeing,
    )
