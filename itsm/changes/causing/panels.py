"""Beside an incident the changes that may have caused it; beside a change the other
way round. One click says that it is so."""

from dataclasses import dataclass

from core import slots
from itsm.changes.causing.queries import Suspect, suspects, victims
from itsm.tickets.details import of
from itsm.tickets.models import Ticket
from itsm.tickets.states import TicketType
from people.models import User


@dataclass(frozen=True, slots=True)
class Causes:
    """The panel."""

    template: str
    lines: list[Suspect]
    is_change: bool


def causes(ticket: Ticket, user: User) -> Causes | None:
    """For people who work here, of a ticket with a service; one prepared query."""
    detail = of(TicketType.CHANGE)
    if ticket.service_id is None or not user.is_staff or detail is None:
        return None
    if ticket.type == TicketType.INCIDENT:
        lines = suspects(ticket, user)
    elif ticket.type == TicketType.CHANGE:
        lines = victims(ticket, detail.load(ticket), user)
    else:
        return None
    is_change = ticket.type == TicketType.CHANGE
    return Causes("itsm/changes/causes.html", lines, is_change) if lines else None


def register() -> None:
    """Fill the ticket page's side."""
    slots.fill("ticket.side", "causes", causes, order=7, queries=1)
