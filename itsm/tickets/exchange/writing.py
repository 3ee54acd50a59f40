"""Writing a batch of whole tickets with their events: one transaction, by COPY."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from core.log import LOG_LOCK
from itsm.tickets import details, promising
from itsm.tickets.exchange import building
from itsm.tickets.exchange.copying import copy
from itsm.tickets.exchange.history import History
from itsm.tickets.exchange.roster import Roster
from itsm.tickets.exchange.rules import Rules
from itsm.tickets.exchange.sources import prefix
from itsm.tickets.states import TicketType


def write(
    histories: Sequence[History],
    rules: Mapping[TicketType, Rules],
    roster: Roster,
    *,
    request_id: str,
    at: datetime,
) -> int:
    """Write tickets, their detail rows and their events; how many events.

    The events are the last statement, under the log's lock (see `core.log`), so that
    no reader skips one; constraints are checked before, so that the lock is short.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        ids = _ids(cursor, len(histories))
        numbers = _numbers(cursor, Counter(h.type for h in histories))
        rows = [
            building.ticket(
                history,
                rules[history.type],
                pk=pk,
                number=next(numbers[history.type]),
                roster=roster,
                at=at,
            )
            for pk, history in zip(ids, histories, strict=True)
        ]
        events = [
            event
            for row, history in zip(rows, histories, strict=True)
            for event in building.events(
                history, rules[history.type], row, request_id=request_id
            )
        ]
        brought = promising.bring(rows, events, at=at)
        copy(cursor, "itsm_ticket", list(rows[0]), (list(row.values()) for row in rows))
        _details(ids, histories)
        brought.write(cursor)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOG_LOCK])
        copy(cursor, "core_event", building.EVENT_COLUMNS, [*events, *brought.events])
    return len(events)


def _ids(cursor: Any, count: int) -> list[int]:
    cursor.execute(
        "SELECT nextval(pg_get_serial_sequence('itsm_ticket', 'id')) "
        "FROM generate_series(1, %s)",
        [count],
    )
    return [row[0] for row in cursor.fetchall()]


def _numbers(
    cursor: Any, wanted: Mapping[TicketType, int]
) -> dict[TicketType, Iterator[str]]:
    """Our own numbers, taken from each practice's sequence in one block."""
    numbers = {}
    for type_, count in wanted.items():
        name = prefix(type_)
        cursor.execute(
            "SELECT nextval(%s::regclass) FROM generate_series(1, %s)",
            [f"itsm_number_{name.lower()}", count],
        )
        numbers[type_] = iter([f"{name}-{row[0]}" for row in cursor.fetchall()])
    return numbers


def _details(ids: Sequence[int], histories: Sequence[History]) -> None:
    """The one-to-one rows of the practices that keep one from the start."""
    for type_ in {h.type for h in histories}:
        practice = details.of(type_)
        if practice is None or not practice.always:
            continue
        practice.model.objects.bulk_create(
            practice.model(ticket_id=pk)
            for pk, history in zip(ids, histories, strict=True)
            if history.type is type_
        )
