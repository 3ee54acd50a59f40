"""What a change's page shows besides: model, window, plan, test, way back, result."""

from dataclasses import dataclass

from core import slots
from itsm.changes.models import Change
from itsm.tickets.details import of
from itsm.tickets.models import Ticket
from people.models import User


@dataclass(frozen=True, slots=True)
class Plan:
    """The panel: template and what it shows."""

    template: str
    change: Change


def plan(ticket: Ticket, user: User) -> Plan | None:
    """A change's own row; no query beyond the one the verbs need."""
    detail = of("change")
    if ticket.type != "change" or detail is None:
        return None
    return Plan("itsm/changes/plan.html", detail.load(ticket))


def register() -> None:
    """Fill the page's side."""
    slots.fill("ticket.side", "change", plan, order=10)
