"""A receiver on this machine: what it got, and answers as the test wants them."""

import json
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from core import consumers
from core.models import Consumer, Event
from itsm.webhooks import actions, consumer, sending
from itsm.webhooks.models import Delivery, Webhook
from tests.factories import later

LATE = later(60)


@dataclass
class Got:
    """One request."""

    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def event(self) -> int:
        return self.told["id"]

    @property
    def kind(self) -> str:
        return self.told["kind"]


class Receiver:
    """`answer(got)` says what is answered: a status, or with headers and a body."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.answer: Callable[[Got], Any] = lambda got: 204
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def kinds(self) -> list[str]:
        return [got.kind for got in self.got]

    def of(self, number: str) -> list[str]:
        """The kinds that came about one ticket, in the order they came."""
        return [g.kind for g in self.got if g.told["subject"]["number"] == number]


@contextmanager
def a_receiver():
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got = Got({k.lower(): v for k, v in self.headers.items()}, body)
            with found.lock:
                found.got.append(got)
                found.at_once += 1
                found.most_at_once = max(found.most_at_once, found.at_once)
            try:
                said = found.answer(got)
            finally:
                with found.lock:
                    found.at_once -= 1
            told = said if isinstance(said, tuple) else (said,)
            status, headers, body = (*told, *({}, b"")[len(told) - 1 :])
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()


class Clock:
    """Time that stands until a test moves it."""

    def __init__(self, at: datetime = LATE) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def on(self, **more: float) -> "Clock":
        self.at += timedelta(**more)
        return self


def a_webhook(cast, url: str, **fields: Any) -> Webhook:
    """One that hears everything about tickets with Grace's eyes, from now on."""
    given = {"name": "Ours", "kinds": ["ticket.*"], "owner": cast.grace, **fields}
    given |= {"by": cast.grace, "at": later(-60), "url": url}
    row, _secret = actions.create_webhook(**given)
    return row


def read_log(at: datetime = LATE) -> int:
    """Let the reader work off what is new."""
    Consumer.objects.get_or_create(name=consumer.NAME)
    done = consumers.advance(consumer.NAME, at=at)
    assert Consumer.objects.get(name=consumer.NAME).failure == ""
    return done


def send(clock: Clock) -> int:
    """Read the log and send what is due."""
    read_log(clock())
    return sending.send_due(clock=clock)


def states(webhook: Webhook | None = None) -> list[str]:
    rows = Delivery.objects.all()
    if webhook is not None:
        rows = rows.filter(webhook=webhook)
    return list(rows.order_by("event_id").values_list("state", flat=True))


def kinds_of(rows) -> list[str]:
    return list(rows.order_by("event_id").values_list("kind", flat=True))


def last_event() -> Event:
    return Event.objects.order_by("-pk")[0]


def until(done: Callable[[], bool], seconds: float = 10) -> bool:
    ends = time.monotonic() + seconds
    while not done():
        if time.monotonic() > ends:
            return False
        time.sleep(0.02)
    return True
