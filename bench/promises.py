"""What promises cost: an idle sweep, a minute in which many fall due, other hours.

Runs as its own process on a copy of the load that it may do with as it likes, see
`measure`; rows as JSON on the last line of stdout.
"""

import contextlib
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlparse

import django
import psycopg2

from bench import servers

Row = dict[str, Any]
NAMES = ("recomputing", "due in one minute", "idle sweep")  # in this order
OPEN, DUE, RECOMPUTED = 1_000_000, 100_000, 100_000  # clocks, at a million tickets
IDLE_MS, DUE_SECONDS, RECOMPUTE_SECONDS = 10.0, 30.0, 30.0
WORKERS = 2
HOURS = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
LONGER = HOURS | {"sat": [["10:00", "14:00"]]}
TARGETS = {f"P{n}": {"update": "PT4H", "resolution": "PT40H"} for n in range(1, 6)}
# Further cycles of what runs, so that as many wait as a busy house has.
MORE = """
INSERT INTO itsm_clock (ticket_id, kind, party_id, cycle, state, agreement_id,
    calendar_id, target, used, since, due_at, started_at, step, next_at)
SELECT ticket_id, kind, party_id, 1000 + n, state, agreement_id, calendar_id, target,
    used, since, due_at + n * interval '1 hour', started_at, step,
    %(now)s + interval '1 day' + n * interval '1 hour'
FROM itsm_clock, generate_series(1, %(times)s) n WHERE next_at IS NOT NULL
LIMIT %(missing)s
"""
# One promise each of so many tickets falls due in the minute after `begin`.
FALL_DUE = """
UPDATE itsm_clock c SET step = 1, due_at = v.at, next_at = v.at, state = 'running',
    since = %(begin)s, missed_at = NULL
FROM (SELECT id, %(begin)s + random() * interval '1 minute' AS at FROM (
    SELECT DISTINCT ON (ticket_id) id FROM itsm_clock
    WHERE state IN ('running', 'missed') AND ended_at IS NULL AND kind = 'update'
        AND cycle > 0 ORDER BY ticket_id, cycle) own
    LIMIT %(n)s) v
WHERE c.id = v.id
"""
MISSES = """
SELECT count(*), count(DISTINCT (subject_id, changes -> 'clock' -> 1))
FROM core_event WHERE kind = 'ticket.miss' AND id > %s
"""
TOLD = """
SELECT count(*), count(DISTINCT (who, event)), count(DISTINCT event) FROM (
    SELECT user_id AS who, one ->> 1 AS event
    FROM notify_notice, jsonb_array_elements(events) one
    WHERE (one ->> 1)::bigint > %s) told
"""
# Two promises each of so many tickets that somebody has answered count by a calendar.
COUNTED = """
WITH chosen AS (
    SELECT c.ticket_id FROM itsm_clock c JOIN itsm_ticket t ON t.id = c.ticket_id
    WHERE c.kind = 'resolution' AND c.ended_at IS NULL AND t.informed_at IS NOT NULL
        AND t.state_category IN ('new', 'active') AND EXISTS (SELECT 1
            FROM itsm_clock u WHERE u.ticket_id = t.id AND u.kind = 'update'
            AND u.state = 'running' AND u.cycle < 1000)
    LIMIT %(n)s)
UPDATE itsm_clock c SET calendar_id = %(calendar)s, agreement_id = %(agreement)s,
    state = CASE WHEN c.cycle = 0 THEN c.state ELSE 'running' END,
    target = CASE WHEN c.kind = 'update' THEN interval '4 hours'
        ELSE interval '40 hours' END,
    used = interval '0', since = %(now)s, missed_at = NULL, step = 0,
    due_at = CASE WHEN c.cycle = 0 THEN NULL ELSE %(now)s + interval '2 days' END,
    next_at = CASE WHEN c.cycle = 0 THEN NULL ELSE %(now)s + interval '1 day' END
FROM chosen WHERE c.ticket_id = chosen.ticket_id AND c.cycle < 1000
    AND (c.kind = 'resolution' OR c.kind = 'update'
        AND (c.cycle = 0 OR c.state = 'running'))
"""


def measure(database: str, redis: str, tickets: int, wanted: Any) -> list[Row]:
    """The rows that are wanted, measured on a copy of the load."""
    names = [name for name in NAMES if wanted(name)]
    if not names:
        return []
    load, copy = f"beeline_bench_{tickets}", "beeline_bench_promises"
    connection = psycopg2.connect(database)
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{copy}"')
        cursor.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{load}"')
        try:
            url = urlparse(database)._replace(path=f"/{copy}").geturl()
            env = servers.environment(url, redis, servers.FIRST_PORT)
            done = subprocess.run(
                [sys.executable, "-m", "bench.promises", str(tickets), *names],
                cwd=servers.ROOT,
                env=env,
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
        finally:
            cursor.execute(f'DROP DATABASE IF EXISTS "{copy}"')
    return list(json.loads(done.stdout.splitlines()[-1]))


def idle(share: float) -> Row:
    """Nothing is due; so many clocks wait."""
    from django.utils import timezone

    from itsm.sla import sweep
    from itsm.sla.models import Clock

    _work_off()
    wanted, now = round(OPEN * share), timezone.now()
    here = Clock.objects.exclude(next_at=None).count()
    missing = max(0, wanted - here)
    times = missing // max(1, here) + 1
    _do(MORE, now=now, times=times, missing=missing)
    _do("ANALYZE itsm_clock")
    took = []
    for _ in range(400):
        began = time.perf_counter()
        assert sweep.sweep(at=now) == 0
        took.append((time.perf_counter() - began) * 1000)
    found = statistics.median(took)
    waiting = Clock.objects.exclude(next_at=None).count()
    return {
        "name": "idle sweep, ms",
        "ms": round(found, 2),
        "budget": IDLE_MS,
        "ok": found <= IDLE_MS,
        "note": f"{found:.2f} ms, {waiting:,} clocks wait",
    }


def due_in_one_minute(share: float) -> Row:
    """From the minute's end until all is recorded and everybody's line is written."""
    from django.db import connection
    from django.utils import timezone

    from core.models import Event

    wanted = round(DUE * share)
    _work_off()
    begin = timezone.now() + timedelta(seconds=20)
    _do(FALL_DUE, begin=begin, n=wanted)
    _do("ANALYZE itsm_clock")
    newest = Event.objects.latest("pk").pk
    end = begin + timedelta(minutes=1)
    connection.close()
    workers = [
        multiprocessing.get_context("fork").Process(target=_work, args=(end,))
        for _ in range(WORKERS)
    ]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    last = max(_ask("SELECT max(advanced_at) FROM core_consumer")[0], end)
    seconds = (last - end).total_seconds()
    recorded, distinct = _ask(MISSES, newest)
    told, once, events = _ask(TOLD, newest)
    # some of the load's own fall due meanwhile: they count, and are told, likewise
    once_each = wanted <= recorded == distinct <= events and told == once
    return {
        "name": f"{wanted:,} due in one minute, seconds",
        "seconds": round(seconds, 1),
        "budget": DUE_SECONDS,
        "ok": seconds <= DUE_SECONDS and once_each,
        "note": f"{seconds:.1f} s after its end; {recorded:,} recorded of {distinct:,} "
        f"promises, {events:,} told, {told - once} of them twice",
    }


def _work_off() -> None:
    """What fell due since the load was made, and what readers have not seen."""
    from django.utils import timezone

    from core import consumers
    from itsm.sla import sweep

    while sweep.sweep(at=timezone.now()) + consumers.advance_all(at=timezone.now()):
        pass


def _work(end: datetime) -> None:
    """A worker: what beat asks for each second, until nothing is left to do."""
    from django.utils import timezone

    from core import consumers
    from itsm.sla import sweep

    while True:
        now = timezone.now()
        done = sweep.sweep(at=now) + consumers.advance_all(at=timezone.now())
        if not done and now > end + timedelta(seconds=1) and not _is_left():
            return
        if not done:
            time.sleep(1 - time.time() % 1)


def _is_left() -> bool:
    from django.utils import timezone

    from core.models import Consumer, Event
    from itsm.sla import sweep

    newest = Event.objects.latest("pk").pk
    behind = Consumer.objects.filter(cursor__lt=newest).exists()
    return behind or sweep.seconds_late(at=timezone.now()) > 0


def recomputing(share: float) -> Row:
    """A calendar has other hours: clocks that count by it, asked for anew."""
    from django.utils import timezone

    from core import jobs
    from itsm.sla.models import Agreement, Clock, Recomputation
    from people.calendars import actions
    from people.models import User

    now = timezone.now()
    by = User.objects.create(
        email="bench@load.example", name="B", roles=["administrator"], created_at=now
    )
    calendar = actions.create_calendar(
        by=by, at=now, name="Bench", time_zone="Europe/Berlin", hours=HOURS
    )
    agreement = Agreement.objects.create(
        slug="bench",
        name="Bench",
        calendar=calendar,
        targets=TARGETS,
        warnings=[75],
        valid_from=now.date() - timedelta(days=1),
        created_at=now,
        updated_at=now,
    )
    _do(
        COUNTED,
        n=round(RECOMPUTED * share / 2),
        calendar=calendar.versions.get().pk,
        agreement=agreement.pk,
        now=now,
    )
    _do("ANALYZE itsm_clock")
    running = Clock.objects.filter(calendar__calendar=calendar, state="running")
    counted = running.count()
    actions.change_calendar(calendar=calendar, by=by, at=timezone.now(), hours=LONGER)
    job = Recomputation.objects.get(calendar=calendar)
    assert jobs.claim(job, at=timezone.now())
    began = time.monotonic()
    jobs.run(job, seconds=3600)
    seconds = time.monotonic() - began
    moved = running.filter(calendar=calendar.versions.latest("number")).count()
    return {
        "name": f"recomputing {counted:,} clocks, seconds",
        "seconds": round(seconds, 1),
        "budget": RECOMPUTE_SECONDS,
        "ok": seconds <= RECOMPUTE_SECONDS and counted == moved > 0,
        "note": f"{seconds:.1f} s; {moved:,} of {counted:,} count by the new hours",
    }


def _do(sql: str, **values: Any) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)


def _ask(sql: str, *values: Any) -> tuple[Any, ...]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return tuple(cursor.fetchone())


MEASURES: dict[str, Callable[[float], Row]] = dict(
    zip(NAMES, (recomputing, due_in_one_minute, idle), strict=True)
)

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    of_a_million = int(sys.argv[1]) / 1_000_000
    print(json.dumps([MEASURES[name](of_a_million) for name in sys.argv[2:]]))
