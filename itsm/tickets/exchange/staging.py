"""The rows of a file in a temporary table: checked, grouped by ticket, in order.

A file may be larger than memory and its tickets' rows may stand apart; PostgreSQL
sorts them. The table belongs to this connection and vanishes with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from django.db import connection, transaction

from itsm.tickets.exchange.copying import copy
from itsm.tickets.exchange.problems import Report, Unplaceable
from itsm.tickets.exchange.progress import Bar
from itsm.tickets.exchange.sources import Source
from itsm.tickets.exchange.tables import Row

SEPARATOR = "\x1f"
CREATE = """
DROP TABLE IF EXISTS pg_temp.staged_row, pg_temp.staged_ticket;
CREATE TEMP TABLE staged_row (
    n bigint NOT NULL, ref text NOT NULL, key bigint NOT NULL,
    opened_at timestamptz, cells text NOT NULL)
"""
# `place` orders the tickets as the file does; `known` is the ticket that is here.
GROUP = """
CREATE TEMP TABLE staged_ticket AS
SELECT ref, row_number() OVER (ORDER BY min(n)) AS place, count(*) AS rows,
    min(opened_at) AS opened_at, NULL::bigint AS known, false AS own
FROM staged_row GROUP BY ref;
CREATE INDEX ON staged_ticket (place);
CREATE INDEX ON staged_row (ref);
ANALYZE staged_ticket;
ANALYZE staged_row;
"""
FIND = """
UPDATE staged_ticket s SET known = t.id FROM itsm_ticket t
WHERE t.external_ref = s.ref AND t.external_ref <> '';
UPDATE staged_ticket s SET known = t.id, own = true FROM itsm_ticket t
WHERE s.known IS NULL AND t.number = s.ref AND t.opened_at = s.opened_at;
"""
BATCH = """
SELECT s.ref, r.n, r.cells FROM staged_ticket s JOIN staged_row r USING (ref)
WHERE s.known IS NULL AND s.place > %s AND s.place <= %s ORDER BY s.place, r.key, r.n
"""
# Rows of tickets that are here which came to the source after they were imported,
# and all rows of a ticket that came by another way.
UNREAD = """
SELECT r.n, r.ref, t.number, t.extra ? 'imported' FROM (
    SELECT r.*, row_number() OVER (PARTITION BY r.ref ORDER BY r.key, r.n) AS nth
    FROM staged_row r JOIN staged_ticket s USING (ref)
    WHERE s.known IS NOT NULL AND NOT s.own
) r JOIN staged_ticket s USING (ref) JOIN itsm_ticket t ON t.id = s.known
WHERE r.nth > COALESCE((t.extra #>> '{imported,rows}')::bigint, 0) ORDER BY r.n
"""


@dataclass(frozen=True, slots=True)
class Staged:
    """How much there is."""

    rows: int
    tickets: int
    known: int


def stage(
    source: Source, rows: Iterator[Row], raw: IO[bytes], bar: Bar, report: Report
) -> int:
    """Check every row and keep those that can be placed; how many rows were read."""
    read = 0

    def checked() -> Iterator[tuple[Any, ...]]:
        nonlocal read
        for row in rows:
            read += 1
            if read % 1000 == 0:
                bar.at(raw.tell())
            if staged := _check(source, row, report):
                yield staged

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CREATE)
        columns = ("n", "ref", "key", "opened_at", "cells")
        copy(cursor, "staged_row", columns, checked())
    return read


def _check(source: Source, row: Row, report: Report) -> tuple[Any, ...] | None:
    joined = SEPARATOR.join(row.cells)
    number = row.cells[0][:200] if row.cells else ""
    try:
        if "\0" in joined or joined.count(SEPARATOR) >= len(row.cells):
            raise Unplaceable("it holds a control character that no text has")
        found = source.check(row.cells)
    except Unplaceable as reason:
        report.refuse(row.number, number.replace("\0", ""), str(reason))
        return None
    if found.remark:
        report.note(row.number, found.ref, found.remark)
    return row.number, found.ref, found.key, found.opened_at, joined


def group(report: Report) -> Staged:
    """Bring the rows together by ticket and find the tickets that are here already."""
    with connection.cursor() as cursor:
        cursor.execute(GROUP)
        cursor.execute(FIND)
        cursor.execute(UNREAD)
        for n, ref, number, was_imported in cursor.fetchall():
            report.refuse(
                n,
                ref,
                f"{number} was imported before without this row; histories that are "
                "here are not added to"
                if was_imported
                else f"{number} already carries this number and was not imported",
            )
        cursor.execute(
            "SELECT COALESCE(sum(rows), 0)::bigint, count(*), count(known) "
            "FROM staged_ticket"
        )
        return Staged(*cursor.fetchone())


def batch(after: int, size: int) -> list[tuple[str, list[Row]]]:
    """The tickets that are not here yet among the next `size`, each with its rows."""
    with connection.cursor() as cursor:
        cursor.execute(BATCH, [after, after + size])
        tickets: list[tuple[str, list[Row]]] = []
        for ref, number, cells in cursor.fetchall():
            if not tickets or tickets[-1][0] != ref:
                tickets.append((ref, []))
            tickets[-1][1].append(Row(number, cells.split(SEPARATOR)))
    return tickets
