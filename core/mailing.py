"""SMTP that ends: a server that trickles or never answers does not hold a worker."""

import contextlib
import smtplib
from contextvars import ContextVar
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends import smtp

from core.deadlines import Deadline

SECONDS, GOODBYE_SECONDS = 20.0, 5.0
_deadline: ContextVar[Deadline] = ContextVar("smtp_deadline")


class _Watched(smtplib.SMTP):
    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        sock = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        _deadline.get().watch(sock)
        return sock


class _WatchedTls(smtplib.SMTP_SSL):
    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        sock = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        _deadline.get().watch(sock)
        return sock


class EmailBackend(smtp.EmailBackend):
    """Django's, but EMAIL_TIMEOUT is for all of connecting and all of one message.

    Django's counts from each byte; see `core.deadlines`.
    """

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """Connections whose sockets are watched from their first moment."""
        return _WatchedTls if self.use_ssl else _Watched

    def open(self) -> bool | None:
        """Connect, greet, sign in."""
        if self.connection is not None:
            return False
        with Deadline(self.timeout or SECONDS) as deadline:
            token = _deadline.set(deadline)
            try:
                return super().open()
            finally:
                _deadline.reset(token)

    def close(self) -> None:
        """Say goodbye, to a server that may be gone."""
        half = getattr(self, "_partial_connection", None)
        for connection in filter(None, (self.connection, half)):
            with Deadline(GOODBYE_SECONDS) as deadline:
                if connection.sock is not None:
                    deadline.watch(connection.sock)
                with contextlib.suppress(OSError):
                    connection.quit()
                connection.close()
        self.connection = self._partial_connection = None

    def hang_up(self) -> None:
        """Close without a word: the server is past answering."""
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    @property
    def is_open(self) -> bool:
        """Whether the server still holds the line, as far as we know."""
        return self.connection is not None and self.connection.sock is not None

    def _send(self, email_message: EmailMessage) -> bool:
        with Deadline(self.timeout or SECONDS) as deadline:
            if self.is_open:
                deadline.watch(self.connection.sock)  # type: ignore
            return bool(super()._send(email_message))  # type: ignore[misc]
