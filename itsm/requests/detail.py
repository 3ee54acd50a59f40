"""A request's part in the workflow: its offering's approval, and its tasks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.texts import REDACTED
from itsm.requests import told
from itsm.requests.catalogue import ordering, rights
from itsm.requests.fulfilment import beginning, bundles, running
from itsm.requests.models import Request, Task
from itsm.tickets import details
from itsm.tickets.actions import transition
from itsm.tickets.cleaning import by_slug
from itsm.tickets.models import Ticket
from people.models import User


def _facts(ticket: Ticket, row: Request) -> Mapping[str, Any]:
    """Whose yes it needs, and who that person is where the offering names them."""
    offering = row.offering
    needed = [] if offering is None else ordering.approvals(offering, row.price)
    if offering is None or not needed:
        return {"approval": "none"}
    facts: dict[str, Any] = {"approval": needed}
    if offering.approval:
        facts[f"{offering.approval}_person"] = offering.approver
    return facts


def _tasks(ticket: Ticket, row: Request) -> bool:
    """Whether none is open: all done, or waived; and of a leaver nothing is held."""
    still_open = Task.objects.filter(
        ticket_id=ticket.pk, done_at=None, waived_reason=""
    )
    return not still_open.exists() and not bundles.left_over(ticket, row)


def _opened(ticket: Ticket, row: Request, by: User, at: datetime) -> None:
    """An order brings its tasks, and asks for its approval by itself."""
    if row.offering is None:
        return
    ordering.enter(ticket, row, by, at)
    beginning.lay_out(ticket, row, by=by, at=at)
    if ordering.approvals(row.offering, row.price):
        transition(ticket=ticket, verb="submit", by=by, at=at, given={})
    elif row.offering.steps or row.offering.bundle:
        running.start_by_itself(ticket, at=at)
    running.advance(ticket, at=at)


def _erase(ticket: Ticket, changes: Mapping[str, Any]) -> tuple[str, Any] | None:
    """What was answered."""
    if "answers" not in changes:
        return None
    row = Request.objects.get(ticket_id=ticket.pk)
    row.answers = dict.fromkeys(row.answers, REDACTED)
    row.save(update_fields=["answers"])
    return "answers", changes["answers"][1]


def register() -> None:
    """Tell the shared ticket about requests."""
    details.register(
        details.Detail(
            type="request",
            model=Request,
            fields=("offering",),
            settled=frozenset({"offering"}),
            related=("offering__approver", "form", "ordered_by", "recurring"),
            readers={"offering": by_slug(rights.visible_to)},
            facts=_facts,
            held={"tasks": _tasks},
            opened=_opened,
            tells=told.of_order,
            erase=_erase,
        )
    )
