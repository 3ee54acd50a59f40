"""A Beeline with a source, for tests that kill what works its events off."""

import json
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from config import embedded
from tests.faults.conftest import MANAGE, environment
from tests.faults.test_promises import ask

READY = r"Beeline is ready: \S+"
SOURCES = """
from django.utils import timezone
from itsm.monitoring import keys
from itsm.monitoring.models import Source
from people.models import Service, User
from people.roles import Role
at = timezone.now()
for n, service in enumerate(Service.objects.order_by("pk")[:{n}]):
    account = User.objects.create_user(
        f"source-{{n}}@machines.invalid", name=f"Source {{n}}", roles=[Role.AGENT],
        is_machine=True, created_at=at,
    )
    source = Source(slug=f"source-{{n}}", name=f"Source {{n}}", service=service,
        account=account, created_at=at, per_minute=1000000)
    keys.give(source, f"{{n:032x}}")
    source.save()
"""
KEYS = [f"{n:032x}" for n in range(10)]
STATES = """
SELECT t.state_category, t.verified_by, count(*) FROM itsm_ticket t
WHERE t.channel = 'machine' AND EXISTS (
    SELECT 1 FROM itsm_alert a WHERE a.incident_id = t.id)
GROUP BY 1, 2 ORDER BY 1, 2
"""
LEFT = """
SELECT (SELECT count(*) FROM itsm_reception WHERE worked_at IS NULL)
    + (SELECT count(*) FROM itsm_alert WHERE decide_at <= now())
"""


def seed(var, sources=1):
    """A few tickets, so processes and services, and sources of known keys."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL", raising=False)
        patch.delenv("REDIS_URL", raising=False)
        with embedded.running(var):
            for words in (
                ["migrate", "-v0"],
                ["seed_load", "--tickets", "400"],
                ["shell", "-c", SOURCES.format(n=sources)],
            ):
                done = manage(var, *words)
                assert done.returncode == 0, done.stderr


def manage(var, *words):
    """A command on its data; minutes where the machine is busy."""
    return subprocess.run(
        [sys.executable, MANAGE, *words],
        env=environment(var, 8000),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def post(beeline, path, body):
    """The status of a call; 0 where nobody answered."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{beeline.port}{path}",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def is_worked_off(beeline):
    """Whether nothing waits."""
    return ask(beeline, LEFT) == [(0,)]
