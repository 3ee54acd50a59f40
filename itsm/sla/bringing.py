"""Clocks of tickets that come with a history: told from it, and written set-based.

What the foreign tool promised is not known, so our agreements of today are applied to
what happened. What was missed is recorded as missed, and nobody is told of it.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from core.context import Door
from core.models import Event
from itsm.sla import moves
from itsm.sla.models import Clock
from itsm.sla.rows import PLACE
from itsm.sla.rules import Looked
from itsm.tickets.exchange.building import EVENT_COLUMNS
from itsm.tickets.exchange.copying import copy
from itsm.tickets.models import Ticket
from itsm.tickets.promising import Brought
from itsm.tickets.reckoning import promise
from processes.models import ProcessVersion

KIND, AT, CHANGES = (EVENT_COLUMNS.index(name) for name in ("kind", "at", "changes"))
SUBJECT = EVENT_COLUMNS.index("subject_id")
COLUMNS = [
    column.column for column in Clock._meta.concrete_fields if column.name != "id"
]


def bring(
    rows: Sequence[dict[str, Any]], events: Sequence[tuple[Any, ...]], at: datetime
) -> Brought:
    """Tell the clocks of these tickets as of `at`, and complete the tickets' rows."""
    from itsm.sla.replay import asker, tell

    rules = Looked()
    histories = _histories(events)
    versions = ProcessVersion.objects.defer("definition").in_bulk(
        {row["process_version_id"] for row in rows}
    )
    more: list[tuple[Any, ...]] = []
    clocks: list[Clock] = []
    for row in rows:
        told = tell(row["id"], histories[row["id"]], rules, ask=asker(rules), until=at)
        more.extend(_event(row["id"], *new) for new in told.new)
        skip_passed(told.story.clocks, rules, at)
        clocks.extend(told.story.clocks)
        _complete(row, told.story.clocks, versions, at)

    def write(cursor: Any) -> None:
        copy(cursor, "itsm_clock", COLUMNS, map(_cells, clocks))

    return Brought(more, write)


def skip_passed(clocks: Sequence[Clock], rules: Looked, at: datetime) -> None:
    """Nobody is warned of what came in late: the next step is the next one ahead."""
    for clock in clocks:
        moves.schedule(clock, rules)
        while clock.next_at is not None and clock.next_at <= at:
            clock.step += 1
            moves.schedule(clock, rules)


def _histories(events: Sequence[tuple[Any, ...]]) -> Mapping[int, list[Event]]:
    found: dict[int, list[Event]] = defaultdict(list)
    for row in events:
        changes = json.loads(row[CHANGES])
        event = Event(kind=row[KIND], at=row[AT], door=Door.IMPORT, changes=changes)
        found[row[SUBJECT]].append(event)
    return found


def _event(
    ticket: int, kind: str, at: datetime, changes: dict[str, Any]
) -> tuple[Any, ...]:
    told = json.dumps(changes, separators=(",", ":"))
    values = {
        "kind": kind,
        "at": at,
        "door": Door.IMPORT.value,
        "subject_type": Ticket.subject_type,
        "subject_id": ticket,
        "public": False,
        "changes": told,
    }
    return tuple(values.get(name) for name in EVENT_COLUMNS)


def _cells(clock: Clock) -> list[Any]:
    return [getattr(clock, field.attname) for field in Clock._meta.concrete_fields][1:]


def _complete(
    row: dict[str, Any],
    clocks: Sequence[Clock],
    versions: Mapping[int, ProcessVersion],
    at: datetime,
) -> None:
    """What is promised next, and the place in the order that follows from it."""
    from itsm.sla.following import next_of

    row["time_left"] = None
    if row["closed_at"] is not None:
        return
    known = {n: row[n] for n in row if n not in {"process_version_id", "extra"}}
    ticket = Ticket(**known, process_version=versions[row["process_version_id"]])
    if promise(ticket, next_of(clocks, at), at=at):
        row.update({name: getattr(ticket, name) for name in PLACE})
