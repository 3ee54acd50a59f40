"""What a backlog costs: its list, a board, a map, and the server's part of a drag.

On a copy of the load: 2,000 stories in one process, 100 of them on the board of its
running sprint, and 300 on the map of another. A drag puts a story behind another one,
over the address that the list's drag uses; every one of them moves.
"""

import contextlib
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlparse

import django
import psycopg2

from bench import servers
from bench.client import Client, Place, Unexpected, measure
from bench.targets import FLOORS, Target

Row = dict[str, Any]
COPY = "beeline_bench_backlog"
STORIES, ON_BOARD, ON_MAP = 2_000, 100, 300
BOARD, MAP = "change", "incident"  # the two processes
REQUESTS = int(os.environ.get("REQUESTS", "400"))
DRAG = f"drag in a backlog of {STORIES:,}"
DRAG_BUDGET = 5  # times a write, as creating on a page
SHOWN = 100  # the first screen: what a hand reaches without scrolling


def targets(facts: dict[str, Any]) -> list[Target]:
    """The three pages."""
    board = f"/sprints/{facts['sprint']}/board/"
    return [
        Target(f"backlog of {STORIES:,} stories", f"/backlog/{BOARD}/", "P", 6),
        Target(f"sprint board of {ON_BOARD}", board, "P", 6),
        Target(f"story map of {ON_MAP}", f"/backlog/{MAP}/map/", "P", 6),
    ]


def run(
    database: str, redis: str, tickets: int, wanted: Callable[[str], bool]
) -> list[Row]:
    """The rows that are wanted."""
    names = [target.name for target in targets({"sprint": 0})] + [DRAG]
    if not any(wanted(name) for name in names):
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
            facts = servers.prepare(env, tickets) | _filled(env)
            with servers.web(env, facts) as (place, _pid):
                chosen = [one for one in targets(facts) if wanted(one.name)]
                rows = [_page(place, target) for target in chosen]
                return rows + ([_drag(place, facts)] if wanted(DRAG) else [])
        finally:
            cursor.execute(f'DROP DATABASE IF EXISTS "{COPY}" WITH (FORCE)')


def _filled(env: dict[str, str]) -> dict[str, Any]:
    """The backlogs, made in a process of its own; what to ask for."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.backlog"],
        cwd=servers.ROOT,
        env=env,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _page(place: Place, target: Target) -> Row:
    floor = FLOORS[target.floor]
    try:
        base, page = measure([(place, floor), (place, target)], 1, REQUESTS)
    except Unexpected as error:
        return {"name": target.name, "budget": target.budget, "note": str(error)}
    return _row(target.name, base, page, target.floor, target.budget, "")


def _drag(place: Place, facts: dict[str, Any]) -> Row:
    """One after another by turns with the floor; a story never goes where it stands."""
    rng, client = random.Random(7), Client(place.port, place.cookies)
    base: list[float] = []
    moves: list[float] = []
    for turn in range(REQUESTS + 20):
        story, other = rng.sample(facts["stories"][:SHOWN], 2)
        drag = Target(
            DRAG,
            f"/backlog/{BOARD}/stories/{story}/move/",
            "W",
            DRAG_BUDGET,
            method="POST",
            body=f"after={other}",
            htmx=True,
        )
        for target, times in ((FLOORS["W"], base), (drag, moves)):
            began = time.perf_counter()
            client.ask(target)
            if turn >= 20:
                times.append((time.perf_counter() - began) * 1000)
    return _row(DRAG, base, moves, "W", DRAG_BUDGET, "the row as it is now comes back")


def _row(
    name: str,
    base: list[float],
    page: list[float],
    floor: str,
    budget: float,
    note: str,
) -> Row:
    ratio = statistics.median(page) / statistics.median(base)
    return {
        "name": name,
        "p50_ms": round(statistics.median(page), 3),
        "p95_ms": round(statistics.quantiles(page, n=20)[-1], 3),
        "floor": floor,
        "floor_ms": round(statistics.median(base), 3),
        "ratio": round(ratio, 2),
        "budget": budget,
        "ok": ratio <= budget,
        "note": note,
    }


def main() -> None:
    """Fill both, and print what was made."""
    from django.db import connection
    from django.utils import timezone

    from backlog import synthetic
    from backlog.profile.models import Member
    from bench.prepare import AGENT
    from people.models import User
    from processes.models import Process

    at, agent = timezone.now(), User.objects.get(email=AGENT)
    people = list(User.objects.filter(memberships__isnull=False).distinct()[:8])
    large, mapped = (Process.objects.get(slug=slug) for slug in (BOARD, MAP))
    given = {"people": people, "at": at}
    stories = synthetic.fill(large, stories=STORIES, mapped=0, **given)
    sprint = synthetic.run(large, stories[:ON_BOARD], at=at)
    synthetic.fill(mapped, stories=ON_MAP, mapped=ON_MAP, **given)
    for process in (large, mapped):
        Member.objects.create(process=process, user=agent)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    left = [story.number for story in stories[ON_BOARD:]]
    print(json.dumps({"sprint": sprint.pk, "stories": left}))


if __name__ == "__main__":
    django.setup()
    main()
