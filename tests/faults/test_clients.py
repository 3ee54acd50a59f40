"""Other people's clients, against a Beeline that runs as it does for everybody."""

import json
import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from tests.faults.test_up import READY, run_manage

CLIENTS = settings.BASE_DIR / ".venv" / "clients"  # made by `make test`
HERE = Path(__file__).parent
MAKE = """
from tests.cast import make_cast
from tests.factories import rows
rows(make_cast(), 9, priority=2)
"""


def speak(script: str, *words: str) -> dict:
    """Run a client by itself; answers what it saw."""
    done = subprocess.run(
        [sys.executable, str(HERE / script), *words],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(CLIENTS), "PYTHONWARNINGS": "ignore"},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_pysnow_queries_creates_updates_and_deletes(up, tmp_path):
    beeline = up(tmp_path / "var")
    beeline.wait_for(READY, seconds=300)
    assert run_manage(beeline.var, "shell", "-c", MAKE).returncode == 0
    made = run_manage(beeline.var, "create_token", "--user", "bob@demo.example")
    token = made.stdout.split()[-1]
    host = f"127.0.0.1:{beeline.port}"
    seen = speak("speak_pysnow.py", host, "bob@demo.example", token)
    assert seen["number"].startswith("INC-")
    assert set(seen["found"]) <= {"1", "2"}
    assert seen["found"]
    assert seen["streamed"] == 7 < seen["total"]
    assert (seen["state"], seen["solved"], seen["words"]) == ("2", "6", "Resolved")
    assert seen["deleted"] == {"status": "record deleted"}
    assert seen["kept"] == "Canceled"
    assert seen["refused"] == [400, 403, 403]
    assert beeline.stop() == 0
