"""A hard end for talking to a server: also one that sends a byte now and then."""

import socket
import threading
import time
from typing import Self

MARGIN = 0.01  # seconds


class Deadline:
    """Shuts the sockets it watches when the time is over, whatever they are doing.

    A socket's own timeout begins again with every byte, so that a server that sends
    one now and then would hold us for ever.
    """

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._watched: list[socket.socket] = []
        self._is_cut = False

    @property
    def is_over(self) -> bool:
        """Whether the time is over; a socket's own timeout may come just before us."""
        return self._is_cut or time.monotonic() >= self._ends - MARGIN

    @property
    def left(self) -> float:
        """Seconds until then; never quite none, because 0 means something else."""
        return max(0.001, self._ends - time.monotonic())

    def watch(self, sock: socket.socket) -> None:
        """Shut this one too; a copy, because TLS takes the original over."""
        with self._lock:
            self._watched.append(sock.dup())
        if self._is_cut:
            self._cut()

    def _cut(self) -> None:
        self._is_cut = True
        with self._lock:
            for sock in self._watched:
                _shut(sock)

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._timer.cancel()
        with self._lock:
            for sock in self._watched:
                sock.close()
            self._watched.clear()


def _shut(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:  # it is closed already
        return
