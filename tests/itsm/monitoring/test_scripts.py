"""What docs/integrations/ ships, run as the tools run it, against our own doors."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from playwright._impl._driver import compute_driver_executable

from itsm.monitoring import formats
from itsm.monitoring.models import Reception
from tests.itsm.monitoring.events import a_source

SCRIPTS = Path(settings.BASE_DIR) / "docs/integrations/scripts"
KEY = "a" * 32
ODD = 'Disk "C:\\temp" is 96 % full;\n\ttäglich \x07voll $HOME `id` {"a": 1}'
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def source(cast):
    return a_source(key=KEY)


def run(url, name, key=KEY, **told):
    """The script with these macros, as Nagios and Icinga start it."""
    env = {"PATH": "/usr/bin:/bin", "BEELINE_URL": url, "BEELINE_KEY": key}
    return subprocess.run(
        [SCRIPTS / "beeline-notify.sh", name],
        env=env | {f"N_{name.upper()}": text for name, text in told.items()},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def the_signal():
    row = Reception.objects.latest("pk")
    reading = formats.read(row.format, bytes(row.body), row.headers)
    return reading.signals[0] if reading.signals else reading.note


@pytest.mark.parametrize("name", ["nagios", "icinga"])
def test_a_problem_its_acknowledgement_and_its_end(live_server, source, name):
    about = {"host": "web-1", "service": "Disk C:", "address": "10.0.0.7"}
    steps = [
        ("PROBLEM", "CRITICAL", "trigger"),
        ("ACKNOWLEDGEMENT", "CRITICAL", "acknowledge"),
        ("RECOVERY", "OK", "resolve"),
    ]
    for type_, state, action in steps:
        done = run(
            live_server.url,
            name,
            **about,
            type=type_,
            state=state,
            output=ODD,
            at="1772442000",
            groups="web",
        )
        assert (done.returncode, done.stderr) == (0, "")
        found = the_signal()
        assert (found.action, found.key) == (action, "web-1!Disk C:")
        assert found.severity == ("info" if state == "OK" else "critical")
        assert found.details["output"] == ODD.replace("\x07", "")
        assert (found.host, found.component) == ("web-1", "Disk C:")


def test_a_host_and_a_service_of_it_are_two_alerts(live_server, source):
    run(live_server.url, "nagios", type="PROBLEM", host="web-1", state="DOWN")
    host = the_signal()
    run(
        live_server.url,
        "nagios",
        type="PROBLEM",
        host="web-1",
        service="HTTP",
        state="WARNING",
    )
    assert (host.key, host.severity) == ("web-1", "critical")
    assert (the_signal().key, the_signal().severity) == ("web-1!HTTP", "warning")


@pytest.mark.parametrize("type_", ["DOWNTIMESTART", "FLAPPINGSTART", "FLAPPINGSTOP"])
def test_a_downtime_and_flapping_are_no_alerts(live_server, source, type_):
    told = {"type": type_, "host": "web-1", "state": "DOWN"}
    assert run(live_server.url, "icinga", **told).returncode == 0
    assert the_signal() == "state"


def test_text_that_is_no_utf8_is_sent_without_it(live_server, source):
    env = {
        "PATH": "/usr/bin:/bin",
        "BEELINE_URL": live_server.url,
        "BEELINE_KEY": KEY,
        "N_TYPE": "PROBLEM",
        "N_HOST": "web-1",
        "N_STATE": "DOWN",
    }
    env = {name.encode(): text.encode() for name, text in env.items()}
    env[b"N_OUTPUT"] = b"gro\xdf \xff kaputt"
    done = subprocess.run(
        [SCRIPTS / "beeline-notify.sh", "nagios"], env=env, check=False, timeout=60
    )
    assert done.returncode == 0
    assert "kaputt" in the_signal().summary


def test_a_refusal_ends_the_script_with_a_line_for_the_log(live_server, source):
    done = run(live_server.url, "nagios", key="wrong", host="web-1", state="DOWN")
    assert done.returncode != 0
    assert "401" in done.stderr
    assert "wrong" not in done.stderr
    assert run(live_server.url, "nagios", key="").returncode != 0


def zabbix(**macros):
    """What the media type's own JavaScript sends: where to, with what, and what."""
    text = (SCRIPTS / "zabbix_media_type.yaml").read_text()
    media = yaml.safe_load(text)["zabbix_export"]["media_types"][0]
    told = {one["name"]: one["value"] for one in media["parameters"]} | macros
    around = """
    const sent = {headers: []};
    class HttpRequest {
        addHeader(one) { sent.headers.push(one); }
        post(url, body) { sent.url = url; sent.body = body; return ''; }
        getStatus() { return 202; }
    }
    const run = new Function('value', 'HttpRequest', process.argv[1]);
    sent.answer = run(process.argv[2], HttpRequest);
    console.log(JSON.stringify(sent));
    """
    node = compute_driver_executable()[0]
    done = subprocess.run(
        [node, "-e", around, media["script"], json.dumps(told)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("macros", "action"),
    [
        ({}, "trigger"),
        ({"update": "1", "acknowledged": "Yes"}, "acknowledge"),
        ({"value": "0"}, "resolve"),
    ],
)
def test_the_media_type_sends_what_is_read(client, source, macros, action):
    usual = {
        "beeline_url": "http://testserver/",
        "beeline_key": KEY,
        "trigger_id": "17",
        "event_id": "4711",
        "value": "1",
        "update": "0",
        "acknowledged": "No",
        "severity": "High",
        "name": "Disk is full",
        "host": "db-1",
        "tags": '[{"tag": "scope", "value": "capacity"}]',
    }
    sent = zabbix(**usual | macros)
    assert sent["answer"] == "OK"
    headers = dict(one.split(": ") for one in sent["headers"])
    path = sent["url"].removeprefix("http://testserver")
    kind = headers.pop("Content-Type")
    answer = client.generic("POST", path, sent["body"], kind, headers=headers)
    assert answer.status_code == 202
    found = the_signal()
    assert (found.action, found.severity, found.host) == (action, "error", "db-1")
    assert found.summary == "Disk is full"
    assert found.labels == {"scope": "capacity"}
    assert found.key.startswith("trigger/17/")
    assert found.url == ""  # of a macro that nobody filled in


def test_two_problems_of_one_trigger_that_its_tags_tell_apart_are_two_alerts():
    def key(*tags, event):
        body = {"trigger_id": "17", "event_id": event, "value": "1"}
        body["tags"] = [{"tag": name, "value": value} for name, value in tags]
        reading = formats.read("zabbix", json.dumps(body).encode(), {})
        return reading.signals[0].key

    first = key(("disk", "/"), ("scope", "x"), event="1")
    assert key(("scope", "x"), ("disk", "/"), event="2") == first
    assert key(("disk", "/var"), ("scope", "x"), event="3") != first
