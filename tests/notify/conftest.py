"""What the tests of sending share."""

import pytest

from tests.notify.mailserver import a_mail_server
from tests.notify.telling import Clock, things

__all__ = ["things"]


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
