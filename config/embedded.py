"""The embedded servers of one VAR: their addresses, and who starts and stops them.

Imported by settings.py, so nothing here may need Django. Any number of commands may
use the servers at once: the first starts them, the last one stops them.
"""

import contextlib
import fcntl
import hashlib
import os
import secrets
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import IO

from config.servers import CannotStart, Postgres, Server, Valkey

SOCKET_PATH_MAX = 103  # macOS: 104 bytes with the closing zero
LONGEST_SOCKET = ".s.PGSQL.5432.lock"
WITHOUT_SERVERS = {
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "spectacular",
    "startapp",
    "up",  # starts its own
    "version",
}


def secret_key(var: Path) -> str:
    """The SECRET_KEY of this VAR: made once, readable by its owner alone."""
    path = var / "secret_key"
    if not path.exists():
        var.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=var)  # 0600 from the start
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)  # another process may have been first
        os.unlink(draft)
    return path.read_text().strip()


def socket_dir(var: Path) -> Path:
    """Where the servers of this VAR listen: VAR/run, or a short path instead."""
    near = var / "run"
    if len(os.fsencode(near / LONGEST_SOCKET)) <= SOCKET_PATH_MAX:
        return near
    key = hashlib.sha256(os.fsencode(var)).hexdigest()[:12]
    short = Path("/tmp") / f"beeline-{os.getuid()}-{key}"  # noqa: S108 - TMPDIR is long
    return short.resolve()


def database_url(var: Path) -> str:
    """The address of the embedded database."""
    return f"postgresql://beeline@/beeline?host={socket_dir(var)}"


def redis_url(var: Path) -> str:
    """The address of the embedded Valkey."""
    return f"unix://{socket_dir(var)}/valkey.sock?db=0"


def celery_url(redis_url: str) -> str:
    """The same server in Celery's spelling, which differs for unix sockets."""
    if not redis_url.startswith("unix://"):
        return redis_url
    path, _, query = redis_url.removeprefix("unix://").partition("?")
    database = query.removeprefix("db=") or "0"
    return f"redis+socket://{path}?virtual_host={database}"


def missing_servers(
    var: Path, postgres_settings: dict[str, str] | None = None
) -> list[Server]:
    """The servers that no URL in the environment names."""
    sockets = socket_dir(var)
    servers: list[Server] = []
    if not os.environ.get("DATABASE_URL"):
        servers.append(Postgres(var, sockets, postgres_settings))
    if not os.environ.get("REDIS_URL"):
        servers.append(Valkey(var, sockets))
    return servers


def make_private(directory: Path) -> None:
    """Make a directory that is ours alone; refuse one that somebody else made."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = directory.lstat()
    if directory.is_symlink() or (os.getuid() != 0 and found.st_uid != os.getuid()):
        raise CannotStart(
            f"{directory} belongs to somebody else: remove it, or use another VAR."
        )
    if found.st_mode & 0o077:
        directory.chmod(0o700)


def begin_cluster(var: Path) -> None:
    """On a first start, make the database's directory while Django is imported.

    `running` waits for the lock; what fails here fails there again, and is told there.
    """
    if not os.environ.get("DATABASE_URL") and not (var / "postgres").exists():
        threading.Thread(target=_make_cluster, args=(var,)).start()


def _make_cluster(var: Path) -> None:
    sockets = socket_dir(var)
    with contextlib.suppress(CannotStart, OSError):
        var.mkdir(parents=True, exist_ok=True)
        with (var / "servers.lock").open("a") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            make_private(sockets)
            Postgres(var, sockets).prepare()


@contextlib.contextmanager
def running(
    var: Path,
    *,
    die_with_us: bool = False,
    postgres_settings: dict[str, str] | None = None,
) -> Iterator[list[Server]]:
    """Hold the missing servers of `var` running; yields those we look after.

    Two locks: `starting` is held while servers are started or stopped, `users` is
    shared by everybody who needs them. Raises CannotStart.
    """
    servers = missing_servers(var, postgres_settings)
    if not servers:
        yield []
        return
    var.mkdir(parents=True, exist_ok=True)
    make_private(socket_dir(var))
    with (
        (var / "servers.lock").open("a") as starting,
        (var / "users.lock").open("a") as users,
    ):
        fcntl.flock(starting, fcntl.LOCK_EX)
        try:
            fcntl.flock(users, fcntl.LOCK_SH)
            for server in servers:
                server.ensure_running(die_with_us=die_with_us)
                if isinstance(server, Postgres):
                    server.ensure_database()
            fcntl.flock(starting, fcntl.LOCK_UN)
            yield servers
        finally:
            fcntl.flock(users, fcntl.LOCK_UN)
            fcntl.flock(starting, fcntl.LOCK_EX)
            if is_last_user(users):
                for server in reversed(servers):
                    server.stop()


def is_last_user(users: IO[str]) -> bool:
    """Whether nobody else uses the servers; the start lock is held meanwhile."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def needs_servers(argv: list[str]) -> bool:
    """Whether a management command line needs a database or a broker."""
    if len(argv) < 2 or argv[1] in WITHOUT_SERVERS:
        return False
    return not {"-h", "--help", "--version"} & set(argv[1:])


@contextlib.contextmanager
def servers_for(argv: list[str]) -> Iterator[None]:
    """The servers that a management command needs, for as long as it runs.

    Starts nothing when the environment names servers, when the command needs none, or
    when they run already (`manage.py up` in another window).
    """
    var = Path(os.environ.get("VAR", Path(__file__).parent.parent / "var")).resolve()
    if not needs_servers(argv) or not missing_servers(var):
        yield
        return
    signal.signal(signal.SIGTERM, leave)
    try:
        if not all(server.answers() for server in missing_servers(var)):
            say(f"Starting the embedded servers in {var} for this command.")
        with running(var):
            yield
    except CannotStart as error:
        sys.exit(str(error))


def leave(signum: int, frame: FrameType | None) -> None:
    """End through the `finally` blocks, so that servers are stopped."""
    sys.exit(128 + signum)


def say(sentence: str) -> None:
    """One line for the person; stdout belongs to the command."""
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201
