"""What a problem's page shows besides: workaround, causes, accepted risk."""

from dataclasses import dataclass

from core import slots
from itsm.problems.models import Problem
from itsm.tickets.details import of
from itsm.tickets.models import Ticket
from people.models import User


@dataclass(frozen=True, slots=True)
class Known:
    """The panel: template and what it shows."""

    template: str
    problem: Problem


def known(ticket: Ticket, user: User) -> Known | None:
    """A problem's own row; no query beyond the one the verbs need."""
    detail = of("problem")
    if ticket.type != "problem" or detail is None:
        return None
    return Known("itsm/problems/known.html", detail.load(ticket))


def register() -> None:
    """Fill the page's side."""
    slots.fill("ticket.side", "problem", known, order=10)
