"""What must always be true of promises: the log tells them, each miss once."""

from collections.abc import Iterable
from itertools import islice

from django.db import connection

from core import invariants
from itsm.sla.replay import BATCH, differences
from itsm.sla.rules import Looked
from itsm.tickets.models import Ticket

LAST = 10_000  # tickets whose clocks are told again; all of them is minutes a million
SHOWN = 20
# What was undone is in the log still, so a ticket with something undone may say more.
UNDONE = """
SELECT subject_id FROM core_event
WHERE subject_type = 'ticket' AND (kind IN ('ticket.undo', 'ticket.unmerge'))
"""
MISSES = f"""
WITH told AS (
    SELECT subject_id AS ticket_id, changes -> 'clock' -> 1 AS clock, count(*) AS n
    FROM core_event WHERE kind = 'ticket.miss' AND subject_type = 'ticket'
    GROUP BY 1, 2),
missed AS (
    SELECT ticket_id, jsonb_build_array(kind, party_id, cycle) AS clock
    FROM itsm_clock WHERE state = 'missed')
SELECT t.number, clock ->> 0, clock ->> 2, missed.clock IS NULL, coalesce(n, 0)
FROM told FULL JOIN missed USING (ticket_id, clock)
JOIN itsm_ticket t ON t.id = ticket_id
WHERE (missed.clock IS NULL OR n IS DISTINCT FROM 1)
    AND (n IS NULL OR ticket_id NOT IN ({UNDONE}))
LIMIT {SHOWN}
"""  # noqa: S608 - our own words
ASLEEP = """
SELECT t.number, c.kind FROM itsm_clock c JOIN itsm_ticket t ON t.id = c.ticket_id
WHERE c.state = 'running' AND c.due_at IS NOT NULL
    AND (c.next_at IS NULL OR c.next_at > c.due_at)
LIMIT 20
"""
# The next one that runs; where none does, the update that was missed, or what was.
NEXT = """
WITH owed AS (
    SELECT ticket_id, kind, due_at,
        rank() OVER (PARTITION BY ticket_id ORDER BY state = 'running' DESC,
            state = 'missed' AND kind = 'update' DESC, due_at) AS place
    FROM itsm_clock
    WHERE kind <> 'operational' AND due_at IS NOT NULL
        AND (state = 'running' OR state = 'missed' AND ended_at IS NULL)),
stands AS (
    SELECT ticket_id, due_at, array_agg(kind) AS kinds
    FROM owed WHERE place = 1 GROUP BY 1, 2),
paused AS (
    SELECT ticket_id, greatest(target - used, interval '0') AS time_left
    FROM itsm_clock WHERE kind = 'resolution' AND state = 'paused')
SELECT t.number, t.next_due_kind, t.next_due_at, s.kinds[1], s.due_at
FROM itsm_ticket t LEFT JOIN stands s ON s.ticket_id = t.id
    LEFT JOIN paused p ON p.ticket_id = t.id
WHERE (t.next_due_at IS DISTINCT FROM s.due_at
        OR s.due_at IS NOT NULL AND t.next_due_kind <> ALL (s.kinds)
        OR t.time_left IS DISTINCT FROM p.time_left)
    AND EXISTS (SELECT 1 FROM itsm_clock c WHERE c.ticket_id = t.id)
LIMIT 20
"""


def register() -> None:
    """Add the applet's invariants."""
    few = f"Clocks are what the log tells, of the {LAST:,} tickets touched last"
    every = "Clocks are what the log tells, of all tickets"
    for name, says, check in (
        ("promises.misses", "Each missed promise is in the log, once", _misses),
        ("promises.awake", "Every promise that runs is waited for", _asleep),
        ("promises.next", "What a ticket says is due next is", _next),
    ):
        invariants.register(name, says, check)
    invariants.register("promises.log", few, _last, whole=(every, _every))


def _last() -> list[str]:
    rows = Ticket.objects.order_by("-updated_at", "-id").values_list("pk", flat=True)
    return _told_otherwise(rows[:LAST])


def _every() -> list[str]:
    rows = Ticket.objects.order_by("pk").values_list("pk", flat=True)
    return _told_otherwise(rows.iterator(chunk_size=BATCH))


def _told_otherwise(tickets: Iterable[int]) -> list[str]:
    rules, rest, found = Looked(), iter(tickets), list[str]()
    while (batch := list(islice(rest, BATCH))) and len(found) < SHOWN:
        found += differences(batch, rules)
    return found[:SHOWN]


def _misses() -> list[str]:
    found = []
    for number, kind, cycle, is_kept, told in _rows(MISSES):
        what = f"The {kind} promise {cycle} of {number}"
        if is_kept:
            found.append(f"{what} was missed by the log; its clock says otherwise.")
        else:
            found.append(f"{what} was missed; the log says so {told} times.")
    return found


def _asleep() -> list[str]:
    return [f"Nobody waits for the {k} promise of {n}." for n, k in _rows(ASLEEP)]


def _next() -> list[str]:
    return [
        f"{number} says {kind or 'nothing'} is due next ({due}), "
        f"its clocks say {told or 'nothing'} ({at})."
        for number, kind, due, told, at in _rows(NEXT)
    ]


def _rows(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())
