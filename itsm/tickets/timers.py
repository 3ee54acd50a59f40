"""Timed transitions: a due column, swept by beat, claimed row by row.

Wake times and `after` of the process write `timer_at` and `timer_verb`; whatever
crashes, the column still says what is due, and the sweep catches up in due order.
"""

import logging
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from core.context import Door, through
from core.errors import Refused
from core.log import act
from itsm.tickets.actions import transition
from itsm.tickets.actions.common import recompute
from itsm.tickets.models import Ticket

log = logging.getLogger(__name__)
BATCH = 200


def sweep(*, at: datetime, batches: int = 10) -> int:
    """Run what is due at `at`, oldest first; how many tickets moved.

    Several sweeps may run at once: a ticket that another holds is skipped. One that
    fails stops no other and is tried again by the next sweep.
    """
    moved = 0
    tried: set[int] = set()
    with through(Door.TIMER):
        for _ in range(batches):
            due = _due(at).exclude(pk__in=tried).values_list("pk", flat=True)
            pks = list(due[:BATCH])
            tried.update(pks)
            moved += sum(_run(pk, at) for pk in pks)
            if len(pks) < BATCH:
                break
    return moved


def seconds_late(*, at: datetime) -> float:
    """How long the oldest due timer has been waiting; 0 where none is due."""
    oldest = _due(at).values_list("timer_at", flat=True).first()
    return 0.0 if oldest is None else (at - oldest).total_seconds()


def _due(at: datetime) -> QuerySet[Any]:
    return Ticket.objects.filter(timer_at__lte=at).order_by("timer_at")


def _run(pk: int, at: datetime) -> int:
    """One ticket's timer in its own action; 1 where it moved."""
    try:
        with act():
            ticket = (
                Ticket.objects.select_for_update(
                    skip_locked=True, of=("self",), no_key=True
                )
                .filter(pk=pk, timer_at__lte=at)
                .first()
            )
            if ticket is None:
                return 0
            transition(ticket=ticket, verb=ticket.timer_verb, by=None, at=at, given={})
    except Refused as refused:
        _put_off(pk, at, refused)
        return 0
    except Exception:
        log.exception("the timer of ticket %s failed and will be tried again", pk)
        return 0
    return 1


def _put_off(pk: int, at: datetime, refused: Refused) -> None:
    """To when it is due by the calendar of today; put away where that is not ahead."""
    with transaction.atomic():
        ticket = _due(at).select_for_update(of=("self",)).filter(pk=pk).first()
        if ticket is None:
            return
        recompute(ticket, at=at)
        if ticket.timer_at is None or ticket.timer_at <= at:
            log.warning("the timer of ticket %s came to nothing: %s", pk, refused)
            ticket.timer_at, ticket.timer_verb = None, ""
        ticket.save(update_fields=["timer_at", "timer_verb"])
