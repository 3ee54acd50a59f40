"""Two ways to keep the log's readers from skipping a late commit, side by side.

`python -m bench.log` on the server of DATABASE_URL; docs/adr/0002-event-log.md holds
the numbers. Tables of its own, in a schema that it drops at the end.
"""

import multiprocessing as mp
import os
import random
import statistics
import time
from multiprocessing.sharedctypes import Synchronized

import psycopg2

SECONDS = float(os.environ.get("SECONDS_EACH", "6"))
TICKETS = 10_000
LOCK = 7_236_001
SETUP = """
DROP SCHEMA IF EXISTS bench_log CASCADE; CREATE SCHEMA bench_log;
CREATE TABLE bench_log.ticket (id bigint PRIMARY KEY, owner bigint, version int,
    updated timestamptz);
INSERT INTO bench_log.ticket SELECT g, 0, 1, now() FROM generate_series(1, 10000) g;
CREATE TABLE bench_log.event (id bigserial PRIMARY KEY, kind text, at timestamptz,
    actor bigint, subject_type text, subject_id bigint, changes jsonb,
    written timestamptz DEFAULT clock_timestamp(),
    xid xid8 DEFAULT pg_current_xact_id());
CREATE INDEX ON bench_log.event (subject_type, subject_id, id);
CREATE INDEX ON bench_log.event (kind, at);
"""
BY_XID = "CREATE INDEX ON bench_log.event (xid, id);"
UPDATE = """UPDATE bench_log.ticket SET owner = %s, version = version + 1,
    updated = now() WHERE id = %s"""
INSERT = """INSERT INTO bench_log.event (kind, at, actor, subject_type, subject_id,
    changes) VALUES ('ticket.take', now(), %s, 'ticket', %s, '{"owner": [null, 7]}')"""
READ = {
    "lock": """SELECT id, 0, extract(epoch FROM clock_timestamp() - written)
        FROM bench_log.event WHERE id > %(id)s ORDER BY id LIMIT 1000""",
    "xid": """SELECT id, xid::text::bigint,
        extract(epoch FROM clock_timestamp() - written) FROM bench_log.event
        WHERE (xid, id) > (%(xid)s::text::xid8, %(id)s)
          AND xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY xid, id LIMIT 1000""",
}


def write(way: str, until: float, answers: "mp.Queue[list[float]]") -> None:
    """One writer: take a ticket, say so, commit, as fast as it goes."""
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    cursor = connection.cursor()
    times: list[float] = []
    while time.time() < until:
        ticket = random.randrange(1, TICKETS + 1)
        began = time.perf_counter()
        cursor.execute(UPDATE, [random.randrange(200), ticket])
        if way == "lock":
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute(INSERT, [random.randrange(200), ticket])
        connection.commit()
        times.append(time.perf_counter() - began)
    answers.put(times)


def read(way: str, stop: "Synchronized[int]", answers: "mp.Queue[object]") -> None:
    """One reader that follows the log and notes how late it sees each event."""
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    connection.autocommit = True
    cursor = connection.cursor()
    seen, lags, place = 0, [], {"id": 0, "xid": 0}
    while True:
        cursor.execute(READ[way], place)
        rows = cursor.fetchall()
        if rows:
            place = {"id": rows[-1][0], "xid": rows[-1][1]}
            seen += len(rows)
            lags += [float(row[2]) for row in rows]
        elif stop.value:
            break
        time.sleep(0.002)
    answers.put((seen, lags))


def hold(seconds: float) -> None:
    """An unrelated long transaction, such as an import's batch."""
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    cursor = connection.cursor()
    cursor.execute("UPDATE bench_log.ticket SET version = 0 WHERE id = 0")
    cursor.execute("SELECT pg_current_xact_id()")
    time.sleep(seconds)
    connection.rollback()


def run(way: str, writers: int, *, long_transaction: bool = False) -> dict[str, float]:
    """One measurement: events/s, an action's p50 and p95, the reader's lag, in ms."""
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    with connection, connection.cursor() as cursor:
        cursor.execute(SETUP + (BY_XID if way == "xid" else ""))
    stop = mp.Value("i", 0)
    times: mp.Queue[list[float]] = mp.Queue()
    seen: mp.Queue[object] = mp.Queue()
    until = time.time() + SECONDS
    reader = mp.Process(target=read, args=(way, stop, seen))
    crowd = [mp.Process(target=write, args=(way, until, times)) for _ in range(writers)]
    if long_transaction:
        holder = mp.Process(target=hold, args=(3.0,))
        holder.start()
        time.sleep(0.1)
    for process in [reader, *crowd]:
        process.start()
    actions = [t for _ in crowd for t in times.get()]
    stop.value = 1
    count, lags = seen.get()  # type: ignore[misc]
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM bench_log.event")
        written = cursor.fetchone()[0]
    if count != written:
        print(f"{way}: the reader saw {count} of {written} events")
    return {
        "events_s": len(actions) / SECONDS,
        "p50": statistics.median(actions) * 1000,
        "p95": statistics.quantiles(actions, n=20)[-1] * 1000,
        "lag_p50": statistics.median(lags) * 1000,
        "lag_max": max(lags) * 1000,
    }


def main() -> None:
    """Print the table of docs/adr/0002-event-log.md."""
    print("way   writers  events/s   p50 ms   p95 ms  lag p50  lag max")
    cases = [(w, n, False) for n in (1, 4, 16) for w in ("lock", "xid")]
    for way, n, held in [*cases, ("lock", 4, True), ("xid", 4, True)]:
        r = run(way, n, long_transaction=held)
        note = "  beside a transaction of 3 s" if held else ""
        print(
            f"{way:5}{n:8}{r['events_s']:10.0f}{r['p50']:9.2f}{r['p95']:9.2f}"
            f"{r['lag_p50']:9.2f}{r['lag_max']:9.0f}{note}",
            flush=True,
        )
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    with connection, connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA bench_log CASCADE")


if __name__ == "__main__":
    main()
