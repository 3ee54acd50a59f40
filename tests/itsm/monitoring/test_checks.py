"""The doctor finds what is wrong with events in, health says when they wait."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core import gauges, invariants
from itsm.monitoring import tidying, work
from itsm.monitoring.deciding import acting
from itsm.monitoring.models import Alert, Reception, SourceHour
from itsm.tickets.models import Ticket
from tests.itsm.monitoring.events import a_source, signal
from tests.itsm.monitoring.sending import sent

pytestmark = pytest.mark.django_db
NAMES = ("events.", "alerts.")


@pytest.fixture
def source(cast):
    return a_source(service=cast.services["vpn"])


@pytest.fixture
def worked(source):
    """An open incident, and a closed one, ten minutes old."""
    at = timezone.now() - timedelta(minutes=10)
    sent(source, signal("a"), signal("b"), signal("c", severity="info"), at=at)
    sent(source, signal("b", action="resolve"), signal("late", action="resolve"), at=at)
    work.work_off(at=at)
    acting.decide(at=at)
    sent(source, signal("a", action="acknowledge"), at=at)
    work.work_off(at=at)
    acting.decide(at=at)
    return at


def violations():
    return {
        one.name: found
        for one in invariants.registered()
        if one.name.startswith(NAMES) and (found := one.check())
    }


def test_nothing_is_wrong_after_work(worked):
    assert Alert.objects.count() == 3
    assert violations() == {}


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("events.worked", lambda: Reception.objects.update(worked_at=None)),
        ("events.counted", lambda: SourceHour.objects.update(received=7)),
        ("events.counted", lambda: Reception.objects.all()[0].delete()),
        ("events.split", lambda: SourceHour.objects.update(repeats=7)),
        ("alerts.decided", lambda: Alert.objects.update(incident=None)),
        ("alerts.decided", lambda: Alert.objects.update(decision="waiting", why={})),
        (
            "alerts.promised",
            lambda: Alert.objects.update(
                status="closed", cleared_at=timezone.now() - timedelta(minutes=5)
            ),
        ),
    ],
)
def test_what_is_spoilt_is_found(worked, name, spoil):
    spoil()
    assert name in violations()


def test_a_source_that_is_paused_may_wait(source):
    sent(source, signal(), at=timezone.now() - timedelta(hours=1))
    assert "events.worked" in violations()
    source.paused_at = timezone.now()
    source.save()
    assert "events.worked" not in violations()


def test_health_says_that_events_wait_after_a_minute(client, source):
    sent(source, signal(), at=timezone.now() - timedelta(seconds=50))
    assert "Events wait" not in client.get("/health/ready").content.decode()
    sent(a_source("Icinga"), signal(), at=timezone.now() - timedelta(seconds=90))
    answer = client.get("/health/ready").json()
    assert answer["status"] == "degraded"
    assert any("Events wait, the oldest for 9" in why for why in answer["reasons"])
    assert "beeline_events_waiting 2\n" in client.get("/metrics").content.decode()
    late = gauges.seconds_late(timezone.now())
    assert late < 1, "events are said by themselves"


def test_what_is_old_goes_and_what_belongs_to_an_incident_stays(source):
    now = timezone.now()
    then = now - timedelta(days=100)
    sent(source, signal("a", details={"x": 1}), at=then)
    work.work_off(at=then)
    acting.decide(at=then)
    sent(source, signal("a", action="resolve"), signal("b", severity="info"), at=then)
    sent(source, signal("b", action="resolve"), at=then)
    waiting = sent(a_source("Icinga", paused_at=then), signal(), at=then)
    work.work_off(at=then)
    acting.decide(at=then)
    young = sent(source, signal("a", details={"x": 1}), at=now)
    work.work_off(at=now)

    assert tidying.tidy(at=now) > 0
    assert set(Reception.objects.values_list("pk", flat=True)) == {waiting.pk, young.pk}
    alerts = Alert.objects.filter(source=source).order_by("pk")
    assert [(a.key, a.details != {}) for a in alerts] == [("a", False), ("a", True)]
    assert alerts[0].incident == Ticket.objects.get()
    assert tidying.tidy(at=now) == 0
