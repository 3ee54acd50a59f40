"""The import of a real ticket log with its history, into an empty database."""

import contextlib
import os
import subprocess
import sys
import time
from typing import Any
from urllib.parse import urlparse

import psycopg2

from bench import servers

BUDGET_SECONDS = 90
NAME = "beeline_bench_import"


def of_log(database: str, redis: str) -> dict[str, Any]:
    """Seconds that `import_tickets --format uci` takes for LOG."""
    connection = psycopg2.connect(database)
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{NAME}"')
    url = servers.own_database(database, NAME)
    assert urlparse(url).path == f"/{NAME}"
    env = servers.environment(url, redis, servers.FIRST_PORT)
    env["DJANGO_SETTINGS_MODULE"] = "config.settings"
    manage = [sys.executable, "manage.py"]
    for command in (["migrate", "-v0"], ["load_processes"]):
        subprocess.run([*manage, *command], cwd=servers.ROOT, env=env, check=True)
    began = time.monotonic()
    subprocess.run(
        [*manage, "import_tickets", "--format", "uci", os.environ["LOG"]],
        cwd=servers.ROOT,
        env=env,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    seconds = time.monotonic() - began
    return {
        "name": "import of the log, seconds",
        "seconds": round(seconds, 1),
        "budget": BUDGET_SECONDS,
        "ok": seconds <= BUDGET_SECONDS,
        "note": f"{seconds:.0f} s",
    }
