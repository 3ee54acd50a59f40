"""Health and metrics: what supervisors and Prometheus read."""

from datetime import timedelta

import pytest
import redis
from django.db import OperationalError
from django.utils import timezone

from core import consumers, gauges, health, live
from core.models import Consumer
from itsm.tickets.models import Ticket
from tests.factories import a_token, an_incident

pytestmark = pytest.mark.django_db
FAR = {"REMOTE_ADDR": "203.0.113.7"}


@pytest.fixture(autouse=True)
def nothing_remembered():
    health._is_migrated.cache_clear()
    yield
    health._is_migrated.cache_clear()


@pytest.fixture
def only_reader(monkeypatch):
    monkeypatch.setattr(consumers, "_handlers", {"search": lambda events: None})


def test_live_needs_nothing(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/health/live").json() == {"status": "ok"}


def test_ready_is_ok(client, only_reader):
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    expected = {"status": "ok", "reasons": [], "timers_late_seconds": 0.0}
    assert answer.json() == expected


def test_late_timers_degrade(cast, client, only_reader):
    ticket = an_incident(cast)
    late = timezone.now() - timedelta(minutes=10)
    Ticket.objects.filter(pk=ticket.pk).update(timer_at=late, timer_verb="close")
    Consumer.objects.create(name="search", cursor=2**40)
    body = client.get("/health/ready").json()
    assert body["status"] == "degraded"
    assert body["timers_late_seconds"] >= 600
    assert any("Timers" in reason for reason in body["reasons"])


def test_a_reader_that_failed_or_is_behind_degrades(cast, client, only_reader):
    an_incident(cast, at=timezone.now())
    Consumer.objects.create(name="search", failure="Traceback", cursor=2**40)
    body = client.get("/health/ready").json()
    assert body["status"] == "degraded"
    assert "search" in body["reasons"][0]


def test_without_valkey_it_is_degraded_not_unavailable(
    client, only_reader, monkeypatch
):
    gone = redis.Redis.from_url("unix:///nowhere.sock")
    monkeypatch.setattr(live, "_valkey", lambda: gone)
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"


def test_without_migrations_it_is_503(client, monkeypatch):
    monkeypatch.setattr(health, "_needs_migrations", lambda: True)
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["reasons"]


def test_without_the_database_it_is_503(client, monkeypatch):
    def gone() -> bool:
        raise OperationalError("gone")

    monkeypatch.setattr(health, "_needs_migrations", gone)
    assert client.get("/health/ready").status_code == 503


def test_metrics_are_prometheus_text(cast, client):
    an_incident(cast)
    text = client.get("/metrics").content.decode()
    assert 'beeline_open_tickets{type="incident",category="new"} 1' in text
    assert "# TYPE beeline_timers_late_seconds gauge" in text
    assert 'beeline_consumer_lag_events{reader="search"}' in text


def test_metrics_are_for_this_machine_and_administrators(cast, client):
    assert client.get("/metrics", **FAR).status_code == 403
    behind_proxy = {"X-Forwarded-For": "203.0.113.7"}
    assert client.get("/metrics", headers=behind_proxy).status_code == 403
    for person, status in ((cast.bob, 403), (cast.grace, 200)):
        token = {"Authorization": f"Bearer {a_token(person)}"}
        assert client.get("/metrics", headers=token, **FAR).status_code == status


def test_labels_are_escaped():
    labels = (("name", 'a"b\\c\nd'),)
    assert health._lines("m", "Says", {labels: 1.0})[-1] == r'm{name="a\"b\\c\nd"} 1'
    assert gauges.seconds_late(timezone.now()) >= 0
