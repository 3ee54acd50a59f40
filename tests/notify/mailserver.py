"""A real SMTP server on loopback that accepts, delays, refuses, drops or is silent."""

import asyncio
import email
import email.policy
import socket
import threading
from collections import Counter
from contextlib import contextmanager

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

HOST = "127.0.0.1"


class Drop(Exception):
    """Hang up, without a word."""


class Handler:
    """Does what `rules` say at each stage; keeps what it accepted.

    A rule is `(server, envelope, argument) -> str | None`: an answer, or None for the
    usual one; it may be a coroutine, and may raise Drop.
    """

    def __init__(self):
        self.received = []
        self.rules = {}
        self.tried = Counter()  # by recipient, at DATA

    async def _rule(self, stage, server, envelope, argument=""):
        rule = self.rules.get(stage)
        if rule is None:
            return None
        try:
            answer = rule(server, envelope, argument)
            return await answer if asyncio.iscoroutine(answer) else answer
        except Drop:
            server.transport.abort()
            return "421 gone"

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        answer = await self._rule("EHLO", server, envelope, hostname)
        return [answer] if answer else responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        answer = await self._rule("MAIL", server, envelope, address)
        if answer:
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = await self._rule("RCPT", server, envelope, address)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        to = envelope.rcpt_tos[0]
        self.tried[to] += 1
        answer = await self._rule("DATA", server, envelope, to)
        if answer:
            return answer
        self.received.append((to, envelope.content))
        answer = await self._rule("AFTER", server, envelope, to)
        return answer or "250 taken"

    @property
    def mails(self):
        """What was accepted, parsed as a client would."""
        parse = email.message_from_bytes
        return [parse(raw, policy=email.policy.default) for _to, raw in self.received]

    @property
    def addresses(self):
        return Counter(to for to, _raw in self.received)


class _Controller(Controller):
    connections = 0

    def factory(self):
        self.connections += 1
        return SMTP(self.handler, hostname="mail.example", timeout=60)


@contextmanager
def a_mail_server():
    """The server and what it does; `server.port` is where."""
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    controller = _Controller(Handler(), hostname=HOST, port=port)
    controller.start()
    try:
        yield controller
    finally:
        controller.stop()


@contextmanager
def a_silent_server():
    """Takes connections and says nothing, ever."""
    listener = socket.create_server((HOST, 0))
    taken = []

    def serve():
        while True:
            try:
                taken.append(listener.accept()[0])
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1], taken
    finally:
        listener.close()
        for connection in taken:
            connection.close()
