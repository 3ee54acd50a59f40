"""Whatever dies, and for however long: each promise is missed once and told once."""

import email
import email.policy
import time

import psutil
import psycopg2
import pytest
import redis

from config import embedded
from tests.faults.conftest import kill_all
from tests.faults.test_up import run_manage

READY = r"Beeline is ready: \S+"
PROMISES, BEGIN, APART = 50, 15, 0.4  # seconds from now, and between two
# Agents hear of promises by mail too; they give requesters a time for the next word,
# and keep silent then.
GIVE = """
from datetime import timedelta
from django.utils import timezone
from itsm.sla.renewing import renew_update
from itsm.tickets.models import Ticket
from notify.models import Choice
begun = timezone.now() - timedelta(seconds={ago})
open_ = Ticket.objects.filter(state_category="active", owner__isnull=False)
found = list(open_.filter(updated_at__lt=begun).order_by("-id")[:{promises}])
Choice.objects.bulk_create(
    Choice(user_id=owner, rule=rule, channels=["inbox", "mail"])
    for owner in {{ticket.owner_id for ticket in found}}
    for rule in ("promise.soon", "promise.missed")
)
for n, ticket in enumerate(found):
    until = begun + timedelta(seconds={begin} + n * {apart})
    renew_update(ticket=ticket, by=ticket.owner, at=begun, until=until)
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
MAILED = """
SELECT m.user_id, (one ->> 1)::bigint
FROM notify_message m, jsonb_array_elements(events) one
WHERE m.channel = 'mail' AND m.state = 'sent'
"""
LAST = "SELECT max(id) FROM core_event"
REFERENCES = "SELECT reference FROM notify_message WHERE state = 'sent'"
UNSENT = "SELECT count(*) FROM notify_message WHERE state <> 'sent'"
# Readers get their row when they first read; one without has read nothing yet.
BEHIND = """
SELECT count(*) FROM (VALUES ('notify'), ('search')) reader (name)
LEFT JOIN core_consumer USING (name)
WHERE cursor IS NULL OR cursor < (SELECT max(id) FROM core_event) OR failure <> ''
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
    kill_all(beeline.find(*words))


def give(beeline, *, ago=0, begin=BEGIN, apart=APART):
    """Promises to requesters, made so many seconds ago."""
    more = {"ago": ago, "begin": begin, "apart": apart, "promises": PROMISES}
    given = run_manage(beeline.var, "shell", "-c", GIVE.format(**more))
    assert given.returncode == 0, given.stderr


def each_is_missed_and_told_once(beeline, before):
    """All that was promised after that event; answers the misses in the log's order."""
    promised = set(ask(beeline, GIVEN, before))
    assert len(promised) == PROMISES

    def misses():
        steps = ask(beeline, STEPS, before)
        return [step for step in sorted(steps, key=last) if step[0] == "ticket.miss"]

    beeline.wait_until(
        lambda: (
            promised <= {step[1:3] for step in misses()}
            and ask(beeline, BEHIND) == [(0,)]
        ),
        seconds=120,
    )
    beeline.wait_until(lambda: ask(beeline, UNSENT) == [(0,)], seconds=180)
    steps = ask(beeline, STEPS, before)
    assert len(steps) == len({step[:4] for step in steps}), "something twice"
    ours = [step for step in steps if step[1:3] in promised]
    assert promised == {step[1:3] for step in ours if step[0] == "ticket.warn"}
    for channel in (LINES, MAILED):
        told = ask(beeline, channel)
        assert len(told) == len(set(told)), "somebody was told twice"
        untold = {last(step) for step in ours} - {event for _user, event in told}
        assert not untold, channel
    assert sorted(mail_ids(beeline)) == sorted(r for (r,) in ask(beeline, REFERENCES))
    return [step for step in misses() if step[1:3] in promised]


def last(row):
    return row[-1]


def mail_ids(beeline):
    """Of every mail that left."""
    found = []
    for file in (beeline.var / "mail").iterdir():
        for raw in file.read_bytes().split(b"\n" + b"-" * 79 + b"\n"):
            if raw.strip():
                mail = email.message_from_bytes(raw, policy=email.policy.default)
                found.append(mail["Message-ID"])
    return found


def is_content(beeline):
    """So says doctor; and all of it ends."""
    doctor = run_manage(beeline.var, "doctor", "--whole")
    assert doctor.returncode == 0, doctor.stdout
    assert beeline.stop() == 0
    assert beeline.left_behind() == []


def test_each_promise_is_missed_and_told_once_whatever_is_killed(up, tmp_path):
    seed(tmp_path / "var")
    beeline = up(tmp_path / "var")
    beeline.wait_for(READY)
    beeline.wait_until(lambda: ask(beeline, BEHIND) == [(0,)])
    [(before,)] = ask(beeline, LAST)
    give(beeline)

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

    each_is_missed_and_told_once(beeline, before)
    is_content(beeline)


def test_what_fell_due_in_an_outage_is_missed_in_order_and_told_once(up, tmp_path):
    """Everything is killed; when it comes back, ten minutes of promises are over.

    Simulated: they are given while nothing runs, as of eleven minutes ago.
    """
    seed(tmp_path / "var")
    beeline = up(tmp_path / "var")
    beeline.wait_for(READY)
    beeline.wait_until(lambda: ask(beeline, BEHIND) == [(0,)])
    [(before,)] = ask(beeline, LAST)
    killed = beeline.family()
    kill_all(killed)
    beeline.process.wait(10)  # a dead one that nobody asked for still has its number
    beeline.wait_until(lambda: not any(psutil.pid_exists(p.pid) for p in killed))
    give(beeline, ago=660, begin=60, apart=590 / PROMISES)

    back = up(tmp_path / "var", beeline.port)
    back.wait_for(READY)
    misses = each_is_missed_and_told_once(back, before)
    due = [step[2] for step in misses]
    assert due == sorted(due), "not in the order in which they fell due"
    is_content(back)


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
