"""Real payloads of two dozen tools, from the shared folder: each becomes what it says.

Every payload is sent through its door. One alert, sent a hundred times, is one with
count 100; an end with nothing open is dropped a hundred times; what is no alert says
so.
"""

import json
from datetime import timedelta

import pytest

from itsm.monitoring.models import Alert, Reception, Severity, SourceHour
from itsm.monitoring.work import work_off
from tests.factories import AT
from tests.itsm.monitoring.events import a_source
from tests.itsm.monitoring.payloads import FOLDER

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not FOLDER.is_dir(), reason="the shared payloads (data/alerts) are absent"
    ),
]
NATIVE = {  # what has a route of its own; everything else is sent to the generic one
    "alerta/prometheus_v3_alert.json": "alertmanager",
    "alerta/prometheus_v4_alert.json": "alertmanager",
    "keep/prometheus__ALERTS.json": "alertmanager",
    "alerta/grafana_6.json": "grafana",
    "alerta/grafana_alert_alerting.json": "grafana",
    "alerta/grafana_alert_ok.json": "grafana",
    "alerta/grafana_example.json": "grafana",
    "keep/grafana__ALERTS.json": "grafana",
}
NO_ALERT = {
    "alerta/cloudwatch_subscription_confirmation.json": "handshake",
    "alerta/pagerduty_alert.json": "callback",
    "alerta/telegram_ack.json": "callback",
    "alerta/telegram_close.json": "callback",
    "keep/netbox__ALERTS.json": "inventory",
}
ENDS = {  # they tell that something is over
    "alerta/grafana_alert_ok.json",
    "alerta/pingdom_up.json",
    "alerta/riemann_alert.json",
    "alerta/stackdriver_closed.json",
    "keep/checkly__ALERTS.json",
    "keep/checkmk__ALERTS.json",
    "keep/dash0__ALERTS.json",
    "keep/libre_nms__ALERTS.json",
}
PAIRS = {
    "alerta/grafana_alert_alerting.json": "alerta/grafana_alert_ok.json",
    "alerta/pingdom_down.json": "alerta/pingdom_up.json",
    "alerta/stackdriver_open.json": "alerta/stackdriver_closed.json",
}
TELL_NO_HOST = {  # neither a host nor anything that stands for one
    "keep/axiom__ALERTS.json",
    "keep/prometheus__ALERTS.json DiskSpaceLow",
    "keep/prometheus__ALERTS.json NetworkLatencyHigh",
}
EXPECTED = {  # severity and host, of those whose words differ most from ours
    "alerta/cloudwatch_insufficient_data.json": ("warning", "alerta-test"),
    "alerta/cloudwatch_notification.json": ("error", "try.alerta.io"),
    "alerta/grafana_6.json": ("warning", "Physical"),
    "alerta/grafana_alert_alerting.json": ("error", "zeta.domain"),
    "alerta/new_relic_notification.json": ("info", "TESTING"),
    "alerta/pingdom_down.json": ("error", "api.alerta.io"),
    "alerta/prometheus_v3_alert.json": ("critical", "host2"),
    "alerta/prometheus_v4_alert.json": ("critical", "somehost"),
    "alerta/stackdriver_open.json": ("error", "webserver-85"),
    "alerta/vmware_vrealize.json": ("warning", "sample-object-name"),
    "keep/coralogix__ALERTS.json": ("error", "ezhil.app.coralogix.in"),
    "keep/graylog__ALERTS.json": ("error", "server"),
    "keep/datadog__ALERTS.json high_cpu_usage": ("warning", "production"),
    "keep/gcpmonitoring__ALERTS.json high_memory_usage": (
        "warning",
        "Production Web Server 1",
    ),
    "keep/sentry__ALERTS.json browser_timeout": ("error", "frontend-app"),
    "keep/signalfx__ALERTS.json simulate": (
        "critical",
        "sf.org.log.numMessagesDroppedThrottle",
    ),
    "keep/wazuh__ALERTS.json": ("info", "test"),
}


def payloads():
    """Every payload by its name; a file with templates holds several."""
    found = {}
    for path in sorted(FOLDER.glob("*/*.json")):
        name, data = f"{path.parent.name}/{path.name}", json.loads(path.read_text())
        if isinstance(data, dict) and all(
            isinstance(one, dict) and "payload" in one for one in data.values()
        ):
            found |= {f"{name} {key}": one["payload"] for key, one in data.items()}
        else:
            found[name] = data
    return found


PAYLOADS = payloads()
LISTS = [name for name, data in PAYLOADS.items() if isinstance(data, list)]
SINGLE = sorted(PAYLOADS.keys() - NO_ALERT.keys() - ENDS - set(LISTS))


@pytest.fixture
def source(cast):
    return a_source(key="k" * 32, per_minute=100_000)


def route(name):
    return NATIVE.get(name.split(" ")[0], "generic")


def send(client, name, times=1, *, at=AT):
    """Post it, and put it there as often as if it had been posted so many times."""
    path = f"/api/events/{'k' * 32}/{route(name)}/"
    body = json.dumps(PAYLOADS[name])
    answer = client.post(path, body, content_type="application/json")
    assert answer.status_code == 202, answer.content
    row = Reception.objects.order_by("-pk")[0]
    Reception.objects.filter(pk=row.pk).update(received_at=at)
    again = {"source_id": row.source_id, "format": row.format, "body": row.body}
    Reception.objects.bulk_create(
        Reception(**again, received_at=at) for _ in range(times - 1)
    )
    work_off(at=at)


def counted():
    return SourceHour.objects.get()


def test_the_folder_holds_what_is_listed_here():
    assert len(PAYLOADS) >= 50
    files = {name.split(" ")[0] for name in PAYLOADS}
    assert {*NATIVE, *NO_ALERT, *ENDS, *PAIRS} <= files
    assert set(EXPECTED) | TELL_NO_HOST <= set(PAYLOADS)


@pytest.mark.parametrize("name", SINGLE)
def test_an_alert_sent_a_hundred_times_is_one_with_count_100(client, source, name):
    send(client, name, 100)
    alert = Alert.objects.get()
    assert (alert.count, alert.status) == (100, "open")
    assert alert.key
    assert alert.summary
    assert alert.severity in Severity.values
    assert alert.source == source
    assert bool(alert.host) is (name not in TELL_NO_HOST)
    if name in EXPECTED:
        assert (alert.severity, alert.host) == EXPECTED[name]


@pytest.mark.parametrize("name", sorted(ENDS))
def test_an_end_with_nothing_open_is_dropped_a_hundred_times(client, source, name):
    send(client, name, 100)
    assert not Alert.objects.exists()
    assert (counted().dropped, counted().signals) == (100, 100)


@pytest.mark.parametrize("name", sorted(NO_ALERT))
def test_what_is_no_alert_is_taken_and_says_why(client, source, name):
    send(client, name)
    row = Reception.objects.get()
    assert (row.note, row.n_signals) == (NO_ALERT[name], 0)
    assert not Alert.objects.exists()
    assert counted().others == 1


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_one_alert_for_each_key(client, source, name):
    send(client, name)
    assert counted().signals == len(PAYLOADS[name]) == 2
    assert Alert.objects.get().key == "562949955000593"  # the other one is an end
    assert counted().dropped == 1


@pytest.mark.parametrize("opens", sorted(PAIRS))
def test_what_was_opened_and_ended_is_closed(client, source, opens):
    send(client, opens)
    assert Alert.objects.get().status == "open"
    send(client, PAIRS[opens], at=AT + timedelta(minutes=1))
    assert Alert.objects.get().status == "closed"


def test_no_two_different_alerts_are_merged(client, source):
    for name in SINGLE:
        send(client, name)
    assert Alert.objects.count() == len(SINGLE)


def test_templates_of_one_monitor_that_ask_different_things_are_two_alerts(
    client, source
):
    names = [name for name in SINGLE if "datadog" in name and "high_cpu" not in name]
    for name in names:
        send(client, name)
    monitors = {PAYLOADS[name]["monitor_id"] for name in names}
    assert (len(names), len(monitors)) == (2, 1)
    assert Alert.objects.count() == 2
