"""What a request's page shows besides: its offering, and who decides."""

from dataclasses import dataclass

from core import slots
from itsm.requests.told import Order, order_of
from itsm.tickets.actions.approvals import stands_in
from itsm.tickets.details import of
from itsm.tickets.models import Ticket
from itsm.tickets.policy import approvals_of
from people.models import User


@dataclass(frozen=True, slots=True)
class Steps:
    """The panel: template and what it shows."""

    template: str
    order: Order | None
    stands_in: str  # why an administrator decides


def steps(ticket: Ticket, user: User) -> Steps | None:
    """What was ordered, and what it was charged; five queries at most."""
    detail = of("request")
    if ticket.type != "request" or detail is None:
        return None
    row = detail.load(ticket)
    return Steps(
        template="itsm/requests/steps.html",
        order=order_of(ticket, row, charges=True) if row.offering else None,
        stands_in=_stands_in(ticket),
    )


def _stands_in(ticket: Ticket) -> str:
    """What is said where a decision waits for a person whom nobody knows."""
    waiting = (a for a in approvals_of(ticket) if not a.decision)
    reasons = (stands_in(a.authority) for a in waiting if a.approver_id is None)
    return next(filter(None, reasons), "")


def register() -> None:
    """Fill the page's side."""
    slots.fill("ticket.side", "request", steps, order=10, queries=5)
