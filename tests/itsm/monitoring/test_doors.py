"""The doors: what is taken is on disk, what is not is told in the format's words."""

import json
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from itsm.monitoring import keys
from itsm.monitoring.intake import keyring, quota, storing, views
from itsm.monitoring.models import Reception, SourceLine
from tests.itsm.monitoring.events import a_source
from tests.itsm.monitoring.payloads import alertmanager, pagerduty

pytestmark = pytest.mark.django_db
KEY = "a" * 32
NAMES = [
    "alertmanager",
    "grafana",
    "zabbix",
    "nagios",
    "icinga",
    "cloudevents",
    "generic",
]


@pytest.fixture
def source(cast):
    return a_source(key=KEY)


@pytest.fixture
def poked(monkeypatch):
    """What was asked of the worker."""
    asked = []
    monkeypatch.setattr(
        storing.current_app,
        "send_task",
        lambda name, **options: asked.append((name, options)),
    )
    return asked


def post(client, path, body, kind="application/json", **headers):
    raw = body if isinstance(body, bytes | str) else json.dumps(body)
    return client.generic("POST", path, raw, kind, headers=headers)


def enqueue(client, body, **headers):
    return post(client, "/v2/enqueue", body, **headers)


def line():
    found = SourceLine.objects.get()
    return found.code, found.n


def test_an_event_is_on_disk_before_it_is_answered(client, source, poked):
    body = pagerduty(KEY)
    answer = enqueue(client, body)
    assert answer.status_code == 202
    assert answer.json() == {
        "status": "success",
        "message": "Event processed",
        "dedup_key": "disk-full",
    }
    row = Reception.objects.get()
    assert (row.source, row.format, row.key) == (source, "pagerduty", "disk-full")
    assert json.loads(bytes(row.body)) == body
    assert abs(row.received_at - timezone.now()) < timedelta(minutes=1)
    assert row.worked_at is None


def test_the_worker_is_poked_once_in_a_while(client, source, poked):
    for _ in range(5):
        enqueue(client, pagerduty(KEY))
    assert [name for name, _ in poked] == ["itsm.monitoring.tasks.work_events"]
    assert poked[0][1]["expires"] == 5


def test_an_event_is_taken_while_the_broker_is_away(client, source, monkeypatch):
    def gone(*args, **options):
        raise ConnectionError

    monkeypatch.setattr(storing.current_app, "send_task", gone)
    assert enqueue(client, pagerduty(KEY)).status_code == 202


def test_taking_an_event_is_one_statement(client, source, poked):
    enqueue(client, pagerduty(KEY))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert enqueue(client, pagerduty(KEY)).status_code == 202
    assert len(asked) == 1
    assert "INSERT INTO itsm_reception" in asked[0]["sql"]


def test_a_key_that_it_lacks_is_given_and_kept(client, source, poked):
    given = {
        enqueue(client, pagerduty(KEY, dedup="")).json()["dedup_key"] for _ in "ab"
    }
    assert len(given) == 2
    assert set(Reception.objects.values_list("key", flat=True)) == given


def test_a_change_event_is_taken(client, source, poked):
    body = {"routing_key": KEY, "payload": {"summary": "Deployed 1.2"}}
    for path in ("/v2/change/enqueue", "/v2/change/enqueue/"):
        answer = post(client, path, body)
        assert answer.status_code == 202
        assert answer.json()["message"] == "Change event processed"
    assert {row.format for row in Reception.objects.all()} == {"pagerduty-change"}


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        ({"event_action": ""}, ["'event_action' is missing or blank"]),
        (
            {"event_action": "open"},
            [
                "'event_action' is invalid (must be one of the following: "
                "'trigger', 'acknowledge' or 'resolve')"
            ],
        ),
        (
            {"event_action": "resolve", "dedup_key": ""},
            ["'dedup_key' is missing or blank"],
        ),
        (
            {"dedup_key": "x" * 256},
            ["'dedup_key' is too long (maximum is 255 characters)"],
        ),
        (
            {"payload": {"severity": "bad"}},
            [
                "'payload.summary' is missing or blank",
                "'payload.source' is missing or blank",
                "'payload.severity' is invalid (must be one of the following: "
                "'critical', 'warning', 'error' or 'info')",
            ],
        ),
        ({"routing_key": ""}, ["'routing_key' is missing or blank"]),
        ({"routing_key": "b" * 32}, ["Invalid routing key"]),
    ],
)
def test_what_is_wrong_is_said_as_pagerduty_says_it(client, source, change, errors):
    answer = enqueue(client, pagerduty(KEY) | change)
    assert answer.status_code == 400
    assert answer.json() == {
        "status": "invalid event",
        "message": "Event object is invalid",
        "errors": errors,
    }
    assert not Reception.objects.exists()


def test_an_end_needs_no_payload(client, source, poked):
    body = {"routing_key": KEY, "event_action": "resolve", "dedup_key": "disk-full"}
    assert enqueue(client, body).status_code == 202


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("is_bearer", [True, False])
def test_the_key_stands_in_the_path_or_in_a_header(
    client, source, poked, slash, is_bearer
):
    where = "" if is_bearer else f"{KEY}/"
    headers = {"authorization": f"Bearer {KEY}"} if is_bearer else {}
    path = f"/api/events/{where}alertmanager{slash}"
    assert post(client, path, alertmanager("Down"), **headers).status_code == 202


def test_the_header_goes_before_what_stands_in_the_path(client, source, poked):
    path, headers = (
        "/api/events/prometheus/generic/",
        {"authorization": f"bearer {KEY}"},
    )
    assert post(client, path, {"summary": "x"}, **headers).status_code == 202


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_key_is_refused_and_a_missing_one_is_asked_for(client, source, name):
    for path in (f"/api/events/nobody/{name}/", f"/api/events/{name}/"):
        answer = post(client, path, alertmanager("Down"))
        assert answer.status_code == 401
        assert answer["Content-Type"] == "application/problem+json"
    assert "Authorization: Bearer" in answer.json()["detail"]


def test_a_replaced_key_counts_until_its_time_is_over(client, source, poked):
    keys.rotate(source, at=timezone.now())
    source.save()
    keyring.forget()
    assert enqueue(client, pagerduty(KEY)).status_code == 202
    source.former_until = timezone.now() - timedelta(seconds=1)
    source.save()
    keyring.forget()
    assert enqueue(client, pagerduty(KEY)).json()["errors"] == ["Invalid routing key"]
    assert line() == ("key_over", 1)
    assert enqueue(client, pagerduty(keys.read(source))).status_code == 202


def test_a_process_remembers_keys_it_found_and_never_those_that_nobody_has(
    client, source, poked, django_assert_num_queries
):
    with django_assert_num_queries(1):
        assert keyring.find(KEY) == keyring.find(KEY)
    with django_assert_num_queries(2):
        assert keyring.find("nobody") is keyring.find("nobody") is None
    with django_assert_num_queries(0):
        assert keyring.find("x" * 10_000) is keyring.find("") is None
    assert set(keyring._found) == {KEY}


def test_a_paused_source_is_heard_and_kept(client, source, poked):
    source.paused_at = timezone.now()
    source.save()
    assert enqueue(client, pagerduty(KEY)).status_code == 202
    assert Reception.objects.count() == 1


def test_beyond_its_limit_a_source_has_to_wait(client, source, poked):
    source.per_minute = 2
    source.save()
    statuses = [enqueue(client, pagerduty(KEY)).status_code for _ in range(4)]
    assert statuses in ([202, 202, 429, 429], [202, 429, 202, 202])  # a minute's turn
    answer = enqueue(client, pagerduty(KEY))
    if answer.status_code == 202:  # the minute turned
        enqueue(client, pagerduty(KEY))
        answer = enqueue(client, pagerduty(KEY))
    assert answer.json()["status"] == "throttle exceeded"
    assert 0 < int(answer["Retry-After"]) <= 60
    assert line()[0] == "limit"


def test_alertmanager_is_told_to_come_again_never_that_it_sends_too_much(
    client, source, monkeypatch
):
    monkeypatch.setattr(quota, "seconds_to_wait", lambda *args: 7)
    answer = post(client, f"/api/events/{KEY}/alertmanager/", alertmanager("Down"))
    assert (answer.status_code, answer["Retry-After"]) == (503, "7")
    answer = post(client, f"/api/events/{KEY}/grafana/", alertmanager("Down"))
    assert answer.status_code == 429


def test_the_limit_is_counted_for_all_processes_together(source, valkey):
    first = [quota.seconds_to_wait(source.pk, 300) for _ in range(200)]
    quota._held.clear()  # another process
    second = [quota.seconds_to_wait(source.pk, 300) for _ in range(200)]
    let_in = first.count(0) + second.count(0)
    assert 290 <= let_in <= 300 or let_in == 400  # a minute's turn in between


def test_without_valkey_nothing_is_counted(source, monkeypatch):
    def gone():
        raise OSError

    monkeypatch.setattr(quota.live, "valkey", gone)
    assert {quota.seconds_to_wait(source.pk, 2) for _ in range(50)} == {0}


@pytest.mark.parametrize("name", NAMES)
def test_more_than_512_kb_is_too_large(client, source, name):
    body = b'{"summary": "' + b"x" * (512 * 1024) + b'"}'
    answer = post(client, f"/api/events/{KEY}/{name}/", body)
    assert answer.status_code == 413
    assert answer["Content-Type"] == "application/problem+json"
    assert line() == ("too_large", 1)


def test_an_event_of_512_kb_is_taken_and_a_larger_one_is_not(client, source, poked):
    event = pagerduty(KEY, custom_details={"text": ""})
    spare = 512 * 1024 - len(json.dumps(event))
    event["payload"]["custom_details"]["text"] = "x" * spare
    assert enqueue(client, event).status_code == 202
    event["payload"]["custom_details"]["text"] += "x"
    answer = enqueue(client, event)
    assert (answer.status_code, answer.json()["status"]) == (413, "invalid event")
    found = SourceLine.objects.get()
    assert found.code == "too_large"
    assert KEY not in found.sample


BAD = {
    "malformed": b'{"alerts": [',
    "encoding": b'{"summary": "\xff\xfe"}',
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "empty": b"  ",
}


@pytest.mark.parametrize("code", BAD)
@pytest.mark.parametrize("name", [name for name in NAMES if name != "cloudevents"])
def test_what_cannot_be_read_is_told_and_noted(client, source, name, code):
    path = f"/api/events/{KEY}/{name}/"
    for _ in range(3):
        answer = post(client, path, BAD[code])
        assert answer.status_code == 400
    assert answer.json()["detail"]
    assert line() == (code, 3)
    assert not Reception.objects.exists()


@pytest.mark.parametrize("code", BAD)
def test_pagerduty_is_told_in_its_own_words(client, source, code):
    body = b'{"routing_key": "' + KEY.encode() + b'", "x": ' + BAD[code]
    answer = enqueue(client, body)
    assert (answer.status_code, answer.json()["status"]) == (400, "invalid event")
    assert SourceLine.objects.get().sample.count("…") == 1
    assert KEY not in SourceLine.objects.get().sample


@pytest.mark.parametrize(
    "name", [n for n in NAMES if n not in {"generic", "cloudevents"}]
)
def test_json_of_another_form_is_refused_with_what_it_lacks(client, source, name):
    answer = post(client, f"/api/events/{KEY}/{name}/", {"hello": "world"})
    assert answer.status_code == 400
    assert "needed: " in answer.json()["detail"]
    assert line() == ("shape", 1)


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "text/html"])
def test_another_type_is_refused(client, source, kind):
    answer = post(client, f"/api/events/{KEY}/generic/", b"{}", kind=kind)
    assert answer.status_code == 415
    assert line()[0] == "type"


def test_what_is_packed_is_refused(client, source):
    headers = {"content-encoding": "gzip"}
    path = f"/api/events/{KEY}/generic/"
    assert post(client, path, b"\x1f\x8b", **headers).status_code == 415


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded"]
)
def test_json_under_another_name_is_taken(client, source, poked, kind):
    path = f"/api/events/{KEY}/generic/"
    assert post(client, path, {"summary": "x"}, kind=kind).status_code == 202


@pytest.mark.parametrize(
    "body",
    [
        '{"summary": "a\\u0000b", "host": "\\ud800"}',
        '{"summary": "x", "value": NaN, "other": -Infinity, "large": 1e999}',
        '{"summary": "x", "value": 123456789012345678901234567890}',
        '{"summary": "x", "summary": "y"}',
        '{"summary": "x", "timestamp": "9999-99-99T99:99:99Z"}',
        '{"summary": "x", "timestamp": 1e300}',
        json.dumps({f"key-{n}": n for n in range(20_000)}),
        "[]",
        "{}",
        "null",
        "7",
        '"disk full"',
        "[[[1]]]",
    ],
)
def test_odd_json_is_taken_and_read(client, source, poked, body):
    path = f"/api/events/{KEY}/generic/"
    assert post(client, path, body).status_code == 202


def test_a_number_longer_than_python_reads_is_not_json(client, source):
    path = f"/api/events/{KEY}/generic/"
    assert post(client, path, '{"n": ' + "9" * 5000 + "}").status_code == 400


def test_the_same_again_is_counted_and_a_source_has_so_many_lines(client, source):
    path = f"/api/events/{KEY}/zabbix/"
    for n in range(205):
        post(client, path, f'{{"a": {"x" * (n + 1)}')
    assert SourceLine.objects.count() <= 200


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "patch", "options"])
@pytest.mark.parametrize("path", ["/v2/enqueue", f"/api/events/{KEY}/grafana/"])
def test_only_post_is_taken(client, source, method, path):
    answer = getattr(client, method)(path)
    assert answer.status_code == 405
    assert "POST" in answer["Allow"]


def test_somebody_who_looks_is_told_how_to_send(client):
    answer = client.get("/api/events/anything/alertmanager/")
    assert "POST" in answer.json()["detail"]
    assert client.get("/v2/enqueue").json()["status"] == "invalid event"


@pytest.mark.parametrize("path", ["/v2/enqueue", f"/api/events/{KEY}/alertmanager/"])
def test_a_database_that_is_away_is_told_so_that_they_send_it_again(
    client, source, monkeypatch, path
):
    def away(**options):
        raise OperationalError

    monkeypatch.setattr(views.storing, "store", away)
    body = pagerduty(KEY) if "v2" in path else alertmanager("Down")
    answer = post(client, path, body)
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert answer.json()["status"]


def test_cloudevents_ask_first_whether_they_may_send(client, source):
    path = f"/api/events/{KEY}/cloudevents/"
    answer = client.options(path, headers={"webhook-request-origin": "example.org"})
    assert answer.status_code == 200
    assert answer["WebHook-Allowed-Origin"] == "example.org"
    unknown = client.options("/api/events/nobody/cloudevents/")
    assert unknown.status_code == 401


def test_the_headers_of_a_binary_cloudevent_are_kept(client, source, poked):
    headers = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/x"}
    headers |= {"ce-type": "disk.full", "cookie": "a=b"}
    path = f"/api/events/{KEY}/cloudevents/"
    assert post(client, path, {"summary": "x"}, **headers).status_code == 202
    kept = Reception.objects.get().headers
    assert kept["ce-type"] == "disk.full"
    assert "cookie" not in kept


def test_nobody_signs_in_here(client, alice, source, poked, django_assert_num_queries):
    client.force_login(alice)
    strict = type(client)(enforce_csrf_checks=True)
    assert enqueue(strict, pagerduty(KEY)).status_code == 202
