"""The sweep: warnings, escalations and misses, each once, in the order they fall due.

`next_at` of a clock is the only thing looked for. A batch locks clocks and their
tickets, skipping what somebody else holds (that action sees for itself what it missed),
writes both set-based and records the events in the same transaction; whatever is
killed, the batch has happened or has not.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from heapq import heappop, heappush
from typing import Any

from django.db import connection
from django.db.models import Q

from core.context import Door, through
from core.log import act, record
from itsm.sla import clockwork, moves, paging, stories, telling
from itsm.sla.following import missed, next_of
from itsm.sla.models import Clock, ClockKind, ClockState
from itsm.sla.rows import PLACE, TYPES, update
from itsm.sla.rules import Looked
from itsm.sla.steps import Step
from itsm.sla.stories import Facts, Story
from itsm.tickets import kinds
from itsm.tickets.models import Ticket
from itsm.tickets.reckoning import promise
from notify import rulebook
from processes.models import ProcessVersion

log = logging.getLogger(__name__)
BATCH = 1000
LOCK = """
SELECT c.id FROM itsm_clock c JOIN itsm_ticket t ON t.id = c.ticket_id
WHERE c.next_at < %s AND (%s::bigint IS NULL OR c.id = %s)
ORDER BY c.next_at, c.id LIMIT %s
FOR NO KEY UPDATE OF c, t SKIP LOCKED
"""
STEPPED = ("state", "used", "since", "missed_at", "step", "next_at")
ORDER = (
    *("opened_at", "priority", "impact", "urgency", "size", "affected"),
    *("process_version", "next_due_at", "next_due_kind", "time_left"),
    *("band", "start_by"),
)


def sweep(*, at: datetime, batches: int = 20, door: Door = Door.TIMER) -> int:
    """Do what is due at `at`; how many steps of clocks were taken."""
    done = 0
    with through(door):
        for _ in range(batches):
            count = _batch(at)
            done += count
            if not count:  # what was warned of may be due as well
                break
    return done


def seconds_late(*, at: datetime) -> float:
    """How long the oldest due step has waited; 0 where none is due."""
    rows = Clock.objects.filter(next_at__lt=at).order_by("next_at")
    oldest = rows.values_list("next_at", flat=True).first()
    return 0.0 if oldest is None else (at - oldest).total_seconds()


def _batch(at: datetime) -> int:
    """One batch; where a clock breaks it, the others are taken one by one."""
    try:
        return _swept(at, BATCH)
    except Exception:
        log.exception("a batch of promises failed; each is tried by itself")
    due = Clock.objects.filter(next_at__lt=at).order_by("next_at", "pk")
    done = 0
    for pk in list(due.values_list("pk", flat=True)[:BATCH]):
        try:
            done += _swept(at, 1, only=pk)
        except Exception:
            log.exception("the promise %s failed and will be tried again", pk)
    return done


def _swept(at: datetime, most: int, only: int | None = None) -> int:
    with act():
        clocks = _claim(at, most, only)
        if not clocks:
            return 0
        tickets = _tickets(clocks)
        until = _next(clocks[-1]) if len(clocks) == most > 1 else at
        moved = _take_steps(clocks, tickets, until, at)
        update(Clock, {name: TYPES[name] for name in STEPPED}, clocks)
        _write_tickets([tickets[pk] for pk in moved], at)
    return len(clocks)


def _claim(at: datetime, most: int, only: int | None) -> list[Clock]:
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [at, only, only, most])
        ids = [pk for (pk,) in cursor.fetchall()]
    found = Clock.objects.in_bulk(ids)
    return [found[pk] for pk in ids]


def _tickets(clocks: Sequence[Clock]) -> dict[int, Ticket]:
    ids = {clock.ticket_id for clock in clocks}
    rows = Ticket.objects.filter(pk__in=ids).only(*ORDER, "number", "type")
    found: dict[int, Ticket] = rows.in_bulk()
    with_versions(found.values())
    return found


def with_versions(tickets: Iterable[Ticket]) -> None:
    """Give each its process version; one query for all."""
    versions = ProcessVersion.objects.defer("definition").in_bulk(
        {ticket.process_version_id for ticket in tickets}
    )
    for ticket in tickets:
        ticket.process_version = versions[ticket.process_version_id]


def _take_steps(
    clocks: Sequence[Clock],
    tickets: Mapping[int, Ticket],
    until: datetime,
    at: datetime,
) -> set[int]:
    """What is due before `until`, also of one clock, in the order in which it fell due;
    the tickets with a promise that was missed."""
    rules = Looked()
    moved: set[int] = set()
    due = [(_next(clock), clock.pk, clock) for clock in clocks]  # sorted is a heap
    while due:
        when, _pk, clock = heappop(due)
        moves.fit(clock, rules)
        if clock.next_at == when and _take_step(clock, tickets, rules, at):
            moved.add(clock.ticket_id)
        if clock.next_at is not None and clock.next_at < until:
            heappush(due, (clock.next_at, clock.pk, clock))
    return moved


def _next(clock: Clock) -> datetime:
    assert clock.next_at is not None  # it was asked for
    return clock.next_at


def _take_step(
    clock: Clock, tickets: Mapping[int, Ticket], rules: Looked, at: datetime
) -> bool:
    """Record the step that is due; whether a promise was missed."""
    ticket = tickets[clock.ticket_id]
    step = rules.steps(clock.agreement_id, clock.kind, clock.target)[clock.step]
    kind, changes = _said(clock, step, rules)
    event = record(kind, subject=ticket, by=None, at=_next(clock), changes=changes)
    story = Story(clock.ticket_id, Facts(), [clock])
    clockwork.follow(story, event, rules)
    if kind == kinds.ESCALATE and changes["channel"][1] == rulebook.PAGE:
        paging.page(
            ticket=ticket,
            at=at,
            team_id=clock.party_id,
            first=telling.people_of(event, changes["who"][1]),
        )
    return step.kind == "miss"


def _said(clock: Clock, step: Step, rules: Looked) -> tuple[str, dict[str, Any]]:
    if step.kind == "miss":
        return kinds.MISS, missed(clock, rules)
    due = clock.due_at.isoformat() if clock.due_at else None
    changes: dict[str, Any] = {
        "clock": (None, stories.name_of(clock)),
        "due": (None, due),
        "step": (clock.step, clock.step + 1),
    }
    if step.kind == "warn":
        return kinds.WARN, changes | {"share": (None, step.index)}
    agreed = rules.escalation(clock.agreement_id, step.index)
    return kinds.ESCALATE, changes | {
        "escalation": (None, step.index),
        "who": (None, list(agreed.get("who", ()))),
        "channel": (None, agreed.get("channel", "inbox")),
    }


def _write_tickets(tickets: Sequence[Ticket], at: datetime) -> None:
    """What is promised next, now that something was missed."""
    clocks: dict[int, list[Clock]] = {ticket.pk: [] for ticket in tickets}
    for clock in _owed(clocks):
        clocks[clock.ticket_id].append(clock)
    moved = [t for t in tickets if promise(t, next_of(clocks[t.pk], at), at=at)]
    update(Ticket, PLACE, moved)


def _owed(tickets: Iterable[int]) -> Iterable[Clock]:
    paused = Q(state=ClockState.PAUSED, kind=ClockKind.RESOLUTION)
    owed = Q(state=ClockState.RUNNING) | Q(state=ClockState.MISSED, ended_at=None)
    rows = Clock.objects.filter(owed | paused, ticket_id__in=list(tickets))
    return rows.only(
        *("ticket_id", "kind", "cycle", "state"),
        *("due_at", "ended_at", "target", "used"),
    )
