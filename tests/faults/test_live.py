"""The live channel with real processes: quick, light, for those it is for, and back."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
import pytest
import redis

from bench import servers
from bench.client import Client, Unexpected
from bench.streams import MANY, Streams, cpu_seconds
from bench.targets import Target
from config import embedded
from tests.faults.conftest import Up, kill_all
from tests.faults.test_up import READY

MOST_MB = 150
PATIENCE = 60  # seconds, on a machine that is busy; how long it takes is `make bench`'s
MOST_CPU = 0.6  # of one core, at 20 messages a second to all; measured: 0.13


@pytest.fixture(scope="module")
def beeline(tmp_path_factory):
    """One for all tests of this file: it starts in half a minute."""
    found = Up(tmp_path_factory.mktemp("live") / "var", DEMO="1")
    try:
        found.wait_for(READY, seconds=180)
        found.wait_until(lambda: found.find("celery", "worker"))
        yield found
    finally:
        if found.process.poll() is None:
            found.stop()
        kill_all(found.family())


def signed_in(beeline, name: str) -> Client:
    client = Client(beeline.port)
    client.sign_in(f"{name}@demo.example", "beeline")
    return client


def live_pids(beeline) -> list[int]:
    return [process.pid for process in beeline.find("config.live")]


@contextmanager
def connection(beeline) -> Iterator[psycopg2.extensions.cursor]:
    with psycopg2.connect(embedded.database_url(beeline.var)) as opened:
        opened.autocommit = True
        with opened.cursor() as cursor:
            yield cursor
    opened.close()


def connections_of(cursor) -> int:
    cursor.execute(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    return cursor.fetchone()[0]


def note(client: Client, number: str, body: str) -> None:
    target = Target(
        "",
        f"/incidents/{number}/do/comment/",
        "",
        0,
        method="POST",
        body=f"mode=note&body={body}",
        statuses=(200, 302),
    )
    client.ask(target)


def test_news_arrive_through_all_processes_and_again_after_a_crash(beeline):
    bob, erin = signed_in(beeline, "bob"), signed_in(beeline, "erin")
    with connection(beeline) as cursor:
        cursor.execute(
            "SELECT number FROM itsm_ticket WHERE type = 'incident' "
            "AND state_category = 'active' AND NOT restricted LIMIT 1"
        )
        number = cursor.fetchone()[0]

    def told(channel: Streams, text: str) -> bool:
        note(bob, number, text)
        return bool(channel.hear(PATIENCE, enough=1).times)

    with Streams(beeline.port + 1, erin.cookies) as channel:
        channel.open(1)
        assert all(told(channel, f"news{n}") for n in range(6)), beeline.output[-2000:]

        kill_all(beeline.find("config.live"))
        heard = channel.hear(5)
        assert heard.ended  # the browser knows at once, and asks again
    beeline.wait_until(lambda: reopens(beeline, erin))
    with Streams(beeline.port + 1, erin.cookies) as channel:
        channel.open(1)
        assert told(channel, "after")


def reopens(beeline, client: Client) -> bool:
    try:
        with Streams(beeline.port + 1, client.cookies) as channel:
            channel.open(1)
    except (OSError, Unexpected):
        return False
    return True


def test_500_open_channels_are_light_and_hold_no_database_connection(beeline):
    bob = signed_in(beeline, "bob")
    url = embedded.redis_url(beeline.var)
    valkey = redis.Redis.from_url(url)
    with (
        connection(beeline) as cursor,
        Streams(beeline.port + 1, bob.cookies) as channels,
    ):
        before = connections_of(cursor)
        channels.open(MANY)
        beeline.wait_until(lambda: connections_of(cursor) <= before)
        live = live_pids(beeline)
        size = sum(map(servers.pss_mb, live))
        assert 30 < size < MOST_MB

        began, used = time.monotonic(), cpu_seconds(live)
        heard_all: set[int] = set()
        ended = 0
        for n in range(100):  # 20 a second to everybody
            message = json.dumps({"event": "tickets", "ids": [n]})
            valkey.publish("live:staff", message)
            heard = channels.hear(0.05)
            heard_all |= heard.channels
            ended += heard.ended
        heard = channels.hear(2)
        lasted = time.monotonic() - began
        assert len(heard_all | heard.channels) == MANY
        assert ended + heard.ended == 0
        assert (cpu_seconds(live) - used) / lasted < MOST_CPU
        assert sum(map(servers.pss_mb, live)) < MOST_MB
        assert connections_of(cursor) <= before
