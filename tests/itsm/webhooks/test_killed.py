"""A sender is killed with -9 in mid-call: what it held goes out, and in order."""

import threading
import time

import pytest

from core import invariants
from itsm.webhooks import sending
from itsm.webhooks.models import Delivery
from tests.apart import run_apart
from tests.factories import an_incident, said
from tests.itsm.webhooks.receiver import a_webhook, read_log, states, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]


SEND = """
from itsm.webhooks import sending
from tests.itsm.webhooks.receiver import Clock
sending.send_due(clock=Clock())
"""


def a_sender():
    """A process that sends."""
    return run_apart(SEND, OUTBOUND_ALLOW="127.0.0.1")


def test_what_a_killed_sender_held_is_sent_by_the_next(cast, receiver, clock):
    a_webhook(cast, receiver.url, kinds=["ticket.open", "ticket.comment"])
    made = [an_incident(cast) for _n in range(6)]
    for ticket in made:
        said(ticket, by=cast.carol)
    read_log()
    arrived = threading.Event()

    def hang(got):
        arrived.set()
        time.sleep(3)
        return 204

    receiver.answer = hang
    with a_sender() as sender:
        try:
            assert arrived.wait(60)
        finally:
            sender.kill()
    assert "sending" in states()
    assert "delivered" not in states()
    receiver.answer = lambda got: 204
    extra = an_incident(cast)
    read_log()
    assert until(lambda: sending.send_due(clock=clock) > 0)
    assert receiver.of(extra.number) == ["ticket.open"]
    assert "sending" in states()  # the lock is free, the claims are not yet old
    sending.send_due(clock=clock.on(minutes=2))
    assert set(states()) == {"delivered"}
    for ticket in made:
        kinds = list(dict.fromkeys(receiver.of(ticket.number)))
        assert kinds == ["ticket.open", "ticket.comment"]
    assert Delivery.objects.count() == 13
    doctor = {one.name: one for one in invariants.registered()}
    for name in ("webhooks.delivered", "webhooks.order"):
        assert doctor[name].check() == []


def test_many_senders_at_once_send_each_once_and_in_order(cast, receiver):
    a_webhook(cast, receiver.url, kinds=["ticket.open", "ticket.comment"])
    made = [an_incident(cast) for _n in range(10)]
    for ticket in made:
        for _n in range(3):
            said(ticket, by=cast.carol)
    read_log()
    senders = [a_sender() for _n in range(4)]
    assert [sender.wait(120) for sender in senders] == [0] * 4
    assert set(states()) == {"delivered"}
    assert len(receiver.got) == 40
    for ticket in made:
        events = [
            g.event
            for g in receiver.got
            if g.told["subject"]["number"] == ticket.number
        ]
        assert events == sorted(events)
