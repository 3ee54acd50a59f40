"""What a request's page shows besides: its offering and the steps of fulfilment."""

from dataclasses import dataclass
from typing import Any

from core import slots
from itsm.requests.models import Task
from itsm.tickets.details import of
from itsm.tickets.models import Ticket
from itsm.tickets.states import OPEN
from people.models import User


@dataclass(frozen=True, slots=True)
class Steps:
    """The panel: template and what it shows."""

    template: str
    offering: Any
    tasks: list[Task]
    done: int
    is_open: bool


def steps(ticket: Ticket, user: User) -> Steps | None:
    """Offering and steps of a request; two queries."""
    detail = of("request")
    if ticket.type != "request" or detail is None:
        return None
    tasks = list(Task.objects.filter(ticket_id=ticket.pk).select_related("done_by"))
    return Steps(
        template="itsm/requests/steps.html",
        offering=detail.load(ticket).offering,
        tasks=tasks,
        done=sum(1 for task in tasks if task.done_at or task.waived_reason),
        is_open=ticket.state_category in OPEN,
    )


def register() -> None:
    """Fill the page's side."""
    slots.fill("ticket.side", "request", steps, order=10, queries=2)
