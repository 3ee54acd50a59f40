"""Memory at rest, as proportional set size: shared pages are counted once."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from typing import Any

from bench import servers, streams
from bench.client import Client, Unexpected
from bench.targets import Target

WEB, WORKER, EVERYTHING = 130, 130, 900  # MB
LIVE = 150  # MB
REST_SECONDS = 5


def of_web(pid: int, when: str) -> list[dict[str, Any]]:
    """The largest process of a web server that has been at work."""
    family = servers.family(pid)
    largest = max((servers.pss_mb(one) for one in family), default=0.0)
    return [_row(f"memory: a web process {when}", largest, WEB)]


def of_up() -> list[dict[str, Any]]:
    """`manage.py up` on a directory of its own, demo loaded, after some pages."""
    port = servers.FIRST_PORT + 4
    with tempfile.TemporaryDirectory(prefix="beeline-bench-") as var:
        env = {
            k: v
            for k, v in os.environ.items()
            if k not in {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}
        }
        env |= {"VAR": var, "PORT": str(port), "BASE_URL": f"http://127.0.0.1:{port}"}
        up = subprocess.Popen(
            [sys.executable, "manage.py", "up"],
            cwd=servers.ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            _wait_ready(up)
            client = _work(port)
            time.sleep(REST_SECONDS)
            return [*_weigh(up.pid), *_with_channels(up.pid, port + 1, client)]
        finally:
            up.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                up.communicate(timeout=40)


def _wait_ready(up: "subprocess.Popen[str]") -> None:
    for line in up.stdout or ():
        if "Beeline is ready" in line:
            return
    raise SystemExit("`manage.py up` ended before it was ready.")


def _with_channels(pid: int, port: int, client: Client) -> list[dict[str, Any]]:
    """The live channel's processes together while many browsers listen."""
    live = [one for one, line in servers.family(pid).items() if "config.live" in line]
    with streams.Streams(port, client.cookies) as channels:
        channels.open(streams.MANY)
        size = sum(map(servers.pss_mb, live))
    return [_row(f"memory: live with {streams.MANY} open channels", size, LIVE)]


def _work(port: int) -> Client:
    """Sign in as the demo's Alice and read some pages, so that it has all loaded."""
    client = Client(port)
    with contextlib.suppress(Unexpected):
        client.sign_in("alice@demo.example", "beeline")
        for _ in range(40):
            client.ask(Target("", "/queue/", "", 0))
    return client


def _weigh(pid: int) -> list[dict[str, Any]]:
    """Everything that comes from `up`; the database's processes leave its family."""
    family = servers.family(pid)
    sizes = {one: servers.pss_mb(one) for one in family}
    web = [one for one, line in family.items() if "config.wsgi" in line]
    worker = [one for one, line in family.items() if " worker " in line]
    return [
        _row("memory: a web process at rest", max(map(sizes.get, web)), WEB),
        _row("memory: a worker at rest", max(map(sizes.get, worker)), WORKER),
        _row("memory: everything of make up", sum(sizes.values()), EVERYTHING),
    ]


def _row(name: str, megabytes: float, budget: int) -> dict[str, Any]:
    return {
        "name": name,
        "mb": round(megabytes),
        "budget": budget,
        "ok": 0 < megabytes <= budget,
        "note": f"{megabytes:.0f} MB",
    }
