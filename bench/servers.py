"""The servers that are measured: databases, the web server as in `up`, memory."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlparse, urlunparse

import psycopg2

from bench.client import Client, Place
from config import embedded

ROOT = Path(__file__).resolve().parent.parent
FIRST_PORT = int(os.environ.get("PORT", "8140"))


@contextlib.contextmanager
def database_server() -> Iterator[tuple[str, str]]:
    """The given servers, or the embedded ones; yields their two addresses."""
    var = Path(os.environ.get("VAR", ROOT / "var")).resolve()
    os.environ["VAR"] = str(var)
    with embedded.running(var):
        yield (
            os.environ.get("DATABASE_URL") or embedded.database_url(var),
            os.environ.get("REDIS_URL") or embedded.redis_url(var),
        )


def own_database(url: str, name: str) -> str:
    """A database of ours on that server: its address."""
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            cursor.execute(f'CREATE DATABASE "{name}"')
    return urlunparse(urlparse(url)._replace(path=f"/{name}"))


def environment(database: str, redis: str, port: int) -> dict[str, str]:
    """What a process of the product gets: production settings."""
    return {
        **os.environ,
        "DATABASE_URL": database,
        "REDIS_URL": redis,
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "PYTHONPATH": str(ROOT),
        "PORT": str(port),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "DEBUG": "0",
    }


def prepare(env: dict[str, str], tickets: int) -> dict[str, Any]:
    """Seed the data set where it is missing; what `bench.prepare` says of it."""
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"],
        cwd=ROOT,
        env={**env, "DJANGO_SETTINGS_MODULE": "config.settings"},
        check=True,
    )
    done = subprocess.run(
        [sys.executable, "-m", "bench.prepare", str(tickets)],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


@contextlib.contextmanager
def web(env: dict[str, str], facts: dict[str, Any]) -> Iterator[tuple[Place, int]]:
    """The web server as `manage.py up` starts it; yields the place and its pid."""
    from config.supervisor import commands

    port = int(env["PORT"])
    command = commands(Path(env["VAR"]), "127.0.0.1", port)["web"]
    server = subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True)
    try:
        until = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            if server.poll() is not None or time.monotonic() > until:
                raise SystemExit("The web server did not start.")
            time.sleep(0.1)
        client = Client(port)
        client.sign_in(facts["email"], facts["password"])
        yield Place(port, client.cookies), server.pid
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)


def family(pid: int) -> dict[int, str]:
    """A process and all that come from it: id and command line."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                parents.setdefault(int(stat[1]), []).append(int(entry.name))
    found, queue = {}, [pid]
    while queue:
        one = queue.pop()
        with contextlib.suppress(OSError):
            line = Path(f"/proc/{one}/cmdline").read_bytes().replace(b"\0", b" ")
            found[one] = line.decode(errors="replace")
        queue += parents.get(one, [])
    return found


def pss_mb(pid: int) -> float:
    """Proportional set size of one process, in MB; 0 when it is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0
