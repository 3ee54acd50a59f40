"""Whoever is killed: each promise is missed once, told once, and doctor is content."""

import time

import psycopg2
import pytest
import redis

from config import embedded
from tests.faults.test_up import run_manage

READY = r"Beeline is ready: \S+"
PROMISES, BEGIN, APART = 50, 15, 0.4  # seconds from now, and between two
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
SELECT kind, subject_id, (changes -> 'due' ->> 1)::timestamptz, changes::text, id
FROM core_event WHERE kind IN ('ticket.warn', 'ticket.miss') AND id > %s
"""
GIVEN = """
SELECT subject_id, (changes -> 'until' ->> 1)::timestamptz
FROM core_event WHERE kind = 'ticket.renew' AND id > %s
"""
LINES = """
SELECT n.user_id, (one ->> 1)::bigint
FROM notify_notice n, jsonb_array_elements(events) one
"""
BEHIND = """
SELECT count(*) FROM core_consumer
WHERE cursor < (SELECT max(id) FROM core_event) OR failure <> ''
"""


def seed(var):
    """Four hundred tickets, before anybody works there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL", raising=False)
        patch.delenv("REDIS_URL", raising=False)
        with embedded.running(var):
            for words in (["migrate", "-v0"], ["seed_load", "--tickets", "400"]):
                done = run_manage(var, *words)
                assert done.returncode == 0, done.stderr


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
    seed(tmp_path / "var")
    beeline = up(tmp_path / "var")
    beeline.wait_for(READY)
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

    promised = set(ask(beeline, GIVEN, before))
    assert len(promised) == PROMISES

    def missed():
        steps = ask(beeline, STEPS, before)
        return {row[1:3] for row in steps if row[0] == "ticket.miss"}

    beeline.wait_until(
        lambda: promised <= missed() and ask(beeline, BEHIND) == [(0,)], seconds=120
    )
    steps = ask(beeline, STEPS, before)
    assert len(steps) == len({step[:4] for step in steps}), "something twice"
    assert promised <= {step[1:3] for step in steps if step[0] == "ticket.warn"}
    lines = ask(beeline, LINES)
    assert len(lines) == len(set(lines)), "somebody was told twice"
    told = {event for _user, event in lines}
    assert {step[-1] for step in steps if step[0] == "ticket.miss"} <= told
    doctor = run_manage(beeline.var, "doctor", "--whole")
    assert doctor.returncode == 0, doctor.stdout
    assert beeline.stop() == 0
    assert beeline.left_behind() == []


def embedded_valkey(beeline):
    """Its Valkey, as soon as it is back."""
    client = redis.Redis.from_url(embedded.redis_url(beeline.var))

    def answers():
        try:
            return client.ping()
        except (redis.RedisError, OSError):
            return False

    beeline.wait_until(answers)
    return client
