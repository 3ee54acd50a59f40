"""A real Alertmanager: fires, groups, repeats and resolves, by both of its ways to us.

What it could not tell it tries again with growing pauses, and tells all of it with its
next message: a Beeline that is down for `DOWN` seconds has been asked in vain often.
"""

import contextlib
import json
import subprocess
import time
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest

from tests.faults import alertmanager
from tests.faults.conftest import free_ports, kill_all
from tests.faults.monitored import (
    KEYS,
    STATES,
    begin,
    is_worked_off,
    manage,
)
from tests.faults.test_promises import ask

DOWN = 60  # seconds
CONFIG = """
route:
  receiver: webhook
  group_by: [cluster]
  group_wait: 1s
  group_interval: 5s
  repeat_interval: 5s
  routes:
    - matchers: ['to="pagerduty"']
      receiver: pagerduty
      group_by: ['...']
receivers:
  - name: webhook
    webhook_configs:
      - url: {beeline}/api/events/{webhook}/alertmanager/
        send_resolved: true
  - name: pagerduty
    pagerduty_configs:
      - routing_key: {pagerduty}
        url: {beeline}/v2/enqueue
        severity: critical
        send_resolved: true
"""
STATUSES = ("open", "closed")
ALERTS = """
SELECT s.slug, a.status, count(*), sum(a.count) FROM itsm_alert a
JOIN itsm_source s ON s.id = a.source_id GROUP BY 1, 2 ORDER BY 1, 2
"""


class Alertmanager:
    """One that runs, with its data in a folder of the test's."""

    def __init__(self, folder, beeline):
        program = alertmanager.ensure()
        assert program, "no prometheus-alertmanager, and it cannot be installed"
        self.port = free_ports()
        config = folder / "alertmanager.yml"
        config.write_text(
            CONFIG.format(
                beeline=f"http://127.0.0.1:{beeline.port}",
                webhook=KEYS[0],
                pagerduty=KEYS[1],
            )
        )
        self.log = folder / "alertmanager.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    program,
                    f"--config.file={config}",
                    f"--storage.path={folder / 'alertmanager'}",
                    f"--web.listen-address=127.0.0.1:{self.port}",
                    "--cluster.listen-address=",
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def post(self, alerts):
        """Tell it of alerts, as Prometheus does."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v2/alerts",
            data=json.dumps(alerts).encode(),
            headers={"Content-Type": "application/json"},
        )
        until = time.monotonic() + 30
        while True:
            try:
                with urllib.request.urlopen(request, timeout=5) as answer:
                    return answer.status
            except OSError:
                assert time.monotonic() < until, self.log.read_text()
                time.sleep(0.2)

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture
def running(up, tmp_path):
    """Beeline with two sources, and an Alertmanager that reports to both."""
    beeline = begin(up, tmp_path / "var", 2)
    manager = Alertmanager(tmp_path, beeline)
    yield beeline, manager
    manager.stop()


def alerts(names, *, to, over=False):
    """As Prometheus tells them; one that is over has ended."""
    now = datetime.now(UTC)
    ends = now - timedelta(seconds=1) if over else now + timedelta(minutes=10)
    return [
        {
            "labels": {
                "alertname": name,
                "to": to,
                "cluster": f"c{int(name[-1]) % 2}",
                "severity": "critical",
            },
            "annotations": {"summary": f"{name} is down"},
            "startsAt": (now - timedelta(minutes=1)).isoformat(),
            "endsAt": ends.isoformat(),
        }
        for name in names
    ]


@contextlib.contextmanager
def nobody_there(beeline):
    """The web processes are gone, and who would start them again is held."""
    web = beeline.find("granian")
    parents = {process.parent() for process in web} - set(web)
    for process in parents:
        process.suspend()
    kill_all(web)
    yield
    for process in parents:
        process.resume()


def stands(beeline, status, n):
    """Whether each source has so many alerts, all of this status."""
    found = {slug: (s, count) for slug, s, count, _n in ask(beeline, ALERTS)}
    return found == dict.fromkeys(("source-0", "source-1"), (status, n))


def test_it_fires_groups_repeats_and_resolves(running):
    beeline, manager = running
    first = ["db1", "db2", "db3"]
    for to in ("webhook", "pagerduty"):
        manager.post(alerts(first, to=to))
    beeline.wait_until(lambda: stands(beeline, "open", 3), seconds=180)

    def repeats():
        return {slug: n for slug, _s, _count, n in ask(beeline, ALERTS)}

    beeline.wait_until(lambda: min(repeats().values()) >= 6, seconds=180)
    assert stands(beeline, "open", 3), "repeats open nothing"
    assert sum(n for *_rest, n in ask(beeline, STATES)) == 6

    with nobody_there(beeline):  # new alerts come, and old ones end
        for to in ("webhook", "pagerduty"):
            manager.post(alerts(["db4"], to=to))
            manager.post(alerts(["db1"], to=to, over=True))
        time.sleep(DOWN)
        assert stands(beeline, "open", 3)

    def both():
        rows = {(slug, s): n for slug, s, n, _count in ask(beeline, ALERTS)}
        names = [(f"source-{n}", status) for n in (0, 1) for status in STATUSES]
        return [rows.get(name) for name in names]

    beeline.wait_until(lambda: both() == [3, 1, 3, 1], seconds=180)
    for to in ("webhook", "pagerduty"):
        manager.post(alerts(["db1", "db2", "db3", "db4"], to=to, over=True))
    beeline.wait_until(lambda: stands(beeline, "closed", 4), seconds=180)
    beeline.wait_until(lambda: is_worked_off(beeline), seconds=180)
    assert ask(beeline, STATES) == [("closed", "monitoring", 8)]
    doctor = manage(beeline.var, "doctor")
    assert doctor.returncode == 0, doctor.stdout
