"""The worker: what was received becomes alerts, in batches of one transaction each.

A batch claims sources that have something waiting, the longest waiting first, so that
each source's receptions are worked off in their order by one worker while others work
on other sources. It reads them, folds all their signals in memory (`folding`), writes
the few rows that come of it (`writing`) and marks them, all at once: whatever is
killed, a batch has happened or has not. One that cannot be read is marked so with a
line for its source's health page; it stops no other.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction

from itsm.monitoring import formats, lines, writing
from itsm.monitoring.deployments import of_changes
from itsm.monitoring.folding import Fold, Placed, Standing, Tally
from itsm.monitoring.formats.base import Reading, Signal, Unreadable
from itsm.monitoring.intake.noting import sample_of
from itsm.monitoring.models import Deployment, Reception, Source
from itsm.monitoring.placing import Places
from itsm.tickets.states import OPEN

log = logging.getLogger(__name__)
SOURCES = 100  # of one batch
RECEPTIONS = 1000
BYTES = 8_000_000  # of their bodies
NO_ALERT = "no_alert"
BROKEN = "broken"  # it broke the batch, and by itself again
CLAIM = """
SELECT s.id FROM itsm_source s CROSS JOIN LATERAL (
    SELECT id FROM itsm_reception r WHERE r.source_id = s.id AND worked_at IS NULL
    ORDER BY id LIMIT 1) first
WHERE s.paused_at IS NULL ORDER BY first.id LIMIT %s
FOR NO KEY UPDATE OF s SKIP LOCKED
"""
WAITING = """
SELECT r.id, r.n FROM unnest(%s::bigint[]) AS s(id) CROSS JOIN LATERAL (
    SELECT id, octet_length(body) AS n FROM itsm_reception
    WHERE source_id = s.id AND worked_at IS NULL ORDER BY id LIMIT %s) r
ORDER BY r.id LIMIT %s
"""
KNOWN = """
SELECT a.id, a.source_id, a.key, a.status, a.count, a.recent, a.began_at, a.first_at,
    a.last_at, a.acknowledged_at, a.impact, a.urgency, a.decision = 'waiting',
    t.state_category IS NOT NULL AND NOT t.state_category = ANY (%s)
FROM unnest(%s::bigint[], %s::text[]) AS v(source, key)
JOIN itsm_alert a ON a.source_id = v.source AND a.key = v.key AND a.status <> 'closed'
LEFT JOIN itsm_ticket t ON t.id = a.incident_id
ORDER BY a.id FOR NO KEY UPDATE OF a
"""
OLDEST = """
SELECT min(first.received_at) FROM itsm_source s CROSS JOIN LATERAL (
    SELECT received_at FROM itsm_reception r
    WHERE r.source_id = s.id AND worked_at IS NULL ORDER BY id LIMIT 1) first
WHERE s.paused_at IS NULL
"""


@dataclass(slots=True)
class Read:
    """One reception, read."""

    row: Reception
    source: Source
    reading: Reading
    placed: list[Placed]
    failure: Unreadable | None = None


@dataclass(slots=True)
class Batch:
    """What was read of the sources that this worker holds."""

    at: datetime
    reads: list[Read] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    marks: list[tuple[int, int, str]] = field(default_factory=list)


def work_off(*, at: datetime, batches: int = 20) -> int:
    """Work off what waits; how many receptions were."""
    done = 0
    for _ in range(batches):
        count = _batch(at)
        done += count
        if not count:
            break
    return done


def seconds_late(at: datetime) -> float:
    """How long the oldest reception has waited; 0 where none does."""
    with connection.cursor() as cursor:
        cursor.execute(OLDEST)
        (oldest,) = cursor.fetchone()
    return 0.0 if oldest is None else max(0.0, (at - oldest).total_seconds())


def waiting() -> int:
    """How many receptions wait, those of paused sources too."""
    return Reception.objects.filter(worked_at__isnull=True).count()


def _batch(at: datetime, most: int = RECEPTIONS) -> int:
    """One batch; where a reception breaks it, fewer at once until it is alone.

    Trouble of the database is no reception's fault: then all of them wait.
    """
    tried: list[int] = []
    try:
        return _worked(at, most, tried)
    except Exception as fault:
        is_ours = isinstance(fault, (OperationalError, InterfaceError))
        if not tried or (is_ours and most == 1):
            raise
        log.exception("a batch of at most %s receptions failed", most)
    if most > 1:
        return _batch(at, most // 10)
    return _worked(at, 1, [], broken=tried[0])


def _worked(
    at: datetime, most: int, tried: list[int], *, broken: int | None = None
) -> int:
    with transaction.atomic():
        sources = _claim()
        rows = _waiting(sources, most)
        tried += [row.pk for row in rows]
        if rows:
            batch = Batch(at)
            places = Places()
            for row in rows:
                is_broken = row.pk == broken
                one = read_one(row, sources[row.source_id], places, is_broken)
                batch.reads.append(one)
            _fold(batch)
            _write(batch)
    return len(rows)


def _claim() -> dict[int, Source]:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [SOURCES])
        ids = [pk for (pk,) in cursor.fetchall()]
    return Source.objects.in_bulk(ids)


def _waiting(sources: Mapping[int, Source], most: int) -> list[Reception]:
    """Their receptions in order, as many as fit into memory; at least one."""
    if not sources:
        return []
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [list(sources), most, most])
        ids: list[int] = []
        size = 0
        for pk, n in cursor.fetchall():
            size += n
            if ids and size > BYTES:
                break
            ids.append(pk)
    return list(Reception.objects.filter(pk__in=ids).order_by("pk"))


def read_one(
    row: Reception, source: Source, places: Places, breaks: bool = False
) -> Read:
    """What it says; a fault of ours in reading it is told like one of its own."""
    try:
        if breaks:
            raise Unreadable(BROKEN)
        reading = formats.read(
            *(row.format, bytes(row.body), row.headers, source.mapping),
            key=row.key,
            at=row.received_at,
        )
        placed = [
            places.place(source, signal, _key(row, signal))
            for signal in reading.signals
        ]
    except Unreadable as failure:
        return Read(row, source, Reading(), [], failure)
    except Exception:
        log.exception("reception %s could not be read", row.pk)
        return Read(row, source, Reading(), [], Unreadable(BROKEN))
    return Read(row, source, reading, placed)


def _key(row: Reception, signal: Signal) -> str:
    """Its own, or the one we answered it with; never one for all."""
    return writing.plain(signal.key or row.key or f"reception {row.pk}")


def _fold(batch: Batch) -> None:
    """Fold every signal into its alert, count, and write the alerts."""
    names = {(r.source.pk, p.key) for r in batch.reads for p in r.placed}
    fold = Fold(known(names))
    for one in batch.reads:
        counts = {"received": 1, "signals": len(one.placed)}
        for placed in one.placed:
            counter = fold.take(one.source.pk, placed, one.row.received_at)
            counts[counter] = counts.get(counter, 0) + 1
        counts |= _others(one)
        batch.tally.add(one.source.pk, one.row.received_at, counts)
        batch.marks.append((one.row.pk, len(one.placed), _note(one)))
    writing.change(fold.changed(), batch.at)
    writing.make(fold.made(), batch.at)


def known(names: set[tuple[int, str]]) -> list[Standing]:
    """The open alerts of these, locked in the order of their ids."""
    if not names:
        return []
    ordered = sorted(names)
    columns = [source for source, _key in ordered], [key for _source, key in ordered]
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [[category.value for category in OPEN], *columns])
        return [_standing(row) for row in cursor.fetchall()]


def _standing(row: Sequence[Any]) -> Standing:
    pk, source, key, status, count, recent, began, first, last = row[:9]
    acknowledged, impact, urgency, is_waiting, is_orphan = row[9:]
    return Standing(
        source=source,
        key=key,
        status=status,
        pk=pk,
        count=count,
        recent=recent,
        began_at=began,
        first_at=first,
        last_at=last,
        acknowledged_at=acknowledged,
        impact=impact,
        urgency=urgency,
        is_waiting=is_waiting,
        is_orphan=is_orphan,
    )


def _others(one: Read) -> dict[str, int]:
    if one.failure is not None:
        return {"unreadable": 1}
    changes = len(one.reading.changes)
    return {"changes": changes, "others": int(not one.placed and not changes)}


def _note(one: Read) -> str:
    if one.failure is not None:
        return one.failure.code[:60]
    if one.placed or one.reading.changes:
        return ""
    return (one.reading.note or NO_ALERT)[:60]


def _write(batch: Batch) -> None:
    """Everything but the alerts: deployments, lines, counts, marks."""
    of_changes.keep(_deployments(batch))
    lines.keep([line for one in batch.reads for line in _lines(one)], at=batch.at)
    writing.count(batch.tally)
    writing.worked(batch.marks, batch.at)
    latest: dict[int, datetime] = {}
    for one in batch.reads:
        pk, at = one.source.pk, one.row.received_at
        latest[pk] = max(latest.get(pk, at), at)
    writing.heard(sorted(latest.items()))


def _deployments(batch: Batch) -> list[Deployment]:
    return [
        Deployment(
            service_id=one.source.service_id,
            source=one.source,
            summary=writing.plain(change.summary),
            at=change.at or one.row.received_at,
            received_at=one.row.received_at,
            origin=writing.plain(change.origin),
            links=writing.clean(list(change.links)),
            details=writing.clean(dict(change.details)),
        )
        for one in batch.reads
        for change in one.reading.changes
    ]


def _lines(one: Read) -> list[lines.Line]:
    """What its source's health page tells of it."""
    sample = sample_of(bytes(one.row.body))
    told = [(str(remark), "") for remark in one.reading.remarks]
    if one.failure is not None:
        told.append((one.failure.code, one.failure.about))
    return [
        lines.Line(one.source.pk, code[:40], writing.plain(about)[:300], sample)
        for code, about in told
    ]
