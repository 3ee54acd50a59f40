"""What somebody who has a key may try: to hold us up, to lose or merge, to leak."""

import io
import json
import logging
import time
from datetime import timedelta

import pytest
from django.db import OperationalError

from core.errors import Invalid
from core.keyless import Keyless
from itsm.monitoring import folding, formats, health, source_actions, tidying, work
from itsm.monitoring.became import became
from itsm.monitoring.deciding import acting, trying
from itsm.monitoring.deciding.book import Book
from itsm.monitoring.deciding.rules import Rule
from itsm.monitoring.formats.base import Unreadable
from itsm.monitoring.models import Alert, Reception, SourceLine
from people.machines.actions import change_service_account
from tests.factories import AT, a_token, as_, later
from tests.itsm.monitoring.alerting import an_alert, cleared
from tests.itsm.monitoring.events import a_source, signal
from tests.itsm.monitoring.payloads import pagerduty
from tests.itsm.monitoring.sending import sent

KEY = "a" * 32
EVENT = {"specversion": "1.0", "id": "1", "source": "ci", "type": "disk.full"}
STRUCTURED = {"content-type": "application/cloudevents+json"}
BATCH = {"content-type": "application/cloudevents-batch+json"}


@pytest.fixture
def source(cast):
    return a_source(service=cast.services["vpn"], key=KEY)


def read(body, name="generic", headers=()):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return formats.read(name, raw, dict(headers))


def keys_of(body, **known):
    return {signal.key for signal in read(body, **known).signals}


@pytest.mark.timeout(10)
@pytest.mark.parametrize("told", ["1e999", "-1e999", f'"{"9" * 400}"'])
def test_a_time_without_end_is_no_time(told):
    body = f'{{"summary": "x", "id": "1", "timestamp": {told}}}'.encode()
    assert read(body).signals[0].at is None


@pytest.mark.timeout(20)
def test_a_text_of_commas_costs_little():
    body = {"summary": "x", "id": "1", "labels": "," * 500_000}
    began = time.process_time()
    read(body)
    assert time.process_time() - began < 2


@pytest.mark.timeout(60)
def test_many_things_in_one_cloud_event_cost_as_much_as_each():
    data = [{"a": n, "b": "x" * 80} for n in range(4800)]
    began = time.process_time()
    assert len(keys_of({**EVENT, "data": data}, name="cloudevents", headers=STRUCTURED))
    assert time.process_time() - began < 20


def many(n):
    return {
        "generic": ([{"id": str(i)} for i in range(n)], {}),
        "alertmanager": ({"alerts": [{"labels": {"a": str(i)}} for i in range(n)]}, {}),
        "cloudevents": ([{**EVENT, "id": str(i)} for i in range(n)], BATCH),
    }


@pytest.mark.parametrize("name", ["generic", "alertmanager", "cloudevents"])
def test_what_is_too_much_is_refused_whole_rather_than_cut(name):
    body, headers = many(5000)[name]
    assert len(keys_of(body, name=name, headers=headers)) == 5000
    body, headers = many(5001)[name]
    with pytest.raises(Unreadable) as no:
        read(body, name=name, headers=headers)
    assert (no.value.code, no.value.about) == ("many", "5000")


@pytest.mark.django_db
def test_a_door_says_that_there_are_too_many(client, source):
    path, body = f"/api/events/{KEY}/generic/", json.dumps(many(5001)["generic"][0])
    answer = client.generic("POST", path, body, "application/json")
    assert answer.status_code == 413
    assert "more than 5000 events" in answer.json()["detail"]


LONG = "x" * 2000


@pytest.mark.parametrize(
    ("name", "headers", "one", "other"),
    [
        ("generic", {}, {"id": LONG + "1"}, {"id": LONG + "2"}),
        (
            *("cloudevents", STRUCTURED),
            {**EVENT, "dedupkey": LONG + "1"},
            {**EVENT, "dedupkey": LONG + "2"},
        ),
        (
            *("cloudevents", STRUCTURED),
            {**EVENT, "subject": LONG + "1"},
            {**EVENT, "subject": LONG + "2"},
        ),
        (
            *("nagios", {}),
            {"type": "PROBLEM", "host": "a", "state": "DOWN", "service": LONG + "1"},
            {"type": "PROBLEM", "host": "a", "state": "DOWN", "service": LONG + "2"},
        ),
    ],
)
def test_keys_that_differ_late_are_two(name, headers, one, other):
    known = {"name": name, "headers": headers}
    assert keys_of(one, **known).isdisjoint(keys_of(other, **known))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"host": "web"}, {"service": "web"}),
        ({"host": "a/b"}, {"host": "a", "service": "b"}),
    ],
)
def test_a_part_of_a_key_that_is_missing_keeps_its_place(one, other):
    mapping = {"key": ["host", "service"]}
    found = [
        formats.read("generic", json.dumps(said).encode(), {}, mapping).signals[0].key
        for said in (one, other)
    ]
    assert found[0] != found[1]


@pytest.mark.django_db
@pytest.mark.parametrize("severity", [False, 0, [], {}, 0.0])
def test_a_severity_of_another_kind_is_refused_not_taken_and_lost(
    client, source, severity
):
    body = pagerduty(KEY)
    body["payload"]["severity"] = severity
    answer = client.post("/v2/enqueue", body, content_type="application/json")
    assert answer.status_code == 400
    assert "'payload.severity' is invalid" in answer.json()["errors"][0]


@pytest.mark.django_db
def test_the_key_in_a_body_stands_in_no_sample(source):
    body = pagerduty(KEY)
    body["payload"]["timestamp"] = "2001-01-01T00:00:00Z"
    sent(source, format="pagerduty", body=json.dumps(body).encode())
    work.work_off(at=AT)
    assert Alert.objects.count() == 1
    [line] = SourceLine.objects.all()
    assert line.code == "clock"
    assert KEY not in line.sample
    assert "routing_key" in line.sample


@pytest.mark.django_db
def test_a_clock_that_is_wrong_costs_one_line_for_a_batch(
    source, django_assert_max_num_queries
):
    told = {"id": "1", "summary": "x", "at": "2001-01-01T00:00:00Z"}
    for n in range(100):
        sent(source, body=json.dumps(told).encode(), at=later(n / 100))
    with django_assert_max_num_queries(25):
        work.work_off(at=later(2))
    assert SourceLine.objects.get().n == 100


@pytest.mark.django_db
def test_the_key_in_an_address_stands_in_no_log(client, source, monkeypatch):
    root = logging.getLogger()
    [handler] = [h for h in root.handlers if any(map(is_keyless, h.filters))]
    told = io.StringIO()
    monkeypatch.setattr(handler, "stream", told)
    client.generic("POST", f"/api/events/{KEY}/generic/", b"{", "application/json")
    assert "/api/events/…/generic/" in told.getvalue()
    assert KEY not in told.getvalue()


def is_keyless(one):
    return isinstance(one, Keyless)


def breaking(monkeypatch, key, fault):
    """Folding an alert of this key fails."""
    trigger = folding.Standing.trigger

    def breaks(self, placed, at):
        if placed.key == key:
            raise fault
        trigger(self, placed, at)

    monkeypatch.setattr(folding.Standing, "trigger", breaks)


@pytest.mark.django_db
def test_trouble_of_the_database_is_no_reception_s_fault(source, monkeypatch):
    with monkeypatch.context() as trouble:
        breaking(trouble, "a", OperationalError("deadlock detected"))
        sent(source, signal("a"))
        with pytest.raises(OperationalError):
            work.work_off(at=AT)
    assert Reception.objects.get().worked_at is None
    assert work.work_off(at=AT) == 1
    assert Alert.objects.get().key == "a"


@pytest.mark.django_db
def test_only_what_broke_a_batch_is_left_out_whatever_comes_first_then(
    source, monkeypatch
):
    """Another worker holds the source of the broken one when it is tried again."""
    breaking(monkeypatch, "poison", RuntimeError("poison"))
    poison = sent(source, signal("poison"))
    other = a_source("Icinga")
    good = sent(other, signal("good"))
    claim, claims = work._claim, []

    def claims_others():
        claims.append(1)
        found = claim()
        if len(claims) == 5:
            del found[source.pk]
        return found

    monkeypatch.setattr(work, "_claim", claims_others)
    work.work_off(at=AT)
    good.refresh_from_db()
    poison.refresh_from_db()
    assert (good.note, poison.note) == ("", "broken")
    assert Alert.objects.get().key == "good"


@pytest.mark.django_db
def test_an_incident_that_cannot_even_be_told_waits_and_does_not_spin(source, cast):
    sent(source, signal("a"))
    work.work_off(at=AT)
    acting.decide(at=AT)
    change_service_account(
        service_account=source.account, by=cast.grace, at=AT, is_active=False
    )
    sent(source, signal("a", action="resolve"), at=later(1))
    work.work_off(at=later(1))
    assert acting.decide(at=later(1), batches=5) == 1
    assert Alert.objects.get().decide_at == later(6)


@pytest.mark.django_db
def test_a_source_whose_account_is_not_in_use_has_trouble(source, cast):
    change_service_account(
        service_account=source.account, by=cast.grace, at=AT, is_active=False
    )
    page = as_(cast.bob).get("/settings/sources/").content.decode()
    assert "Its service account is not in use" in page
    source.refresh_from_db()
    assert health.standings([source], at=AT)[0].state == "trouble"


@pytest.mark.django_db
def test_what_is_put_off_is_what_could_not_be_decided(source, monkeypatch):
    """The first that is due is being written by a worker just now, and is no fault."""
    held, faulty = an_alert(source, decide_at=AT), an_alert(source, decide_at=later(1))
    due = acting._due

    def free(at, most):
        return [alert for alert in due(at, most + 1) if alert.pk != held.pk][:most]

    def fails(alerts, at):
        raise RuntimeError("fault")

    monkeypatch.setattr(acting, "_due", free)
    monkeypatch.setattr(acting, "_decide", fails)
    acting.decide(at=later(2), batches=1)
    held.refresh_from_db()
    faulty.refresh_from_db()
    assert (held.decide_at, faulty.decide_at) == (AT, later(7))


@pytest.mark.django_db
def test_what_a_paused_source_keeps_does_not_keep_the_rest(source, monkeypatch):
    monkeypatch.setattr(tidying, "BATCH", 3)
    waits = a_source("Icinga", paused_at=AT)
    kept = {sent(waits, signal(), at=AT).pk for _ in range(4)}
    for _ in range(4):
        sent(source, signal(), at=AT)
    now = AT + timedelta(days=20)
    work.work_off(at=AT)
    kept.add(sent(source, signal(), at=now).pk)
    work.work_off(at=now)
    tidying.tidy(at=now)
    assert set(Reception.objects.values_list("pk", flat=True)) == kept


@pytest.mark.django_db
def test_what_came_of_a_call_reads_no_history(source, django_assert_num_queries):
    for hour in range(30):
        last = cleared(source, key="flaps", at=later(60 * hour))
    sent(source, signal("flaps"), at=later(60 * 29 + 5))
    cleared(source, key="flaps", at=later(60 * 40))
    rows = list(Reception.objects.all())
    read, fetched = Alert.from_db.__func__, []

    def counts(cls, *columns):
        fetched.append(1)
        return read(cls, *columns)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Alert, "from_db", classmethod(counts))
        with django_assert_num_queries(2):
            [found] = became(source, rows)
    assert list(found.alerts) == [last]
    assert len(fetched) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "mapping",
    [
        {"words": {"\x00": "critical"}},
        {"host": "labels.\x00"},
        {"resolve_when": ["\x00"]},
    ],
)
def test_a_mapping_that_cannot_be_stored_is_refused(source, cast, mapping):
    with pytest.raises(Invalid):
        source_actions.change_source(
            source=source, by=cast.grace, at=AT, mapping=mapping
        )


@pytest.mark.django_db
def test_a_number_that_cannot_be_stored_is_refused(client, cast):
    body = '{"service": "vpn", "summary": "1.2", "details": {"n": 1e999}}'
    headers = {"Authorization": f"Bearer {a_token(cast.bob)}"}
    answer = client.generic(
        "POST", "/api/v1/deployments/", body, "application/json", headers=headers
    )
    assert answer.status_code == 400
    assert "1e999" in answer.json()["detail"]


def test_trying_a_rule_on_a_busy_day_costs_as_much_as_its_alerts():
    rows = {
        n: Alert(
            pk=n,
            source_id=1,
            service_id=1,
            key=f"k{n}",
            severity="error",
            first_at=later(n / 5),
            recent=[later(n / 5)],
            cleared_at=later(n / 5 + 0.1),
        )
        for n in range(1, 4001)
    }
    book = Book(rules=(Rule(pk=trying.TRIED, storm=0),))
    playing = trying._Playing(book=book, windows=[], rows=rows)
    began = time.process_time()
    playing.run(later(60 * 24))
    assert time.process_time() - began < 2
    assert len(playing.decided) == 4000
    assert not book.groups
