"""How long `manage.py up` takes to say that it is ready: the first time, and again."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import servers

FIRST = "first start with the demo, seconds"
SECOND = "second start, seconds"
SECONDS = 10.0
AGAIN = 3  # second starts; the middle one counts


def measure() -> list[dict[str, Any]]:
    """Both rows, on a directory of its own; installing has been done."""
    with tempfile.TemporaryDirectory(prefix="beeline-bench-") as var:
        first = _started(Path(var))
        again = sorted(_started(Path(var)) for _ in range(AGAIN))
    return [_row(FIRST, first), _row(SECOND, again[AGAIN // 2])]


def _started(var: Path) -> float:
    """Seconds until the line that people wait for; it is stopped again."""
    port = servers.FIRST_PORT + 4
    others = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}
    env = {k: v for k, v in os.environ.items() if k not in others}
    env |= {"VAR": str(var), "PORT": str(port)}
    env |= {"BASE_URL": f"http://127.0.0.1:{port}"}
    began = time.monotonic()
    up = subprocess.Popen(
        [sys.executable, "manage.py", "up"],
        cwd=servers.ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        for line in up.stdout or ():
            if "Beeline is ready" in line:
                return time.monotonic() - began
        raise SystemExit("`manage.py up` ended before it was ready.")
    finally:
        up.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            up.communicate(timeout=40)


def _row(name: str, seconds: float) -> dict[str, Any]:
    return {
        "name": name,
        "seconds": round(seconds, 1),
        "budget": SECONDS,
        "ok": seconds <= SECONDS,
        "note": f"{seconds:.1f} s",
    }
