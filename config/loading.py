"""The first load of the demo, beside the processes that start meanwhile.

It holds a lock on VAR/loading.lock for as long as it runs. A web process imports all it
needs and then waits for the lock, so that nobody is shown a Beeline without its demo.
"""

import fcntl
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from config import processes

Begun = TypeVar("Begun")


def begin(var: Path, load: Callable[[], object]) -> int:
    """Load in a copy of this process, which holds the lock until it ends; its id.

    The caller has closed all connections to the database.
    """
    handle = os.open(_lock(var), os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    pid = processes.fork(load)
    os.close(handle)  # the copy's own keeps the lock
    return pid


def begin_after(var: Path, begin: Callable[[], Begun]) -> Begun:
    """Begin, but hand it over only when no load runs; at once where none ever did.

    Who is told to stop meanwhile ends at once: nothing is in hand yet.
    """
    if not _lock(var).exists():
        return begin()
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    begun = begin()
    with _lock(var).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
    signal.signal(signal.SIGTERM, before)
    return begun


def is_running(var: Path) -> bool:
    """Whether a load runs now."""
    if not _lock(var).exists():
        return False
    with _lock(var).open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _lock(var: Path) -> Path:
    return var / "loading.lock"


class Load:
    """A load that `manage.py up` began before it became the supervisor."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.code: int | None = None

    def is_over(self) -> bool:
        """Whether it has ended; `code` says how."""
        if self.code is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            self.code = os.waitstatus_to_exitcode(status) if ended else None
        return self.code is not None

    def stop(self) -> None:
        """Give it up: what it wrote is taken back."""
        if not self.is_over():
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.code = -signal.SIGKILL
