"""Whatever dies while events are worked off: none is lost, none counts twice."""

import threading
import time

from tests.faults.monitored import (
    KEYS,
    LEFT,
    STATES,
    begin,
    is_worked_off,
    manage,
    post,
)
from tests.faults.test_promises import ask, embedded_valkey, kill

CALLS, EACH = 60, 50  # of each source, and alerts of a call
SOURCES = 4
COUNTS = """
SELECT (SELECT count(*) FROM itsm_reception), count(*), sum(count),
    count(*) FILTER (WHERE status = 'closed'), count(DISTINCT (source_id, key))
FROM itsm_alert
"""
HOURS = """
SELECT sum(received), sum(signals), sum(alerts), sum(repeats), sum(cleared),
    sum(dropped) FROM itsm_sourcehour
"""


def body(call, status):
    """Half of its alerts are told by the next call as well."""
    return {
        "version": "4",
        "groupKey": "{}",
        "status": status,
        "alerts": [
            {
                "status": status,
                "labels": {"alertname": "Full", "n": str(n), "severity": "critical"},
                "fingerprint": f"{n:016x}",
                "startsAt": "2026-01-01T00:00:00Z",
            }
            for n in range(call * EACH // 2, call * EACH // 2 + EACH)
        ],
    }


def send(beeline, key, status, accepted):
    for call in range(CALLS):
        if post(beeline, f"/api/events/{key}/alertmanager/", body(call, status)) < 300:
            accepted.append((key, call))


def send_all(beeline, status):
    """From all sources at once; those calls that were accepted."""
    accepted = []
    threads = [
        threading.Thread(target=send, args=(beeline, key, status, accepted))
        for key in KEYS[:SOURCES]
    ]
    for thread in threads:
        thread.start()
    return accepted, threads


def break_things(beeline, threads):
    """Kill the worker and Valkey again and again while calls come in."""
    rounds = [
        [("celery", "worker")],
        [("valkey-server",)],
        [("celery", "worker"), ("valkey-server",)],
        [("celery", "worker"), ("celery", "beat")],
    ]
    for victims in rounds:
        time.sleep(1.5)
        for words in victims:
            kill(beeline, *words)
    embedded_valkey(beeline).flushall()
    for thread in threads:
        thread.join()


def test_nothing_is_lost_or_doubled_whatever_is_killed(up, tmp_path):
    beeline = begin(up, tmp_path / "var", SOURCES)
    post(beeline, f"/api/events/{KEYS[0]}/alertmanager/", body(0, "resolved"))

    fired, threads = send_all(beeline, "firing")
    break_things(beeline, threads)
    assert len(fired) == CALLS * SOURCES, "the web server was not touched"
    beeline.wait_until(lambda: is_worked_off(beeline), seconds=300)
    keys = (CALLS + 1) * EACH // 2 * SOURCES
    calls, alerts, triggers, closed, distinct = ask(beeline, COUNTS)[0]
    assert (calls, alerts, distinct) == (1 + len(fired), keys, keys)
    assert (triggers, closed) == (len(fired) * EACH, 0)

    resolved, threads = send_all(beeline, "resolved")
    break_things(beeline, threads)
    beeline.wait_until(lambda: is_worked_off(beeline), seconds=300)
    assert ask(beeline, COUNTS)[0] == (
        *(1 + len(fired) + len(resolved), keys, len(fired) * EACH, keys, keys),
    )
    received, signals, made, repeats, cleared, dropped = ask(beeline, HOURS)[0]
    assert received == 1 + len(fired) + len(resolved)
    assert signals == received * EACH == made + repeats + cleared + dropped
    assert (made, cleared) == (keys, keys)
    states = {(category, by) for category, by, _n in ask(beeline, STATES)}
    assert ("closed", "monitoring") in states
    assert states <= {("closed", "monitoring"), ("cancelled", "")}, "merged or closed"

    doctor = manage(beeline.var, "doctor", "--whole")
    assert doctor.returncode == 0, doctor.stdout
    assert ask(beeline, LEFT) == [(0,)]
    assert beeline.stop() == 0
    assert beeline.left_behind() == []
