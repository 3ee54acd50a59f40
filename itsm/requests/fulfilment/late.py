"""Tasks whose time is over: told once, each, to those who have to do them."""

from datetime import datetime

from core.context import Door, through
from core.log import act, record
from itsm.requests.fulfilment import kinds
from itsm.requests.models import Task
from itsm.tickets.states import OPEN

BATCH = 500


def sweep(*, at: datetime) -> int:
    """Tell what became late; how many. Rows that another sweep holds are skipped."""
    with through(Door.TIMER), act():
        due = Task.objects.open().filter(due_at__lte=at, told_late_at=None)
        due = due.filter(ticket__state_category__in=OPEN).order_by("due_at")
        rows = list(due.select_for_update(skip_locked=True, of=("self",))[:BATCH])
        for task in rows:
            task.told_late_at = at
            told = task.due_at.isoformat() if task.due_at else None
            changes = {"team": (None, task.team_id), "due": (None, told)}
            record(kinds.LATE, subject=task, by=None, at=at, changes=changes)
        Task.objects.bulk_update(rows, ["told_late_at"])
    return len(rows)
