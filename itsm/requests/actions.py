"""Ordering from the catalogue, and working off a request's tasks."""

from datetime import datetime

from django.utils.translation import gettext as _

from core.errors import Invalid
from core.log import act, record
from itsm.requests.models import Offering, Task
from itsm.tickets import kinds
from itsm.tickets.actions import open_ticket
from itsm.tickets.actions.common import require_open, save
from itsm.tickets.models import Ticket
from itsm.tickets.policy import require_on
from itsm.tickets.queries import lock
from people.models import User


def order(
    *,
    offering: Offering,
    by: User,
    at: datetime,
    requester: User | None = None,
    description: str = "",
    title: str = "",
) -> Ticket:
    """Order something from the catalogue, for oneself or (staff) for somebody."""
    if not offering.is_active:
        raise Invalid({"offering": [_("This is no longer offered.")]})
    return open_ticket(
        type="request",
        title=title or offering.name,
        description=description,
        by=by,
        at=at,
        requester=requester,
        service=offering.service,
        team=offering.team,
        detail={"offering": offering},
    )


def finish_task(*, ticket: Ticket, task: int, by: User, at: datetime) -> Task:
    """One step is done. Doing it again changes nothing."""
    return _settle(ticket, task, by, at, waived=None)


def waive_task(
    *, ticket: Ticket, task: int, by: User, at: datetime, reason: str
) -> Task:
    """One step is not needed this time, and why."""
    return _settle(ticket, task, by, at, waived=reason.strip()[:500])


def _settle(
    ticket: Ticket, pk: int, by: User, at: datetime, *, waived: str | None
) -> Task:
    """`waived` None means that the step is done."""
    with act():
        ticket = lock(ticket)
        require_on(by, "ticket.edit", ticket)
        require_open(ticket, "task", by, at=at)
        if waived == "":
            raise Invalid({"reason": [_("Say why this step is not needed.")]})
        task = Task.objects.filter(ticket=ticket, pk=pk).first()
        if task is None:
            raise Invalid({"task": [_("This request has no such step.")]})
        if task.done_at is not None or task.waived_reason:
            return task
        task.done_by, task.waived_reason = by, waived or ""
        task.done_at = None if waived else at
        task.save()
        save(ticket, at=at)
        done = "waived" if waived else "done"
        changes = {"task": (None, task.pk), "task_state": ("open", done)}
        record(kinds.of("task"), subject=ticket, by=by, at=at, changes=changes)
    return task
