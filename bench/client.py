"""A client that costs little: one kept connection, bytes in, bytes out."""

import multiprocessing
import re
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from urllib.parse import quote_plus
from uuid import uuid4

from bench.targets import ONCE, Target

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
COOKIE = re.compile(rb"\r\nset-cookie: *([^=\r\n]+)=([^;\r\n]*)", re.IGNORECASE)
ROUNDS = 5


class Unexpected(Exception):
    """An answer that must not be measured as if it were the page."""


class Client:
    """One browser or program on one keep-alive connection."""

    def __init__(self, port: int, cookies: dict[str, str] | None = None) -> None:
        self.port = port
        self.cookies = dict(cookies or {})
        self.wire: socket.socket | None = None

    def ask(self, target: Target) -> bytes:
        """Send it, read all of the answer; Unexpected for a status not allowed."""
        answer = self._round_trip(self.request(target))
        status = int(answer[9:12])
        found = re.search(rb"\r\nlocation: *([^\r]*)", answer, re.IGNORECASE)
        where = found[1].decode() if found else ""
        if status not in target.statuses or where.startswith("/accounts/login/?"):
            raise Unexpected(f"{target.path} answered {status} {where}".strip())
        return answer

    def request(self, target: Target) -> bytes:
        """The bytes of a request, as a browser or a program sends them."""
        lines = [
            f"{target.method} {target.path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            "Accept: text/html,application/json",
            "Accept-Encoding: gzip, br",
        ]
        lines += ["HX-Request: true"] if target.htmx else []
        body = target.body.replace(ONCE, uuid4().hex)
        if target.bare:
            lines.append("Content-Type: application/json")
        elif target.token:
            lines.append(f"Authorization: Bearer {target.token}")
            lines.append("Content-Type: application/json")
        else:
            cookies = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
            lines.append(f"Cookie: {cookies}")
            if target.method == "POST":
                token = quote_plus(self.cookies.get("csrftoken", ""))
                body = f"csrfmiddlewaretoken={token}&{body}"
                lines.append("Content-Type: application/x-www-form-urlencoded")
        if target.method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        return ("\r\n".join([*lines, "", ""]) + (body if body else "")).encode()

    def sign_in(self, email: str, password: str) -> None:
        """Through the sign-in page, as a person."""
        page = Target("", "/accounts/login/", "", 0)
        self._remember(self.ask(page))
        body = f"login={quote_plus(email)}&password={quote_plus(password)}"
        form = Target(
            "", page.path, "", 0, method="POST", body=body, statuses=(302, 303)
        )
        self._remember(self.ask(form))

    def _remember(self, answer: bytes) -> None:
        head = answer.partition(b"\r\n\r\n")[0]
        for name, value in COOKIE.findall(head):
            self.cookies[name.decode()] = value.decode()

    def _round_trip(self, request: bytes) -> bytes:
        if self.wire is None:
            self.wire = socket.create_connection(("127.0.0.1", self.port), timeout=60)
            self.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.wire.sendall(request)
        answer = self.wire.recv(1 << 17)
        while b"\r\n\r\n" not in answer:
            answer += self._more()
        head, _, rest = answer.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if length is None:
            raise Unexpected("an answer without a length cannot be kept alive")
        parts, missing = [answer], int(length[1]) - len(rest)
        while missing > 0:
            parts.append(self._more())
            missing -= len(parts[-1])
        return b"".join(parts)

    def _more(self) -> bytes:
        part = self.wire.recv(1 << 17) if self.wire else b""
        if not part:
            raise Unexpected("the server closed the connection in an answer")
        return part


@dataclass(frozen=True, slots=True)
class Place:
    """A running server, and the session of who signed in there.

    Signing in is slow on purpose and counted, so it is done once for all clients.
    """

    port: int
    cookies: dict[str, str]


def measure(
    asked: Sequence[tuple[Place, Target]], clients: int, requests: int
) -> list[list[float]]:
    """Milliseconds per request of each target, by `clients` at once.

    Targets take turns in rounds, all clients on the same one, so that a machine which
    slows down meanwhile slows all of them. Raises Unexpected.
    """
    each = max(requests // (clients * ROUNDS), 2)
    barrier = multiprocessing.Barrier(clients)
    answers: multiprocessing.Queue[list[list[float]] | str] = multiprocessing.Queue()
    crowd = [
        multiprocessing.Process(target=_work, args=(asked, each, barrier, answers))
        for _ in range(clients)
    ]
    for process in crowd:
        process.start()
    times: list[list[float]] = [[] for _ in asked]
    failure = ""
    for _ in crowd:
        answer = answers.get()
        if isinstance(answer, str):
            failure = failure or answer
        else:
            for mine, found in zip(times, answer, strict=True):
                mine.extend(found)
    for process in crowd:
        process.join()
    if failure:
        raise Unexpected(failure)
    return times


def _work(
    asked: Sequence[tuple[Place, Target]],
    each: int,
    barrier: Barrier,
    answers: "multiprocessing.Queue[list[list[float]] | str]",
) -> None:
    try:
        browsers = {}
        for place, _target in asked:
            if place.port not in browsers:
                browsers[place.port] = Client(place.port, place.cookies)
        times: list[list[float]] = [[] for _ in asked]
        for round_ in range(ROUNDS + 1):  # the first one warms up
            for (place, target), found in zip(asked, times, strict=True):
                barrier.wait(120)
                browser = browsers[place.port]
                for _ in range(each):
                    began = time.perf_counter()
                    browser.ask(target)
                    if round_:
                        found.append((time.perf_counter() - began) * 1000)
        answers.put(times)
    except Exception as error:
        barrier.abort()
        text = "" if "Barrier" in type(error).__name__ else str(error)
        answers.put(text or "another client failed")
