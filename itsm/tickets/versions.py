"""Tickets as a part of process versions: who runs on which, and moving in flight.

Registered with `processes.parts`; the map of states and its inverse are checked
there before anything moves. Closed and cancelled tickets stay where they ended.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count

from core import slots
from core.log import record
from core.models import Event
from itsm.tickets import kinds, promising
from itsm.tickets.actions import approvals
from itsm.tickets.actions.common import recompute
from itsm.tickets.models import Ticket
from itsm.tickets.reckoning import COMPUTED, settle
from itsm.tickets.states import StateCategory
from people.models import User
from processes import definition, parts
from processes.crossing import Crossing
from processes.models import Process, ProcessVersion

BATCH = 500
ENDED = (StateCategory.CLOSED, StateCategory.CANCELLED)
SAVED = (
    "process_version",
    "state",
    "state_category",
    "wait_reason",
    "wake_at",
    "paused_since",
    "paused_for",
    "version",
    "updated_at",
)


def register() -> None:
    """Let versions count and move tickets, and say which ran on a process."""
    parts.register(parts.Part("tickets", count, move, move_back))
    slots.fill("process.ended", "tickets", ended, queries=1)


def ended(
    user: User, process: Process, *, since: datetime, until: datetime, most: int
) -> tuple[str, list[int]]:
    """The tickets of a process that were resolved then, the last `most` of them."""
    rows = Ticket.objects.visible_to(user).filter(
        process_version__process=process, resolved_at__gt=since, resolved_at__lte=until
    )
    ids = rows.order_by("-resolved_at", "-pk").values_list("pk", flat=True)[:most]
    return Ticket.subject_type, list(ids)


def count(process: Process) -> dict[int, dict[str, int]]:
    """For each version id, the tickets in each state; one query."""
    rows = (
        Ticket.objects.filter(process_version__process=process)
        .order_by()
        .values_list("process_version", "state")
        .annotate(n=Count("id"))
    )
    found: dict[int, dict[str, int]] = {}
    for version_id, state, n in rows:
        found.setdefault(version_id, {})[state] = n
    return found


def move(
    *,
    source: ProcessVersion,
    target: ProcessVersion,
    crossing: Crossing,
    at: datetime,
    by: User | None,
) -> int:
    """Move all tickets in flight by the map; the event keeps where each came from."""
    return _cross(source, target, lambda t: crossing.forward(t.state), at, by)


def move_back(
    *,
    source: ProcessVersion,
    target: ProcessVersion,
    crossing: Crossing,
    at: datetime,
    by: User | None,
) -> int:
    """Move them back: to the state they came from, where the inverse allows it."""
    came_from = _came_from(source)
    return _cross(
        source,
        target,
        lambda t: crossing.backward(t.state, came_from=came_from.get(t.pk)),
        at,
        by,
    )


def _cross(
    source: ProcessVersion,
    target: ProcessVersion,
    new_state: Callable[[Ticket], str],
    at: datetime,
    by: User | None,
) -> int:
    states = definition.of(target).states
    decides = any(definition.of(version).approvals for version in (source, target))
    moved = 0
    for batch in _in_flight(source):
        promising.expect(batch)
        for ticket in batch:
            old, new = ticket.state, new_state(ticket)
            ticket.process_version = target
            ticket.state, ticket.state_category = new, states[new].category
            settle(ticket, states[new], at=at)
            ticket.version += 1
            ticket.updated_at = max(at, ticket.updated_at)
            recompute(ticket, at=at)
            changes: dict[str, tuple[Any, Any]] = {
                "process_version": (source.pk, target.pk),
                "state": (old, new),
            }
            record(kinds.MIGRATE, subject=ticket, by=by, at=at, changes=changes)
        Ticket.objects.bulk_update(batch, [*SAVED, *COMPUTED])
        for ticket in batch:
            ticket.unsaved = frozenset()  # it is written
        if decides:
            approvals.carry_over(batch, at=at)
        moved += len(batch)
    return moved


def _in_flight(source: ProcessVersion) -> Iterator[list[Ticket]]:
    """The version's tickets that have not ended, locked, in batches."""
    last = 0
    while True:
        batch = list(
            Ticket.objects.select_for_update()
            .filter(process_version=source, pk__gt=last)
            .exclude(state_category__in=ENDED)
            .order_by("pk")[:BATCH]
        )
        if not batch:
            return
        last = batch[-1].pk
        yield batch


def _came_from(version: ProcessVersion) -> dict[int, str]:
    """For each ticket that crossed to this version, the state it had before."""
    events = Event.objects.filter(
        kind=kinds.MIGRATE, changes__process_version__1=version.pk
    ).order_by("id")
    return {
        ticket_id: changes["state"][0]
        for ticket_id, changes in events.values_list("subject_id", "changes")
    }
