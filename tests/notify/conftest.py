"""Reading the log as the product does, at a time that the test says."""

from collections import defaultdict
from datetime import datetime

import pytest

from core import consumers, live
from core.models import Consumer
from notify import bell, consumer
from notify.models import Message, Notice
from tests.factories import later
from tests.notify.mailserver import a_mail_server
from tests.notify.telling import Clock, things

__all__ = ["things"]

LATE = later(60)


@pytest.fixture(autouse=True)
def bells(monkeypatch):
    """Whose bell moved, with the things it moved for."""
    heard: dict[str, set[int]] = defaultdict(set)

    def hear(messages):
        for audience, message in messages:
            if message["event"] == bell.RINGS:
                heard[audience] |= set(message["ids"])

    monkeypatch.setattr(live, "publish_many", hear)
    return heard


def read_log(at: datetime = LATE) -> int:
    """Let the reader work off what is new."""
    if not Consumer.objects.filter(name=consumer.NAME).exists():
        Consumer.objects.create(name=consumer.NAME)
    done = consumers.advance(consumer.NAME, at=at)
    assert Consumer.objects.get(name=consumer.NAME).failure == ""
    return done


def heard(user) -> list[str]:
    """The rules by which somebody's inbox heard, oldest first."""
    lines = Notice.objects.filter(user=user).order_by("pk")
    return [rule for line in lines for rule, _event in line.events]


def mailed(user) -> list[str]:
    """The rules by which mail to somebody waits."""
    rows = Message.objects.filter(user=user, channel="mail").order_by("pk")
    return [rule for row in rows for rule, _event in row.events]


def forget() -> None:
    """Put away what everybody heard so far."""
    Notice.objects.all().delete()
    Message.objects.all().delete()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def mail(settings):
    """A mail server, and settings that name it."""
    with a_mail_server() as server:
        use(settings, server.port)
        yield server.handler


def use(settings, port):
    """Send mail there, by the backend that the product uses."""
    settings.EMAIL_BACKEND = "core.mailing.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT = 1.0
