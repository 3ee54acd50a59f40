"""Runs the processes of `manage.py up`: starts, watches, restarts and stops them.

Needs no Django and little memory: `up` prepares everything and then becomes this.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from config import embedded, processes
from config.loading import Load
from config.servers import CannotStart, Server

COLOURS = {"beeline": "33", "web": "36", "live": "35", "worker": "32", "beat": "34"}
LONGEST_BACK_OFF = 30.0
ENVIRONMENT = {
    "PYTHONUNBUFFERED": "1",
    "MALLOC_ARENA_MAX": "2",  # glibc keeps an arena per core and thread otherwise
    # Celery's page-long advice against root, which a container often is
    "PYTHONWARNINGS": "ignore:You're running the worker with superuser",
}
STOP_SECONDS = 10.0
KILLED = "did not stop in time and was killed"
FIRST = {"web", "live"}
PATIENCE = 15.0  # seconds after which the others start even if the web does not answer


class Printer:
    """Prints whole lines, each under the name of who said it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._colours = sys.stdout.isatty() and not os.environ.get("NO_COLOR")

    def line(self, name: str, text: str) -> None:
        """Print one line; a closed terminal is no reason to fall over."""
        prefix = f"{name:<7}|"
        if self._colours:
            prefix = f"\033[{COLOURS.get(name, '0')}m{prefix}\033[0m"
        self.plain(f"{prefix} {text}")

    def plain(self, text: str) -> None:
        """Print one line as it is."""
        with self._lock, contextlib.suppress(OSError):
            print(text, flush=True)  # noqa: T201

    def copy(self, name: str, child: subprocess.Popen[str]) -> None:
        """Copy what a child says until it says no more."""
        for text in child.stdout or ():
            self.line(name, text.rstrip())


class Child:
    """One process with its own process group, started again when it dies."""

    def __init__(self, name: str, command: list[str], printer: Printer) -> None:
        self.name = name
        self.command = command
        self.printer = printer
        self.process: subprocess.Popen[str] | None = None
        self.failures = 0
        self.started = 0.0
        self.start_at = 0.0

    def start(self) -> None:
        """Start it; call from the main thread (see processes.dies_with_parent)."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - our own programs, no shell
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, **ENVIRONMENT},
            start_new_session=True,
            preexec_fn=processes.dies_with_parent(signal.SIGTERM),
        )
        threading.Thread(
            target=self.printer.copy, args=(self.name, self.process), daemon=True
        ).start()

    def look_after(self) -> None:
        """Start it again if it has died: at once, then ever later while it fails."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.start_at:
                self.start()
            return
        code = self.process.poll()
        if code is None:
            return
        processes.signal_group(self.process.pid, signal.SIGKILL)  # what it left behind
        lived = now - self.started
        self.failures = 0 if lived > LONGEST_BACK_OFF else self.failures + 1
        wait = min(0.25 * 2**self.failures, LONGEST_BACK_OFF)
        self.printer.line(
            "beeline", f"{self.name} {ended(code)}; starting it again in {wait:g} s"
        )
        self.process, self.start_at = None, now + wait

    def ask_to_stop(self) -> None:
        """SIGTERM: finish what is in hand."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def make_stop(self, until: float) -> None:
        """Wait until the given moment (monotonic), then kill the whole group."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.printer.line(self.name, KILLED)
        processes.signal_group(self.process.pid, signal.SIGKILL)
        self.process.wait()


def ended(code: int) -> str:
    """How a process ended, in words."""
    if code < 0:
        return f"was stopped by {signal.Signals(-code).name}"
    return f"ended with code {code}"


def commands(var: Path, host: str, port: int) -> dict[str, list[str]]:
    """The four processes by name. One thread each: see docs/adr/0005."""
    granian = [
        sys.executable,
        "-m",
        "granian",
        "--host",
        host,
        "--log-level",
        "warning",
    ]
    granian += ["--respawn-failed-workers", "--respawn-interval", "0.2", "--no-ws"]
    celery = [sys.executable, "-m", "celery", "--quiet", "--app", "config.celery"]
    (var / "beat").mkdir(parents=True, exist_ok=True)
    return {
        "web": [
            *granian,
            *("--port", str(port), "--interface", "wsgi", "--blocking-threads", "1"),
            *("--workers", os.environ.get("WEB_WORKERS", "2")),
            *("--workers-kill-timeout", "8", "config.wsgi:application"),
        ],
        "live": [
            *granian,
            *("--port", str(port + 1), "--interface", "asgi", "--workers", "1"),
            *("--workers-kill-timeout", "1", "config.live:application"),
        ],
        "worker": [
            *celery,
            *("worker", "--loglevel", "warning", "--concurrency", "2"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ],
        "beat": [
            *celery,
            *("beat", "--loglevel", "warning", "--pidfile="),
            *("--schedule", str(var / "beat" / "schedule")),
        ],
    }


class Supervisor:
    """The loop around everything."""

    def __init__(
        self,
        var: Path,
        host: str,
        port: int,
        base_url: str,
        load: Load | None = None,
    ) -> None:
        self.printer = Printer()
        self.base_url = base_url
        self.health = health_request(host, port, base_url)
        self.children = [
            Child(name, command, self.printer)
            for name, command in commands(var, host, port).items()
        ]
        self.servers: list[Server] = []
        self.load = load
        self.code = 0
        self.stopping = False  # no Event: its lock is not for signal handlers
        self.is_ready = False
        self.started = time.monotonic()

    def run(self, var: Path) -> int:
        """Run until told to stop; the exit code."""
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, self.on_signal)
        with embedded.running(var, die_with_us=True) as self.servers:
            with self.all_children():
                while not self.stopping:
                    self.look_around()
                    time.sleep(0.1 if self.is_ready else 0.03)
            self.printer.plain("Beeline has stopped.")
        return self.code

    def on_signal(self, signum: int, frame: FrameType | None) -> None:
        """Stop; a second signal does not wait for anybody."""
        if self.stopping:
            for child in self.children:
                if child.process is not None:
                    processes.signal_group(child.process.pid, signal.SIGKILL)
        self.stopping = True

    @contextlib.contextmanager
    def all_children(self) -> Iterator[None]:
        """Start the processes; stop them whatever happens, all at the same time.

        What people wait for comes first; the others have the cores to themselves when
        it answers.
        """
        for child in self.children:
            if child.name not in FIRST:
                child.start_at = time.monotonic() + PATIENCE
        try:
            for child in self.children:
                child.look_after()
            yield
        finally:
            for child in self.children:
                child.ask_to_stop()
            until = time.monotonic() + STOP_SECONDS
            for child in self.children:
                child.make_stop(until)
            if self.load is not None:  # last: the web processes wait for it
                self.load.stop()

    def look_around(self) -> None:
        """One round: servers first, then processes, then whether we can say ready."""
        for server in self.servers:
            if not server.is_up():
                self.printer.line(
                    "beeline", f"{server.name} is gone; starting it again"
                )
                with self.saying_why():
                    server.ensure_running(die_with_us=True)
        for child in self.children:
            child.look_after()
        if self.load is not None:
            self.look_at(self.load)
        elif not self.is_ready:
            self.say_when_ready()

    def look_at(self, load: Load) -> None:
        """See whether the demo is there; without it we end."""
        if load.is_over():
            self.load = None
            if load.code != 0:
                self.printer.plain("The demo could not be loaded (see above).")
                self.stopping, self.code = True, 1

    @contextlib.contextmanager
    def saying_why(self) -> Iterator[None]:
        """A server that does not start is tried again; the reason is printed."""
        try:
            yield
        except CannotStart as error:
            self.printer.line("beeline", str(error))
            time.sleep(2)

    def say_when_ready(self) -> None:
        """The line that people, and programs, wait for."""
        if answers(self.health):
            self.is_ready = True
            for child in self.children:
                child.start_at = 0.0
            self.printer.plain(f"Beeline is ready: {self.base_url}")


def health_request(host: str, port: int, base_url: str) -> urllib.request.Request:
    """Ask our own web server, under the name it answers to."""
    reach = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104
    address = urlsplit(base_url)
    headers = {"Host": address.netloc, "X-Forwarded-Proto": address.scheme}
    return urllib.request.Request(f"http://{reach}:{port}/health/live", headers=headers)


def answers(request: urllib.request.Request) -> bool:
    """Whether the web server says that it is alive."""
    try:
        with urllib.request.urlopen(request, timeout=2) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def main(words: list[str]) -> int:
    """Entry: `manage.py up` has prepared everything. With a name: that process alone.

    `python -m config.supervisor worker` is what a container runs.
    """
    var = Path(os.environ["VAR"])
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ["PORT"])
    if words:
        os.environ.update(ENVIRONMENT)
        command = commands(var, host, port)[words[0]]
        os.execv(command[0], command)  # noqa: S606 - our own program, no shell
    pid = os.environ.pop("LOADING", "")
    load = Load(int(pid)) if pid else None
    try:
        return Supervisor(var, host, port, os.environ["BASE_URL"], load).run(var)
    except CannotStart as error:
        sys.exit(str(error))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
