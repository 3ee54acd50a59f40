"""Readers of the log get each event exactly once, whatever fails or crashes."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection

from core import consumers
from core.log import act, record
from core.models import Consumer, Event
from people.models import Organisation

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def only_ours(monkeypatch):
    monkeypatch.setattr(consumers, "_handlers", {})


def write(count: int) -> None:
    acme, _ = Organisation.objects.get_or_create(slug="acme", name="Acme")
    with act():
        for _ in range(count):
            record("organisation.one", subject=acme, by=None, at=AT)


def ready(name: str, handler) -> None:
    consumers.consume(name, handler)
    Consumer.objects.create(name=name)


@pytest.mark.django_db
def test_events_come_once_and_in_order_across_batches(monkeypatch):
    monkeypatch.setattr(consumers, "BATCH", 10)
    batches: list[list[int]] = []
    ready("one", lambda events: batches.append([e.id for e in events]))
    write(25)
    assert consumers.advance("one", at=AT) == 25
    assert consumers.advance("one", at=AT) == 0
    assert [len(b) for b in batches] == [10, 10, 5]
    ids = list(Event.objects.order_by("id").values_list("id", flat=True))
    assert [i for b in batches for i in b] == ids
    row = Consumer.objects.get()
    assert (row.cursor, row.advanced_at) == (ids[-1], AT)


@pytest.mark.django_db
def test_a_reader_that_has_no_row_yet_gets_one_and_then_everything():
    seen: list[int] = []
    consumers.consume("new", lambda events: seen.extend(e.id for e in events))
    write(3)
    for _ in range(2):
        consumers.advance("new", at=AT)
    assert len(seen) == 3


@pytest.mark.django_db
def test_a_failed_batch_is_rolled_back_whole_said_so_and_tried_again():
    broken = True

    def handler(events) -> None:
        Organisation.objects.create(slug="made", name="Made")
        if broken:
            raise ValueError("the mail server is away")

    ready("shaky", handler)
    write(2)
    assert consumers.advance("shaky", at=AT) == 0
    row = Consumer.objects.get()
    assert row.cursor == 0
    assert "the mail server is away" in row.failure
    assert not Organisation.objects.filter(slug="made").exists()
    broken = False
    assert consumers.advance("shaky", at=AT) == 2
    assert Organisation.objects.filter(slug="made").count() == 1
    assert Consumer.objects.get().failure == ""


@pytest.mark.django_db
def test_one_reader_that_fails_does_not_stop_the_others():
    seen: list[int] = []

    def fail(events) -> None:
        raise ValueError("no")

    ready("bad", fail)
    ready("good", lambda events: seen.extend(e.id for e in events))
    write(4)
    assert consumers.advance_all(at=AT) == 4
    assert len(seen) == 4


@pytest.mark.django_db
def test_a_limited_run_leaves_the_rest_for_the_next_poke(monkeypatch):
    monkeypatch.setattr(consumers, "BATCH", 10)
    ready("one", lambda events: None)
    write(35)
    assert consumers.advance("one", at=AT, batches=2) == 20
    assert consumers.advance("one", at=AT, batches=2) == 15


@pytest.mark.django_db(transaction=True)
def test_many_processes_poking_at_once_hand_out_every_event_once(monkeypatch):
    monkeypatch.setattr(consumers, "BATCH", 7)
    seen: list[int] = []
    ready("one", lambda events: seen.extend(e.id for e in events))
    stop = threading.Event()

    def poke() -> None:
        try:
            while not stop.is_set():
                consumers.advance("one", at=AT)
        finally:
            connection.close()

    threads = [threading.Thread(target=poke) for _ in range(5)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        write(5)
    stop.set()
    for thread in threads:
        thread.join()
    consumers.advance("one", at=AT)
    assert seen == list(Event.objects.order_by("id").values_list("id", flat=True))
    assert len(seen) == 100
