"""Pages say when timers are late, without a query; quiet while nobody knows."""

import json
import time
from datetime import timedelta

import pytest
import redis
from django.utils import timezone

from core import gauges, lateness, live
from itsm.tickets.models import Ticket
from tests.factories import an_incident, as_

WORDS = "late; what is due now is caught up in order."


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    live.valkey().delete(lateness.KEY)
    lateness.forget()
    monkeypatch.setattr(lateness, "_born", time.monotonic() - 3600)
    yield
    live.valkey().delete(lateness.KEY)
    lateness.forget()


def marked(*, ago=timedelta(0), late=0.0):
    at = timezone.now() - ago
    live.valkey().set(lateness.KEY, json.dumps([at.timestamp(), late]))


def test_a_timer_that_waits_is_told_to_those_who_work_here(cast):
    ticket = an_incident(cast, at=timezone.now())
    due = timezone.now() - timedelta(minutes=4)
    Ticket.objects.filter(pk=ticket.pk).update(timer_at=due, timer_verb="close")
    assert lateness.tell(at=timezone.now()) >= 240
    assert f"Timers are 4 min {WORDS}" in as_(cast.bob).get("/").content.decode()
    assert WORDS not in as_(cast.carol).get("/portal/").content.decode()


def test_nothing_is_said_while_timers_are_in_time(cast):
    lateness.tell(at=timezone.now())
    assert "Timers" not in as_(cast.bob).get("/queue/").content.decode()


def test_a_mark_that_grows_old_says_that_nothing_runs(cast):
    marked(ago=timedelta(minutes=5))
    text = as_(cast.bob).get("/queue/").content.decode()
    assert "Timers have not run for 5 min." in text


def test_whoever_just_started_does_not_cry_wolf(cast, monkeypatch):
    marked(ago=timedelta(hours=5))
    monkeypatch.setattr(lateness, "_born", time.monotonic())
    assert lateness.seen(at=timezone.now()) is None


def test_where_nothing_is_known_nothing_is_said(db):
    assert lateness.seen(at=timezone.now()) is None


def test_it_costs_no_query_and_one_read_for_many_pages(
    db, monkeypatch, django_assert_num_queries
):
    marked(late=120.0)
    reads = []
    valkey = live.valkey()
    monkeypatch.setattr(live, "valkey", lambda: reads.append(1) or valkey)
    with django_assert_num_queries(0):
        for _page in range(20):
            assert lateness.seen(at=timezone.now()).seconds == 120
    assert len(reads) == 1


def test_without_valkey_pages_go_on(cast, monkeypatch):
    def away():
        raise redis.ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(live, "valkey", away)
        assert lateness.seen(at=timezone.now()) is None
        assert lateness.tell(at=timezone.now()) == 0.0


def test_promises_that_wait_are_late_timers_too(cast, monkeypatch):
    an_incident(cast)  # whose first word has been due since March
    assert gauges.seconds_late(timezone.now()) > 0
