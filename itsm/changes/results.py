"""Asking how it went: when the window has passed, and when a review is overdue.

`ask_result_at` is a due column, swept by beat and claimed row by row; whatever
crashes, the column still says what is due. It is empty once somebody was asked.
"""

import logging
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from core.context import Door, through
from core.log import act, record
from itsm.changes.models import Change
from itsm.changes.paths import asks
from itsm.tickets import details
from itsm.tickets.models import Ticket
from itsm.tickets.reckoning import definition_of
from itsm.tickets.states import StateCategory

log = logging.getLogger(__name__)
BATCH = 200
ASK_RESULT, ASK_REVIEW = "ticket.ask_result", "ticket.ask_review"


def sweep(*, at: datetime, batches: int = 10) -> int:
    """Ask for what is due at `at`, oldest first; how many were asked.

    Several sweeps may run at once: a change that another holds is skipped. One that
    fails stops no other and is tried again by the next sweep.
    """
    asked = 0
    tried: set[int] = set()
    with through(Door.TIMER):
        for _ in range(batches):
            due = _due(at).exclude(pk__in=tried).values_list("pk", flat=True)
            pks = list(due[:BATCH])
            tried.update(pks)
            asked += sum(_ask(pk, at) for pk in pks)
            if len(pks) < BATCH:
                break
    return asked


def seconds_late(*, at: datetime) -> float:
    """How long the oldest question has been due; 0 where none is."""
    oldest = _due(at).values_list("ask_result_at", flat=True).first()
    return 0.0 if oldest is None else (at - oldest).total_seconds()


def _due(at: datetime) -> QuerySet[Any]:
    return Change.objects.filter(ask_result_at__lte=at).order_by("ask_result_at")


def _ask(pk: int, at: datetime) -> int:
    """One change in its own action; 1 where somebody was asked."""
    try:
        with act():
            rows: Any = Ticket.objects.select_related("process_version")
            rows = rows.select_for_update(skip_locked=True, of=("self",), no_key=True)
            ticket = rows.filter(pk=pk, change__ask_result_at__lte=at).first()
            return 0 if ticket is None else _asked(ticket, at)
    except Exception:
        log.exception("asking for the result of %s failed and will be tried again", pk)
        return 0


def _asked(ticket: Ticket, at: datetime) -> int:
    """Under its lock: say that it is due, once."""
    detail = details.of(ticket.type)
    if detail is None or detail.model is not Change:
        Change.objects.filter(pk=ticket.pk).update(ask_result_at=None)
        return 0
    row: Change = detail.load(ticket)
    due, row.ask_result_at = row.ask_result_at, None
    row.save(update_fields=["ask_result_at"])
    kind = _what(ticket)
    if not kind or due is None:
        return 0
    changes = {"due": (None, due.isoformat())}
    record(kind, subject=ticket, by=None, at=at, changes=changes)
    return 1


def _what(ticket: Ticket) -> str:
    """The question that its state leaves open; empty where none is."""
    if asks(definition_of(ticket), ticket.state):
        return ASK_RESULT
    return ASK_REVIEW if ticket.state_category == StateCategory.RESOLVED else ""
