"""`python -m bench`: build the load, measure pages against floors, print and keep it.

BENCH_TICKETS=1000000, ONLY=queue,search (parts of names), LOG=file (measures the import
of that ticket log too), REQUESTS=400, PORT=8140, RESULTS=file. Uses DATABASE_URL and
REDIS_URL where they are given (with databases of its own there), else the embedded
servers.
"""

import json
import os
import statistics
import sys
from pathlib import Path
from typing import Any

from bench import (
    backlog,
    events,
    forecasts,
    loading,
    machine,
    memory,
    planned,
    promises,
    servers,
    starting,
)
from bench.client import Place, Unexpected, measure
from bench.targets import FLOORS, Target, targets

TICKETS = int(os.environ.get("BENCH_TICKETS", "1000000"))
SMALL = 10_000
REQUESTS = int(os.environ.get("REQUESTS", "400"))
CLIENTS = [int(n) for n in os.environ.get("CLIENTS", "1,4,16").split(",")]
RESULTS = Path(os.environ.get("RESULTS", servers.ROOT / "bench/results/latest.json"))
GROWTH = 1.3
Row = dict[str, Any]


def wanted(name: str) -> bool:
    """Whether ONLY (parts of names, separated by commas) asks for this row."""
    only = [part.strip() for part in os.environ.get("ONLY", "").split(",")]
    return not any(only) or any(part and part in name for part in only)


def row(name: str, clients: int, **values: Any) -> Row:
    """One row of the results, and of the printed table."""
    found = {
        "name": name,
        "clients": clients,
        "p50_ms": None,
        "p95_ms": None,
        "floor": "",
        "ratio": None,
        "budget": None,
        "ok": False,
        **values,
    }
    show(found)
    return found


def show(found: Row) -> None:
    """Print one row as it comes."""

    def cell(key: str, shape: str) -> str:
        value = found.get(key)
        return format("" if value is None else format(value, shape), ">9")

    mark = "ok" if found["ok"] else "MISSED"
    print(
        f"{found['name']:34}{found['clients'] or '':>4}"
        f"{cell('p50_ms', '.2f')}{cell('p95_ms', '.2f')}"
        f"{cell('floor_ms', '.2f')}{cell('ratio', '.2f')}{cell('budget', 'g')}"
        f"  {mark}  {found.get('note', '')}",
        flush=True,
    )


def p50(times: list[float]) -> float:
    """The median, ms."""
    return statistics.median(times)


def p95(times: list[float]) -> float:
    """The time that 95 % stay under, ms."""
    return statistics.quantiles(times, n=20)[-1]


def speed(place: Place, target: Target, clients: int, facts: dict[str, Any]) -> Row:
    """One target against its floor, by so many clients at once."""
    floor = FLOORS[target.floor]
    try:
        base, page = measure([(place, floor), (place, target)], clients, REQUESTS)
    except Unexpected as error:
        return row(target.name, clients, budget=target.budget, note=str(error))
    queries = facts["queries"][target.name]["queries"]
    compared = statistics.fmean if target.rate else p50
    ratio = compared(page) / compared(base)
    tight = target.spread is None or p95(page) <= target.spread * p50(page)
    few = target.queries is None or queries <= target.queries
    rows = facts["queries"][target.name]["rows"]
    notes = [f"{queries} queries", "" if few else f"more than {target.queries}"]
    notes.append("" if tight else f"p95 over {target.spread:g} x p50")
    notes.append(f"{rows} rows" if rows else "")
    notes.append(f"{100 / ratio:.0f} % of the floor's rate" if target.rate else "")
    return row(
        target.name,
        clients,
        p50_ms=round(p50(page), 3),
        p95_ms=round(p95(page), 3),
        floor=target.floor,
        floor_ms=round(p50(base), 3),
        ratio=round(ratio, 2),
        budget=target.budget,
        ok=ratio <= target.budget and tight and few,
        queries=queries,
        note=", ".join(note for note in notes if note),
    )


def growth(
    large: tuple[Place, Target], small: tuple[Place, Target], tickets: int
) -> Row:
    """The same target at full size against 10,000 tickets, in turns."""
    name = f"{large[1].name}, growth"
    try:
        full, tenth = measure([large, small], 1, REQUESTS)
    except Unexpected as error:
        return row(name, 1, budget=GROWTH, note=str(error))
    ratio = p50(full) / p50(tenth)
    return row(
        name,
        1,
        p50_ms=round(p50(full), 3),
        p95_ms=round(p95(full), 3),
        floor=f"at {SMALL:,}",
        floor_ms=round(p50(tenth), 3),
        ratio=round(ratio, 2),
        budget=GROWTH,
        ok=ratio <= GROWTH,
        note=f"{tickets:,} against {SMALL:,} tickets",
    )


def pages(database: str, redis: str) -> tuple[list[Row], dict[str, Any]]:
    """Every target at every number of clients, then its growth."""
    rows: list[Row] = []
    url = servers.own_database(database, f"beeline_bench_{TICKETS}")
    env = servers.environment(url, redis, servers.FIRST_PORT)
    facts = servers.prepare(env, TICKETS)
    chosen = [t for t in targets(facts) if wanted(t.name)]
    with servers.web(env, facts) as (place, pid):
        for target in chosen:
            rows += [speed(place, target, n, facts) for n in CLIENTS]
        if TICKETS > SMALL and chosen:
            facts = servers.prepare(env, TICKETS)  # folds the counts, as beat would
            chosen = [t for t in targets(facts) if wanted(t.name)]
            url = servers.own_database(database, f"beeline_bench_{SMALL}")
            other = servers.environment(url, redis, servers.FIRST_PORT + 2)
            few = servers.prepare(other, SMALL)
            again = {target.name: target for target in targets(few)}
            with servers.web(other, few) as (elsewhere, _):
                rows += [
                    growth((place, t), (elsewhere, again[t.name]), facts["tickets"])
                    for t in chosen
                ]
        if wanted("memory"):
            rows += [
                row(**found, clients=0) for found in memory.of_web(pid, "after the run")
            ]
    return rows, facts


def main() -> int:
    """Measure; 0 when every budget is kept, 1 otherwise."""
    print(
        f"{'':34}{'n':>4}{'p50 ms':>9}{'p95 ms':>9}{'floor':>9}{'ratio':>9}"
        f"{'budget':>9}"
    )
    with servers.database_server() as (database, redis):
        rows, facts = pages(database, redis)
        found = promises.measure(database, redis, TICKETS, wanted)
        found += events.run(database, redis, TICKETS, wanted)
        found += planned.run(database, redis, TICKETS, wanted)
        found += backlog.run(database, redis, TICKETS, wanted)
        rows += [row(**one, clients=0) for one in found]
        if wanted("import") and os.environ.get("LOG"):
            rows.append(row(**loading.of_log(database, redis), clients=1))
    rows += [row(**one, clients=0) for one in forecasts.run(wanted)]
    if wanted("memory"):
        rows += [row(**found, clients=0) for found in memory.of_up()]
    if wanted(starting.FIRST) or wanted(starting.SECOND):
        rows += [row(**found, clients=0) for found in starting.measure()]
    public = {k: facts[k] for k in ("tickets", "open")}
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(
        json.dumps({"machine": machine.facts(), "load": public, "rows": rows}, indent=1)
        + "\n"
    )
    missed = [found for found in rows if not found["ok"]]
    print(f"{len(rows) - len(missed)} of {len(rows)} budgets kept; see {RESULTS}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
