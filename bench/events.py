"""What events in cost: working them off, and a minute in which 50,000 alerts come.

On a copy of the load, with the product's own processes. `ONLY=events` asks for all.

The flood comes over HTTP from 500 sources, as Alertmanager posts 20 to 100 alerts. One
rule groups by the label `cluster`, of which each source has its own: 500 incidents. A
worker works all the while, and somebody looks at the queue again and again.
"""

import contextlib
import http.client
import json
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from typing import Any
from urllib.parse import urlparse

import psycopg2

from bench import servers
from bench.client import Place, measure
from bench.targets import FLOORS, Target

Row = dict[str, Any]
NAMES = ("events worked off", "events of a flood")
COPY = "beeline_bench_events"
RATE = 2000  # signals a second, one worker
CALLS = 20_000
SOURCES, ALERTS, MINUTE = 500, 50_000, 60.0
QUEUE = Target("queue", "/queue/", "P", 4, queries=12, spread=2)
SENDERS = 4
WITHOUT_SECONDS = 600.0  # in which the flood has to be worked off
MAKE = """
from django.utils import timezone
from itsm.monitoring import keys
from itsm.monitoring.models import AlertRule, Source
from people.models import Service, User
from people.roles import Role
at = timezone.now()
services = list(Service.objects.order_by("pk"))
for n in range({n}):
    account = User.objects.create_user(
        f"flood-{{n}}@machines.invalid", name=f"Flood {{n}}", roles=[Role.AGENT],
        is_machine=True, created_at=at)
    source = Source(slug=f"flood-{{n}}", name=f"Flood {{n}}", account=account,
        service=services[n % len(services)], created_at=at, per_minute=1000000)
    keys.give(source, f"{{n:032x}}")
    source.save()
AlertRule.objects.create(name="By cluster", position=1, is_active=True,
    group_by="labels", labels=["cluster"], created_at=at)
"""
FILL = """
INSERT INTO itsm_reception (source_id, format, body, headers, key, received_at,
    n_signals, note)
SELECT s.id, 'pagerduty', convert_to(replace(%(body)s, '{once}', n::text), 'UTF8'),
    '{}', '', now(), 0, ''
FROM generate_series(1, %(calls)s) n
JOIN itsm_source s ON s.slug = 'flood-' || n %% 20
"""
MADE = """
SELECT count(*) FROM itsm_alert a JOIN itsm_source s ON s.id = a.source_id
WHERE s.slug LIKE 'flood-%'
"""
STANDS = """
SELECT (SELECT count(*) FROM itsm_reception WHERE worked_at IS NULL)
        + (SELECT count(*) FROM itsm_alert WHERE decide_at <= now()),
    (SELECT count(*) FROM itsm_alert WHERE labels ? 'cluster'),
    (SELECT count(DISTINCT incident_id) FROM itsm_alert WHERE labels ? 'cluster'),
    (SELECT count(*) FROM itsm_alert WHERE labels ? 'cluster' AND incident_id IS NULL)
"""


def run(database: str, redis: str, tickets: int, wanted: Any) -> list[Row]:
    """The rows that are wanted, measured on a copy of the load."""
    names = [name for name in NAMES if wanted(name)]
    if not names:
        return []
    load = f"beeline_bench_{tickets}"
    connection = psycopg2.connect(database)
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{COPY}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{COPY}" TEMPLATE "{load}"')
        try:
            url = urlparse(database)._replace(path=f"/{COPY}").geturl()
            env = servers.environment(url, redis, servers.FIRST_PORT)
            facts = servers.prepare(env, tickets)
            _shell(env, MAKE.format(n=SOURCES))
            return [MEASURES[name](env, url, facts) for name in names]
        finally:
            cursor.execute(f'DROP DATABASE IF EXISTS "{COPY}" WITH (FORCE)')


def worked_off(env: dict[str, str], url: str, facts: dict[str, Any]) -> Row:
    """So many calls of one event, each another alert: read, folded and written."""
    from bench.targets import EVENT

    _ask(url, FILL, {"body": EVENT, "calls": CALLS})
    told = _shell(
        env,
        "import time; from django.utils import timezone\n"
        "from itsm.monitoring import work\n"
        "began = time.perf_counter()\n"
        "n = work.work_off(at=timezone.now(), batches=1000)\n"
        "print(n, time.perf_counter() - began)",
    )
    n, seconds = told.split()[-2:]
    rate = int(n) / float(seconds)
    [(alerts,)] = _ask(url, MADE)
    _ask(url, "DELETE FROM itsm_alert")
    return {
        "name": NAMES[0],
        "budget": RATE,
        "ok": rate >= RATE and alerts == CALLS,
        "rate": round(rate),
        "note": f"{rate:,.0f}/s of one worker; {int(n):,} calls, {alerts:,} alerts; "
        f"load {os.getloadavg()[0]:.1f}",
    }


def flood(env: dict[str, str], url: str, facts: dict[str, Any]) -> Row:
    """The minute, what became of it, and what the queue was like meanwhile."""
    with servers.web(env, facts) as (place, _pid):
        floor, before = measure([(place, FLOORS["P"]), (place, QUEUE)], 1, 200)
        worker = _start(env)
        try:
            began = time.monotonic()
            refused: list[int] = []
            senders = _send(place.port, began, refused)
            during = _look(place, senders)
            for sender in senders:
                sender.join()
            sent = time.monotonic() - began
            left, alerts, incidents, alone = _ask(url, STANDS)[0]
            while left and time.monotonic() < began + WITHOUT_SECONDS:
                time.sleep(1)
                left, alerts, incidents, alone = _ask(url, STANDS)[0]
            done = time.monotonic() - began
        finally:
            worker.terminate()
            worker.wait(30)
    p = statistics.median(floor)
    quiet, busy = (statistics.median(times) / p for times in (before, during))
    whole = (left, alerts, incidents, alone) == (0, ALERTS, SOURCES, 0)
    return {
        "name": NAMES[1],
        "p50_ms": round(statistics.median(during), 2),
        "p95_ms": round(statistics.quantiles(during, n=20)[-1], 2),
        "floor": "P",
        "floor_ms": round(p, 2),
        "ratio": round(busy, 2),
        "budget": 2 * QUEUE.budget,
        "ok": whole and not refused and busy <= 2 * QUEUE.budget,
        "note": f"{alerts:,} alerts, {incidents} incidents, {left} left, "
        f"{len(refused)} refused; sent in {sent:.0f} s, done after {done:.0f} s; "
        f"queue {quiet:.1f} P before; load {os.getloadavg()[0]:.1f}",
    }


def posts() -> list[tuple[int, bytes]]:
    """Which source sends what; the same with every run."""
    chance = random.Random(5)
    found, left, n = [], [ALERTS // SOURCES] * SOURCES, 0
    while any(left):
        for source in range(SOURCES):
            if not left[source]:
                continue
            size = min(left[source], chance.randint(20, 100))
            left[source] -= size
            found.append((source, _post(source, range(n, n + size))))
            n += size
    return found


def _post(source: int, numbers: range) -> bytes:
    alerts = [
        {
            "status": "firing",
            "labels": {
                "alertname": "DiskFull",
                "cluster": f"c{source}",
                "instance": f"node-{n}:9100",
                "severity": "warning",
            },
            "annotations": {"summary": f"Disk of node-{n} is full"},
            "startsAt": "2026-01-01T00:00:00Z",
            "fingerprint": f"{n:016x}",
        }
        for n in numbers
    ]
    body = {"version": "4", "groupKey": "{}", "status": "firing", "alerts": alerts}
    return json.dumps(body).encode()


def _send(port: int, began: float, refused: list[int]) -> list[threading.Thread]:
    """Spread over the minute, by a few at once."""
    found = posts()
    apart = MINUTE / len(found)

    def send(first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for place in range(first, len(found), SENDERS):
            source, body = found[place]
            time.sleep(max(0.0, began + place * apart - time.monotonic()))
            address = f"/api/events/{source:032x}/alertmanager/"
            headers = {"Content-Type": "application/json"}
            connection.request("POST", address, body, headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status >= 300:
                refused.append(answer.status)

    senders = [threading.Thread(target=send, args=(n,)) for n in range(SENDERS)]
    for sender in senders:
        sender.start()
    return senders


def _look(place: Place, senders: list[threading.Thread]) -> list[float]:
    """The queue again and again, for as long as they send."""
    found: list[float] = []
    while any(sender.is_alive() for sender in senders):
        found += measure([(place, QUEUE)], 1, 20)[0]
    return found


def _start(env: dict[str, str]) -> subprocess.Popen[bytes]:
    """A worker: as Celery's, round after round."""
    code = (
        "import time\nfrom django.utils import timezone\n"
        "from itsm.monitoring import working\nfrom core import consumers\n"
        "while True:\n"
        "    done, left = working.work_slice(clock=timezone.now)\n"
        "    consumers.advance_all(at=timezone.now())\n"
        "    left or time.sleep(1 - time.time() % 1)\n"
    )
    return subprocess.Popen(
        [sys.executable, "manage.py", "shell", "-c", code],
        cwd=servers.ROOT,
        env={**env, "DJANGO_SETTINGS_MODULE": "config.settings"},
        stdout=subprocess.DEVNULL,
    )


def _shell(env: dict[str, str], code: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", code],
        cwd=servers.ROOT,
        env={**env, "DJANGO_SETTINGS_MODULE": "config.settings"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def _ask(url: str, sql: str, values: Any = None) -> list[tuple[Any, ...]]:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall()) if cursor.description else []


MEASURES = dict(zip(NAMES, (worked_off, flood), strict=True))
