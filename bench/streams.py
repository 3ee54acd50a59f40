"""Many open live channels at once, as browsers hold them, from one process."""

import selectors
import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from bench.client import Unexpected

MANY = 500


@dataclass
class Streams:
    """Open channels; use as a context, so that none is left open."""

    port: int
    cookies: dict[str, str]
    wires: list[socket.socket] = field(default_factory=list)

    def __enter__(self) -> "Streams":
        return self

    def __exit__(self, *error: object) -> None:
        for wire in self.wires:
            wire.close()

    def open(self, count: int) -> None:
        """Open more and wait until each has said hello; Unexpected where one does not.

        A few at a time, as browsers come: a server's queue of new connections is short.
        """
        for _batch in range(0, count, 50):
            fresh = [self._ask() for _one in range(min(50, count - _batch))]
            for wire in fresh:
                _wait_for(wire, b"event: hello")
            self.wires += fresh

    def hear(
        self,
        seconds: float,
        wanted: bytes = b"event: tickets",
        enough: int | None = None,
    ) -> "Heard":
        """Listen to all of them for so long, or until enough messages have come."""
        heard = Heard()
        with selectors.DefaultSelector() as selector:
            for wire in self.wires:
                wire.setblocking(False)
                selector.register(wire, selectors.EVENT_READ)
            until = time.monotonic() + seconds
            while (left := until - time.monotonic()) > 0:
                if enough is not None and len(heard.times) >= enough:
                    break
                for key, _events in selector.select(left):
                    heard.add(key.fileobj, wanted)
        return heard

    def _ask(self) -> socket.socket:
        wire = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        cookie = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        wire.sendall(
            f"GET /live/ HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Cookie: {cookie}\r\n\r\n".encode()
        )
        return wire


@dataclass
class Heard:
    """What came: on how many channels, how many messages, when each was heard."""

    messages: int = 0
    ended: int = 0
    times: list[float] = field(default_factory=list)
    channels: set[int] = field(default_factory=set)

    def add(self, wire: object, wanted: bytes) -> None:
        """Read what is there."""
        assert isinstance(wire, socket.socket)
        try:
            data = wire.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self.ended += not data
        if found := data.count(wanted):
            self.messages += found
            self.times.append(time.monotonic())
            self.channels.add(wire.fileno())


def _wait_for(wire: socket.socket, wanted: bytes) -> None:
    data = b""
    with suppress(TimeoutError):
        while wanted not in data:
            more = wire.recv(1 << 14)
            if not more:
                break
            data += more
    if wanted not in data:
        raise Unexpected(f"a live channel answered {data[:80]!r}")


def cpu_seconds(pids: Iterable[int]) -> float:
    """Processor time of these processes so far."""
    total = 0.0
    for pid in pids:
        with suppress(OSError), open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            parts = stat.read().rpartition(")")[2].split()
            total += (int(parts[11]) + int(parts[12])) / 100  # ticks of 10 ms
    return total
