"""Receptions become alerts: once each, in order, whatever else is wrong."""

import json
from datetime import timedelta

import pytest

from itsm.monitoring import work
from itsm.monitoring.models import Alert, SourceHour, SourceLine
from tests.factories import AT, later
from tests.itsm.monitoring.events import a_source, signal
from tests.itsm.monitoring.sending import sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(cast):
    return a_source(service=cast.services["vpn"])


def counts(source):
    [hour] = SourceHour.objects.filter(source=source)
    names = ("received", "signals", "alerts", "repeats", "acknowledged")
    names += ("cleared", "dropped", "others", "unreadable")
    return {name: n for name in names if (n := getattr(hour, name))}


def test_a_hundred_times_the_same_is_one_alert_that_counts_them(source):
    for minute in range(100):
        sent(source, signal(), at=later(minute / 10))
    assert work.work_off(at=later(11)) == 100

    alert = Alert.objects.get()
    assert (alert.count, alert.status) == (100, "open")
    assert (alert.first_at, alert.last_at) == (AT, later(9.9))
    assert alert.recent[-1] == later(9.9)
    assert alert.decide_at == later(11)
    assert len(alert.recent) == 50
    assert counts(source) == {
        "received": 100,
        "signals": 100,
        "alerts": 1,
        "repeats": 99,
    }
    source.refresh_from_db()
    assert source.heard_at == later(9.9)


def test_repeats_of_later_batches_count_on_the_same_row(source):
    for minute in (0, 1, 2):
        sent(source, signal(summary=f"Disk {90 + minute} %"), at=later(minute))
        work.work_off(at=later(minute))
    alert = Alert.objects.get()
    assert (alert.count, alert.summary) == (3, "Disk 92 %")


def test_a_trigger_after_a_resolve_opens_anew(source):
    sent(source, signal(), signal(action="resolve"), signal(), at=AT)
    work.work_off(at=AT)
    sent(source, signal(action="resolve"), signal(), at=later(1))
    work.work_off(at=later(1))
    statuses = Alert.objects.order_by("pk").values_list("status", flat=True)
    assert list(statuses) == ["closed", "closed", "open"]
    assert counts(source)["alerts"] == 3


def test_late_words_are_dropped_and_counted(source):
    sent(source, *[signal(action="resolve")] * 60)
    sent(source, *[signal(action="acknowledge")] * 40)
    work.work_off(at=AT)
    assert not Alert.objects.exists()
    assert counts(source) == {"received": 2, "signals": 100, "dropped": 100}


def test_an_acknowledged_alert_stays_silent(source):
    sent(source, signal(), signal(action="acknowledge"))
    work.work_off(at=AT)
    Alert.objects.update(decision="opened", decide_at=None)
    sent(source, signal(severity="critical"), at=later(5))
    work.work_off(at=later(5))
    alert = Alert.objects.get()
    assert (alert.status, alert.count, alert.decide_at) == ("acknowledged", 2, None)


def test_what_cannot_be_read_is_told_once_and_stops_nothing(source):
    for minute in (0, 1, 2):
        bad = sent(source, body=b"{", at=later(minute))
    sent(source, signal(), at=later(3))
    work.work_off(at=later(3))
    assert Alert.objects.count() == 1
    [line] = SourceLine.objects.all()
    assert (line.code, line.n, line.sample) == ("malformed", 3, "{")
    bad.refresh_from_db()
    assert bad.note == "malformed"
    assert bad.worked_at == later(3)
    assert counts(source)["unreadable"] == 3


def test_a_reception_that_breaks_its_batch_is_left_out_and_the_others_are_not(
    source, monkeypatch
):
    from itsm.monitoring import folding

    trigger = folding.Standing.trigger

    def breaks(self, placed, at):
        if placed.key == "poison":
            raise RuntimeError("poison")
        trigger(self, placed, at)

    monkeypatch.setattr(folding.Standing, "trigger", breaks)
    for key in ("a", "poison", "b"):
        sent(source, signal(key))
    assert work.work_off(at=AT) == 3
    assert set(Alert.objects.values_list("key", flat=True)) == {"a", "b"}
    assert SourceLine.objects.get().code == "broken"


def test_texts_that_postgresql_cannot_keep_are_kept_without_what_it_cannot(source):
    sent(source, signal("k\x00", summary="a\x00b\ud800", labels={"x\x00": "\x00y"}))
    work.work_off(at=AT)
    alert = Alert.objects.get()
    assert (alert.key, alert.summary, alert.labels) == ("k", "ab?", {"x": "y"})


def test_two_long_keys_that_begin_alike_are_two_alerts(source):
    sent(source, signal("x" * 300 + "1"), signal("x" * 300 + "2"))
    work.work_off(at=AT)
    assert Alert.objects.count() == 2


def test_a_signal_without_a_key_has_the_one_that_its_reception_was_given(source):
    told = {"summary": "x", "source": "db1", "severity": "error"}
    body = json.dumps({"event_action": "trigger", "payload": told}).encode()
    sent(source, body=body, format="pagerduty", key="given")
    work.work_off(at=AT)
    assert Alert.objects.get().key == "given"


def test_a_paused_source_waits(source):
    source.paused_at = AT
    source.save()
    sent(source, signal())
    assert work.work_off(at=later(1)) == 0
    assert work.seconds_late(later(1)) == 0
    source.paused_at = None
    source.save()
    assert work.seconds_late(later(1)) == 60
    assert work.work_off(at=later(1)) == 1


def test_when_it_began_is_by_the_source_s_clock_where_that_is_credible(source):
    for key, hours in (("past", -3), ("future", 3), ("long ago", -24 * 500)):
        told = {"key": key, "summary": "x", "at": str(AT + timedelta(hours=hours))}
        sent(source, body=json.dumps([told]).encode(), at=AT)
    work.work_off(at=AT)
    began = dict(Alert.objects.values_list("key", "began_at"))
    assert began == {"past": AT - timedelta(hours=3), "future": AT, "long ago": AT}


def test_a_batch_takes_the_same_statements_whatever_it_holds(
    source, django_assert_max_num_queries
):
    for n in range(300):
        sent(source, *[signal(f"{n}-{m}") for m in range(3)], signal("always"))
    with django_assert_max_num_queries(20):
        work.work_off(at=AT)
    assert Alert.objects.count() == 901
