"""Nagios itself, from Debian, with our contact and our script, against our doors."""

import shutil
import subprocess
import time
from pathlib import Path

import pytest
from django.conf import settings

from itsm.monitoring import formats
from itsm.monitoring.models import Reception
from tests.itsm.monitoring.events import a_source

NAGIOS = shutil.which("nagios4")
SCRIPTS = Path(settings.BASE_DIR) / "docs/integrations/scripts"
KEY = "a" * 32
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        NAGIOS is None, reason="nagios4 is not installed (Debian has it)"
    ),
]
MAIN = """
log_file={here}/nagios.log
cfg_file={here}/objects.cfg
object_cache_file={here}/objects.cache
status_file={here}/status.dat
temp_file={here}/nagios.tmp
temp_path={here}
check_result_path={here}/results
state_retention_file={here}/retention.dat
lock_file={here}/nagios.lock
query_socket={here}/nagios.qh
command_file={here}/nagios.cmd
nagios_user={user}
nagios_group={user}
check_external_commands=1
enable_notifications=1
execute_service_checks=1
interval_length=1
illegal_macro_output_chars=`~$&|'"<>
"""
OBJECTS = """
define timeperiod {{
    timeperiod_name 24x7
    alias always
    monday 00:00-24:00
    tuesday 00:00-24:00
    wednesday 00:00-24:00
    thursday 00:00-24:00
    friday 00:00-24:00
    saturday 00:00-24:00
    sunday 00:00-24:00
}}
define command {{
    command_name fine
    command_line /bin/true
}}
define command {{
    command_name as-told
    command_line /bin/sh {here}/check.sh
}}
define host {{
    host_name web-1
    address 127.0.0.1
    check_command fine
    max_check_attempts 1
    check_interval 60
    contacts beeline
    notification_period 24x7
    check_period 24x7
}}
define service {{
    host_name web-1
    service_description Disk
    check_command as-told
    max_check_attempts 1
    check_interval 1
    retry_interval 1
    notification_interval 0
    first_notification_delay 0
    contacts beeline
    notification_period 24x7
    check_period 24x7
    flap_detection_enabled 0
}}
"""


@pytest.fixture
def told(tmp_path, cast, live_server):
    """A running Nagios; give it the exit code that its check shall have."""
    a_source(key=KEY)
    here = tmp_path
    (here / "results").mkdir()
    (here / "beeline.key").write_text(f"{KEY}\n")
    (here / "check.sh").write_text(
        f"echo 'Disk is \"full\": 96 %'; exit $(cat {here}/code)\n"
    )
    (here / "code").write_text("0")
    contact = (SCRIPTS / "beeline-nagios.cfg").read_text()
    for shipped, ours in (
        ("https://beeline.example.org", live_server.url),
        ("/etc/nagios4/beeline.key", str(here / "beeline.key")),
        ("/usr/local/bin/beeline-notify.sh", str(SCRIPTS / "beeline-notify.sh")),
    ):
        assert shipped in contact
        contact = contact.replace(shipped, ours)
    (here / "objects.cfg").write_text(OBJECTS.format(here=here) + contact)
    (here / "nagios.cfg").write_text(MAIN.format(here=here, user="root"))
    with (here / "out").open("wb") as out:
        nagios = subprocess.Popen(
            [NAGIOS, str(here / "nagios.cfg")], stdout=out, stderr=out, cwd=here
        )
    try:
        yield lambda code: (here / "code").write_text(str(code))
    finally:
        nagios.terminate()
        nagios.wait(30)


def signals(n, seconds=60):
    """The first so many that came."""
    until = time.monotonic() + seconds
    while Reception.objects.count() < n:
        assert time.monotonic() < until, "Nagios told us nothing"
        time.sleep(0.2)
    rows = Reception.objects.order_by("pk")
    read = [formats.read(row.format, bytes(row.body), row.headers) for row in rows]
    return [signal for one in read for signal in one.signals]


def test_nagios_opens_an_alert_and_ends_it(told):
    told(2)
    (found,) = signals(1)
    assert (found.action, found.key) == ("trigger", "web-1!Disk")
    assert (found.severity, found.host) == ("critical", "web-1")
    assert "96 %" in found.summary
    told(0)
    assert [one.action for one in signals(2)] == ["trigger", "resolve"]
    assert {one.key for one in signals(2)} == {"web-1!Disk"}
