"""A Beeline with a source, for tests that kill what works its events off."""

import json
import subprocess
import sys
import urllib.error
import urllib.request

from tests.faults.conftest import MANAGE, environment
from tests.faults.test_promises import ask

READY = r"Beeline is ready: \S+"
SOURCES = """
from django.utils import timezone
from itsm.monitoring import keys
from itsm.monitoring.models import Source
from people.models import Service, User
from people.roles import Role
from processes import shipping
at = timezone.now()
shipping.load_all(at=at)
for n in range({n}):
    service = Service.objects.create(slug=f"service-{{n}}", name=f"Service {{n}}")
    account = User.objects.create_user(
        f"source-{{n}}@machines.invalid", name=f"Source {{n}}", roles=[Role.AGENT],
        is_machine=True, created_at=at,
    )
    source = Source(slug=f"source-{{n}}", name=f"Source {{n}}", service=service,
        account=account, created_at=at, per_minute=1000000)
    keys.give(source, f"{{n:032x}}")
    source.save()
"""
PATIENCE = 300  # seconds, where the machine is busy
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


def begin(up, var, sources=1):
    """Running, with sources of known keys, each of a service of its own."""
    beeline = up(var)
    beeline.wait_for(READY, seconds=PATIENCE)
    done = manage(var, "shell", "-c", SOURCES.format(n=sources))
    assert done.returncode == 0, done.stderr
    return beeline


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
