"""A receiver, and time that the test moves."""

import pytest

from itsm.webhooks import consumer
from tests.itsm.webhooks.receiver import Clock, a_receiver


@pytest.fixture(autouse=True)
def loopback(settings):
    """Tests call this machine, as an operator may allow."""
    settings.OUTBOUND_ALLOW = "127.0.0.1"


@pytest.fixture(autouse=True)
def no_poke(monkeypatch):
    """No worker is there to hear it."""
    monkeypatch.setattr(consumer, "poke", lambda: None)


@pytest.fixture
def receiver():
    with a_receiver() as found:
        yield found


@pytest.fixture
def clock():
    return Clock()
