"""A sender is killed with -9 in mid-message: nothing is lost, and others go on."""

import asyncio
import os
import signal
import threading
import time

import pytest
from django.db import connections

from notify import sending
from notify.models import Message
from tests.notify.telling import a_message, states

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]


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


def a_sender(clock):
    """A process that sends; it shares no connection with us."""
    connections.close_all()
    pid = os.fork()
    if pid:
        return pid
    try:
        sending.send_due(clock=clock)
    finally:
        os._exit(0)


def test_what_a_killed_sender_held_is_sent_by_the_next(
    cast, things, mail, hanging, clock, settings
):
    settings.EMAIL_TIMEOUT = 10.0
    messages = [a_message(cast.carol, subject_id=n + 1) for n in range(3)]
    pid = a_sender(clock)
    assert hanging.wait(10)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    held = list(Message.objects.order_by("pk").values_list("reference", flat=True))
    assert states(*messages) == ["sending"] * 3
    other = a_message(cast.bob, subject_id=9)
    assert _sent_at_once(clock)  # the way is free, though the claim is not yet old
    assert states(*messages, other) == ["sending"] * 3 + ["sent"]
    assert sending.send_due(clock=clock.on(minutes=3)) == 3
    assert states(*messages) == ["sent"] * 3
    ids = [found["Message-ID"] for found in mail.mails if found["To"] != cast.bob.email]
    assert sorted(set(ids)) == sorted(held)
    assert len(ids) <= len(held) + 1  # only what was in the wire may come twice


def _sent_at_once(clock):
    """PostgreSQL notices that a session died when its socket closes: at once."""
    ends = time.monotonic() + 5
    while time.monotonic() < ends:
        if sending.send_due(clock=clock):
            return True
        time.sleep(0.05)
    return False
