"""A sender is killed with -9 in mid-message: nothing is lost, and others go on."""

import asyncio
import os
import threading
import time

import pytest
from django.db import connection

from notify import lanes, sending
from notify.lanes import Way
from notify.models import Message
from tests.apart import run_apart
from tests.notify.telling import a_message, states

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]
MAIL = Way("mail")
WHO = """
SELECT pid, state, backend_start, state_change, now(), wait_event, left(query, 200)
FROM pg_stat_activity WHERE datname = current_database()
"""


@pytest.fixture
def hanging(mail):
    """The first message that is handed over hangs; says when it has arrived."""
    arrived = threading.Event()

    async def hang(server, envelope, to):
        if not arrived.is_set():
            arrived.set()
            await asyncio.sleep(5)

    mail.rules["DATA"] = hang
    return arrived


SEND = """
from notify import sending
from tests.notify.telling import Clock, Things, register
register(Things())
sending.send_due(clock=Clock())
"""


def a_sender(settings):
    """A process that sends."""
    url = f"smtp://{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    return run_apart(SEND, EMAIL_URL=url)


@pytest.fixture(autouse=True)
def nobody_holds_the_way():
    """Whatever happened here, the tests after this one find the way free."""
    yield
    with connection.cursor() as cursor:
        for pid, _state, _silent in lanes.holders(MAIL):
            cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])


def test_what_a_killed_sender_held_is_sent_by_the_next(
    cast, things, mail, hanging, clock, settings
):
    settings.EMAIL_TIMEOUT = 10.0
    messages = [a_message(cast.carol, subject_id=n + 1) for n in range(3)]
    with a_sender(settings) as sender:
        try:
            assert hanging.wait(60)
        finally:
            sender.kill()
    held = list(Message.objects.order_by("pk").values_list("reference", flat=True))
    assert states(*messages) == ["sending"] * 3
    other = a_message(cast.bob, subject_id=9)
    until_let_go(MAIL)  # though the claim is not yet old
    assert sending.send_due(clock=clock) == 1
    assert states(*messages, other) == ["sending"] * 3 + ["sent"]
    assert sending.send_due(clock=clock.on(minutes=3)) == 3
    assert states(*messages) == ["sent"] * 3
    ids = [found["Message-ID"] for found in mail.mails if found["To"] != cast.bob.email]
    assert sorted(set(ids)) == sorted(held)
    assert len(ids) <= len(held) + 1  # only what was in the wire may come twice


def until_let_go(way, seconds=60):
    """PostgreSQL sees a session end when its socket closes; a busy machine is slow."""
    ends = time.monotonic() + seconds
    while lanes.holders(way):
        assert time.monotonic() < ends, everybody()
        time.sleep(0.02)


def everybody():
    """Who holds the way, and all sessions of this database: what a failure must say."""
    with connection.cursor() as cursor:
        cursor.execute(WHO)
        rows = "\n".join(str(row) for row in cursor.fetchall())
    return f"held by {lanes.holders(MAIL)}, we are {os.getpid()}\n{rows}"
