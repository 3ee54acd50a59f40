"""`manage.py up` for real: own VAR, own ports, own servers."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import psutil
import pytest
from django.conf import settings

MANAGE = str(settings.BASE_DIR / "manage.py")
NOT_INHERITED = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "BASE_URL", "LIVE_URL"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder kills real processes."""
    for item in items:
        if "/tests/faults/" in str(item.path):
            item.add_marker(pytest.mark.faults)


def free_ports() -> int:
    """A port that is free together with the one after it."""
    while True:
        with contextlib.ExitStack() as stack:
            first, second = (
                stack.enter_context(contextlib.closing(socket.socket()))
                for _ in range(2)
            )
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            with contextlib.suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", port + 1))
                return port


def environment(var: Path, port: int) -> dict[str, str]:
    """What `up` gets from us: its own place, nothing of this run's."""
    kept = {k: v for k, v in os.environ.items() if k not in NOT_INHERITED}
    kept.update(VAR=str(var), PORT=str(port), DEMO="0", PYTHONUNBUFFERED="1")
    return kept


class Up:
    """One running `manage.py up`."""

    def __init__(self, var: Path, port: int | None = None, **extra: str) -> None:
        self.var = var
        self.port = port or free_ports()
        self.log = var.with_name(f"{var.name}.log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, MANAGE, "up"],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**environment(var, self.port), **extra},
                start_new_session=True,
            )
        self.seen: dict[int, psutil.Process] = {}

    @property
    def output(self) -> str:
        """Everything it has said."""
        return self.log.read_text(errors="replace")

    def wait_for(self, pattern: str, seconds: float = 90) -> str:
        """Wait until the output matches."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if found := re.search(pattern, self.output):
                return found.group()
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"no {pattern!r} in:\n{self.output[-4000:]}")

    def wait_until(self, condition: Callable[[], object], seconds: float = 60) -> None:
        """Wait until something is true."""
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, self.output[-4000:]
            time.sleep(0.1)

    def family(self) -> list[psutil.Process]:
        """All its processes now; remembered, to see later that none is left."""
        with contextlib.suppress(psutil.NoSuchProcess):
            top = psutil.Process(self.process.pid)
            for process in (top, *top.children(recursive=True)):
                self.seen[process.pid] = process
        return [p for p in self.seen.values() if lives(p)]

    def find(self, *words: str) -> list[psutil.Process]:
        """Its processes whose command line holds all these words."""
        found = []
        for process in self.family():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                if all(word in " ".join(process.cmdline()) for word in words):
                    found.append(process)
        return found

    def get(self, path: str, seconds: float = 10) -> int:
        """The status of a page."""
        url = f"http://127.0.0.1:{self.port}{path}"
        with urllib.request.urlopen(url, timeout=seconds) as answer:
            return answer.status

    def stop(self, signum: int = signal.SIGINT) -> int:
        """Send a signal to it alone, as a terminal or an init system does."""
        self.family()
        self.process.send_signal(signum)
        return self.process.wait(60)

    def left_behind(self, seconds: float = 40) -> list[str]:
        """The processes that still run after a while."""
        until = time.monotonic() + seconds
        while (left := self.family()) and time.monotonic() < until:
            time.sleep(0.1)
        return [str(process) for process in left]


def kill_all(processes: Iterable[psutil.Process]) -> None:
    """With -9; some end by themselves when those before them are gone."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def lives(process: psutil.Process) -> bool:
    """Runs, and is not merely waiting to be reaped."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def up() -> Iterator[Callable[..., Up]]:
    """Start `manage.py up`; whatever happens, nothing of it is left."""
    started: list[Up] = []

    def start(var: Path, port: int | None = None, **extra: str) -> Up:
        started.append(Up(var, port, **extra))
        return started[-1]

    yield start
    for one in started:
        one.family()
        if one.process.poll() is None:
            one.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                one.process.wait(30)
        kill_all(one.family())
