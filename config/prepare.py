"""What has to be true before the processes start: ports, data, migrations, files."""

import contextlib
import fcntl
import hashlib
import os
import socket
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import OperationalError, connection, connections
from django.db.migrations.executor import MigrationExecutor

from config import embedded, loading, processes
from config.firstrun import first_run_code
from config.servers import CannotStart

OLDEST_POSTGRES = 15
# a second viewer of the API's schema, and pages for the browser that no address has
NEVER_SHOWN = ["redoc", "rest_framework"]
HOST = os.environ.get("HOST", "127.0.0.1")


def say(sentence: str) -> None:
    """One line for the person at the terminal."""
    print(sentence, flush=True)  # noqa: T201


def everything(var: Path) -> None:
    """Database and static files, ready for the processes. Raises CannotStart."""
    static = collect_static()
    check_database()
    check_broker()
    migrate()
    refuse_demo_in_the_open()
    invite(var)
    static_collected(static)
    connections.close_all()


def begin_cluster() -> None:
    """Make the database of a first start while Django is imported; `up` checks again.

    A taken port refuses the start, which then leaves nothing behind.
    """
    with contextlib.suppress(CannotStart):
        check_ports()
        embedded.begin_cluster(settings.VAR)


def claim(var: Path) -> None:
    """Be the only `up` on this VAR, until this process (also after exec) ends."""
    var.mkdir(parents=True, exist_ok=True)
    handle = os.open(var / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CannotStart(
            f"Beeline already runs on {var}: stop it first, or use another VAR."
        ) from None
    os.set_inheritable(handle, True)  # kept open on purpose


def check_ports() -> None:
    """CannotStart when the web server's or the live channel's port is taken."""
    for port, whose in (
        (settings.PORT, "web server"),
        (settings.PORT + 1, "live channel"),
    ):
        with contextlib.closing(socket.socket(_family(HOST))) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                raise CannotStart(
                    f"The {whose} cannot listen on {HOST}:{port} ({error.strerror}): "
                    "stop what runs there, or choose another with PORT=number."
                ) from None


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def check_database() -> None:
    """CannotStart when the server is away, too old, or holds newer data than us."""
    try:
        connection.ensure_connection()
    except OperationalError as error:
        raise CannotStart(f"The database does not answer: {error}".strip()) from None
    version = connection.pg_version // 10_000  # type: ignore[attr-defined]
    if version < OLDEST_POSTGRES:
        raise CannotStart(
            f"The database server is PostgreSQL {version}; Beeline needs "
            f"{OLDEST_POSTGRES} or newer."
        )


def check_broker() -> None:
    """CannotStart when Valkey (or Redis) does not answer."""
    import redis

    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=5).ping()
    except redis.RedisError as error:
        raise CannotStart(f"Valkey does not answer: {error}") from None


def migrate() -> None:
    """Bring the tables up to date; CannotStart when they are newer than this code."""
    executor = MigrationExecutor(connection)
    loader = executor.loader
    unknown = sorted(
        f"{app}.{name}"
        for app, name in loader.applied_migrations
        if app in loader.migrated_apps
        and (app, name) not in loader.disk_migrations
        # a short way of its time; what it led over is written down one by one
        and "_squashed_" not in name
    )
    if unknown:
        raise CannotStart(
            "The data belongs to a newer Beeline than this one, or to one from before "
            f"the first version (it has {unknown[-1]}, unknown here): start the one "
            "that made it, or use another VAR or DATABASE_URL."
        )
    if executor.migration_plan(loader.graph.leaf_nodes()):
        say("Bringing the database up to date …")
        call_command("migrate", interactive=False, verbosity=0)


def demo_is_wanted() -> bool:
    """Whether nobody is there yet, and the demo organisation may move in."""
    if not settings.IS_LOOPBACK or os.environ.get("DEMO", "1") == "0":
        return False
    return not get_user_model()._default_manager.exists()


def load_demo() -> None:
    """The demo organisation, in one transaction: all of it or nothing."""
    say("Loading the demo organisation …")
    call_command("load_demo")


def load_demo_beside(var: Path) -> int | None:
    """`load_demo`, if it is wanted, in a process of its own; its id."""
    is_wanted = demo_is_wanted()
    connections.close_all()
    return loading.begin(var, _load_on_one_core) if is_wanted else None


def _load_on_one_core() -> None:
    """`load_demo`, its session of the embedded database on the same core.

    The two only ever wait for each other, and waking a sleeping core 4,500 times takes
    longer than what it is woken for: ready after 7.3 s instead of 8.7 (2 cores).
    """
    if not os.environ.get("DATABASE_URL") and hasattr(os, "sched_setaffinity"):
        connection.ensure_connection()
        core = {max(os.sched_getaffinity(0))}
        with contextlib.suppress(OSError):
            os.sched_setaffinity(connection.connection.info.backend_pid, core)
            os.sched_setaffinity(0, core)
    load_demo()


def invite(var: Path) -> None:
    """Where nobody is there and no demo comes: the code for the first administrator."""
    if get_user_model()._default_manager.exists() or demo_is_wanted():
        return
    say(f"First-run code, to be entered at {settings.BASE_URL}: {first_run_code(var)}")


def refuse_demo_in_the_open() -> None:
    """CannotStart when the demo's people, with a known password, would be reachable."""
    if settings.IS_LOOPBACK:
        return
    people = get_user_model()._default_manager
    if people.filter(email__endswith="@demo.example", is_active=True).exists():
        raise CannotStart(
            f"BASE_URL is {settings.BASE_URL}, but this database holds the demo, whose "
            "password everybody knows: use another VAR or DATABASE_URL."
        )


def collect_static() -> int | None:
    """Start collecting the static files beside us, if any has changed since.

    Call it before there is a connection to the database.
    """
    root = Path(settings.STATIC_ROOT)
    stamp = root / ".collected"
    wanted = _fingerprint()
    if settings.DEBUG or (stamp.exists() and stamp.read_text() == wanted):
        return None
    return processes.fork(
        lambda: call_command(
            "collectstatic", interactive=False, verbosity=0, ignore_patterns=NEVER_SHOWN
        )
    )


def static_collected(child: int | None) -> None:
    """Wait for `collect_static`; CannotStart when it failed."""
    if child is None:
        return
    _pid, status = os.waitpid(child, 0)
    if status != 0:
        raise CannotStart("The static files could not be collected (see above).")
    (Path(settings.STATIC_ROOT) / ".collected").write_text(_fingerprint())


def _fingerprint() -> str:
    """Names, sizes and times of all static files: changes when any of them does."""
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256(str(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = os.stat(storage.path(path))
            digest.update(f"{path}:{found.st_size}:{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
