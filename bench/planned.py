"""What planned changes cost: a check for collisions among 5,000, and their calendar.

On a copy of the load, with 5,000 changes planned over the year around now. The check
asks the database for what is near one change and compares; the page is the month.
"""

import contextlib
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlparse

import django
import psycopg2

from bench import servers
from bench.client import measure
from bench.targets import FLOORS, Target

Row = dict[str, Any]
NAMES = ("collision check", "change calendar")
COPY = "beeline_bench_planned"
CHANGES, CHECKS, REQUESTS = 5_000, 500, 400
CHECK_MS = 20.0
# eight times as many rows as the floor reads, and what each of them meets
MONTH = Target("change calendar", "/changes/calendar/", "P", 16, spread=2)


def run(database: str, redis: str, tickets: int, wanted: Any) -> list[Row]:
    """The rows that are wanted, measured on a copy of the load."""
    if not any(wanted(name) for name in NAMES):
        return []
    connection = psycopg2.connect(database)
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{COPY}" WITH (FORCE)')
        load = f"beeline_bench_{tickets}"
        cursor.execute(f'CREATE DATABASE "{COPY}" TEMPLATE "{load}"')
        try:
            url = urlparse(database)._replace(path=f"/{COPY}").geturl()
            env = servers.environment(url, redis, servers.FIRST_PORT)
            facts = servers.prepare(env, tickets)
            rows = [_checks(env)]  # it plans what the page shows
            rows += [_month(env, facts)] if wanted(NAMES[1]) else []
            return [one for one in rows if wanted(one["name"])]
        finally:
            cursor.execute(f'DROP DATABASE IF EXISTS "{COPY}" WITH (FORCE)')


def _checks(env: dict[str, str]) -> Row:
    """Plans the changes, and checks some of them; in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.planned"],
        cwd=servers.ROOT,
        env=env,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _month(env: dict[str, str], facts: dict[str, Any]) -> Row:
    """The month's page against floor P, by one client."""
    floor = FLOORS[MONTH.floor]
    with servers.web(env, facts) as (place, _pid):
        base, page = measure([(place, floor), (place, MONTH)], 1, REQUESTS)
    ratio = statistics.median(page) / statistics.median(base)
    p95 = statistics.quantiles(page, n=20)[-1]
    return {
        "name": NAMES[1],
        "p50_ms": round(statistics.median(page), 3),
        "p95_ms": round(p95, 3),
        "floor": MONTH.floor,
        "floor_ms": round(statistics.median(base), 3),
        "ratio": round(ratio, 2),
        "budget": MONTH.budget,
        "ok": ratio <= MONTH.budget,
        "note": f"{CHANGES:,} changes in the year, some 430 of them in the month",
    }


def _planned(at: datetime) -> Iterator[Any]:
    """Changes over the year around a moment, each with its window."""
    from itsm.changes.models import Change
    from itsm.tickets.models import Ticket
    from people.models import Service, Team, User
    from processes.models import ProcessVersion

    rng = random.Random(6)
    version = ProcessVersion.objects.filter(process__slug="change").latest("number")
    services, teams = list(Service.objects.all()), list(Team.objects.all())
    owners = list(User.objects.filter(memberships__isnull=False).distinct()[:200])
    for n in range(CHANGES):
        minutes = timedelta(minutes=rng.randrange(365 * 24 * 60))
        start = at - timedelta(days=182) + minutes
        ticket = Ticket(
            number=f"CHG-{90_000_000 + n}",
            type="change",
            title=f"Firmware of the gateways, part {n}",
            process_version=version,
            state="scheduled",
            state_category="waiting",
            state_since=at,
            priority=4,
            owner=rng.choice(owners),
            team=rng.choice(teams),
            service=rng.choice(services),
            opened_at=at,
            updated_at=at,
            start_by=at,
        )
        length = timedelta(minutes=rng.randint(30, 480))
        yield Change(ticket=ticket, window_start=start, window_end=start + length)


def main() -> None:
    """Plan, check, and print the row."""
    from django.db import connection
    from django.utils import timezone

    from bench.prepare import AGENT
    from itsm.changes.calendar.queries import collisions_of
    from itsm.changes.models import Change
    from itsm.tickets.models import Ticket
    from people.models import User

    at = timezone.now()
    changes = list(_planned(at))
    Ticket.objects.bulk_create([change.ticket for change in changes], 1000)
    for change in changes:
        change.ticket_id = change.ticket.pk
    Change.objects.bulk_create(changes, 1000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE itsm_ticket, itsm_change")
    agent = User.objects.get(email=AGENT)
    ahead = [one.ticket for one in changes if one.window_end > at]
    times, met = [], 0
    for ticket in ahead[: CHECKS + 20]:
        began = time.perf_counter()
        met += len(collisions_of(ticket, agent, at))
        times.append((time.perf_counter() - began) * 1000)
    p50 = statistics.median(times[20:])
    row = {
        "name": NAMES[0],
        "ms": round(p50, 2),
        "budget": CHECK_MS,
        "ok": p50 <= CHECK_MS,
        "note": f"{p50:.1f} ms each among {CHANGES:,} changes, {met:,} collisions "
        f"in {len(times)}",
    }
    print(json.dumps(row))


if __name__ == "__main__":
    django.setup()
    main()
