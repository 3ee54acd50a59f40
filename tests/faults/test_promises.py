"""Whoever is killed: each promise is missed once, told once, and doctor is content."""

import time

import psycopg2

from config import embedded
from tests.faults.test_up import run_manage

READY = r"Beeline is ready: \S+"
PROMISES, BEGIN, APART = 80, 15, 0.3  # seconds from now, and between two
# Agents give requesters a time for the next word, and keep silent then.
GIVE = f"""
from datetime import timedelta
from django.utils import timezone
from itsm.sla.renewing import renew_update
from itsm.tickets.models import Ticket
now = timezone.now()
open_ = Ticket.objects.filter(state_category="active", owner__isnull=False)
for n, ticket in enumerate(open_.order_by("-id")[:{PROMISES}]):
    until = now + timedelta(seconds={BEGIN} + n * {APART})
    renew_update(ticket=ticket, by=ticket.owner, at=now, until=until)
"""
STEPS = """
SELECT e.kind, e.subject_id, e.changes #>> '{due,1}', e.id FROM core_event e
JOIN core_event given ON given.kind = 'ticket.renew' AND given.id > %s
    AND given.subject_id = e.subject_id
    AND given.changes #>> '{until,1}' = e.changes #>> '{due,1}'
WHERE e.kind IN ('ticket.warn', 'ticket.miss') AND e.id > given.id
"""  # of the times given; what was promised before them may fall due meanwhile, too
LINES = """
SELECT n.user_id, (one ->> 1)::bigint
FROM notify_notice n, jsonb_array_elements(events) one
"""
BEHIND = """
SELECT count(*) FROM core_consumer
WHERE cursor < (SELECT max(id) FROM core_event) OR failure <> ''
"""


def ask(beeline, sql, *values):
    """Rows; none while the server is away."""
    try:
        connection = psycopg2.connect(embedded.database_url(beeline.var))
        with connection, connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return cursor.fetchall()
    except psycopg2.OperationalError:
        return []


def kill(beeline, *words):
    """kill -9 all that run it."""
    for process in beeline.find(*words):
        process.kill()


def test_each_promise_is_missed_and_told_once_whatever_is_killed(up, tmp_path):
    beeline = up(tmp_path / "var")
    beeline.wait_for(READY)
    seeded = run_manage(beeline.var, "seed_load", "--tickets", "400")
    assert seeded.returncode == 0, seeded.stderr
    beeline.wait_until(lambda: ask(beeline, BEHIND) == [(0,)])
    [(before,)] = ask(beeline, "SELECT max(id) FROM core_event")
    given = run_manage(beeline.var, "shell", "-c", GIVE)
    assert given.returncode == 0, given.stderr

    time.sleep(BEGIN * 0.6)  # the first warnings come
    for victims in (
        [("celery", "worker")],
        [("celery", "beat")],
        [("valkey-server",)],
        [("celery", "worker"), ("bin/postgres",)],
        [("celery", "worker"), ("celery", "beat"), ("valkey-server",)],
    ):
        for words in victims:
            kill(beeline, *words)
        time.sleep(3)
    embedded_valkey(beeline).flushall()

    def is_done():
        missed = [row for row in ask(beeline, STEPS, before) if row[0] == "ticket.miss"]
        return len(missed) >= PROMISES and ask(beeline, BEHIND) == [(0,)]

    beeline.wait_until(is_done, seconds=120)
    steps = ask(beeline, STEPS, before)
    once = {(kind, ticket, due) for kind, ticket, due, _ in steps}
    assert len(steps) == len(once) == 2 * PROMISES  # a warning and a miss of each
    lines = ask(beeline, LINES)
    assert len(lines) == len(set(lines)), "somebody was told twice"
    told = {event for _user, event in lines}
    assert {event for kind, *_, event in steps if kind == "ticket.miss"} <= told
    doctor = run_manage(beeline.var, "doctor", "--whole")
    assert doctor.returncode == 0, doctor.stdout
    assert beeline.stop() == 0
    assert beeline.left_behind() == []


def embedded_valkey(beeline):
    """Its Valkey, as soon as it is back."""
    import redis

    client = redis.Redis.from_url(embedded.redis_url(beeline.var))

    def answers():
        try:
            return client.ping()
        except (redis.RedisError, OSError):
            return False

    beeline.wait_until(answers)
    return client
