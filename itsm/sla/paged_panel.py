"""Beside a ticket: who is being woken for it."""

from dataclasses import dataclass
from datetime import datetime

from core import prepared, slots
from itsm.tickets.models import Ticket
from itsm.tickets.states import OPEN
from people.models import User

OPEN_PAGE = """SELECT p.begun_at, p.next_at, u.name FROM itsm_page p
JOIN people_user u ON u.id = p.asked[cardinality(p.asked)]
WHERE p.ticket_id = %(ticket)s AND p.ended_at IS NULL"""


@dataclass(frozen=True, slots=True)
class Paged:
    """The panel: template and what it shows."""

    template: str
    at: datetime
    next_at: datetime | None
    name: str


def paged(ticket: Ticket, user: User) -> Paged | None:
    """While somebody is woken for an open ticket; one prepared query."""
    if ticket.state_category not in OPEN or not user.is_staff:
        return None
    for at, next_at, name in prepared.select(OPEN_PAGE, ticket=ticket.pk):
        return Paged("itsm/sla/paged.html", at, next_at, name)
    return None


def register() -> None:
    """Fill the page's side, before everything else."""
    slots.fill("ticket.side", "paged", paged, order=1, queries=1)
