"""Telling once more: everything since a moment, in order, and nothing overtakes it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from core import holds, jobs
from core.errors import Invalid, WrongState
from core.models import Consumer, Event, Hold
from itsm.tickets import actions as tickets
from itsm.webhooks import actions, consumer, replaying
from itsm.webhooks.models import Delivery, Replay
from tests.factories import an_incident, later, taken
from tests.itsm.webhooks.receiver import Clock, a_webhook, read_log, send, states

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    return Clock(timezone.now() + timedelta(minutes=1))


def since_ever(webhook, cast, at) -> Replay:
    since = timezone.now() - timedelta(hours=1)
    return actions.replay_since(webhook=webhook, by=cast.grace, at=at, since=since)


def work(job: Replay, clock) -> Replay:
    while jobs.work_off(clock=clock):
        pass
    job.refresh_from_db()
    return job


def test_what_was_delivered_comes_again_under_its_id_and_in_order(
    cast, receiver, clock
):
    webhook = a_webhook(cast, receiver.url)
    ticket = taken(cast)
    send(clock)
    first = [(g.event, g.headers["webhook-id"]) for g in receiver.got]
    job = work(since_ever(webhook, cast, clock()), clock)
    assert (job.state, job.done, job.told) == ("done", job.total, len(first))
    send(clock.on(minutes=1))
    again = [(g.event, g.headers["webhook-id"]) for g in receiver.got[len(first) :]]
    assert again == sorted(first)
    assert (
        receiver.of(ticket.number)[: len(first)]
        == receiver.of(ticket.number)[len(first) :]
    )


def test_what_came_before_the_webhook_is_told_too(cast, receiver, clock):
    an_incident(cast)
    read_log()
    webhook = a_webhook(cast, receiver.url, kinds=["ticket.open"])
    read_log()
    work(since_ever(webhook, cast, clock()), clock)
    assert send(clock) == 1


def test_only_what_is_since_then_comes(cast, receiver, clock, django_db_blocker):
    webhook = a_webhook(cast, receiver.url, kinds=["ticket.open"])
    made = [an_incident(cast) for _n in range(3)]
    read_log()
    last = Event.objects.get(kind="ticket.open", subject_id=made[2].pk)
    job = actions.replay_since(
        webhook=webhook, by=cast.grace, at=clock(), since=last.recorded_at
    )
    Delivery.objects.all().delete()
    work(job, clock)
    assert list(Delivery.objects.values_list("event_id", flat=True)) == [last.pk]


def test_the_moment_is_found_by_halves_also_among_gaps(cast):
    for _n in range(7):
        an_incident(cast)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('core_event_id_seq') FROM generate_series(1,50)")
    an_incident(cast)
    rows = list(Event.objects.order_by("pk").values_list("pk", "recorded_at"))
    for pk, recorded in rows:
        older = [one for one, at in rows if at < recorded]
        found = replaying.last_before(recorded)
        assert max(older, default=0) <= found < pk
    assert replaying.last_before(rows[0][1] - timedelta(days=9)) < rows[0][0]
    assert replaying.last_before(rows[-1][1] + timedelta(days=9)) == rows[-1][0]


def test_what_happens_meanwhile_waits_behind_it(cast, receiver, clock):
    webhook = a_webhook(cast, receiver.url)
    ticket = an_incident(cast)
    send(clock)
    since_ever(webhook, cast, clock())
    tickets.comment(ticket=ticket, by=cast.carol, at=later(1), body="?", public=True)
    other = an_incident(cast)
    count = len(receiver.got)
    send(clock)
    assert len(receiver.got) == count
    work(Replay.objects.get(), clock)
    send(clock)
    kinds = receiver.of(ticket.number)
    assert kinds[-1] == "ticket.comment"
    assert kinds.count("ticket.open") == 2
    assert receiver.of(other.number)[0] == "ticket.open"


def test_a_killed_worker_leaves_a_replay_that_goes_on(
    cast, receiver, clock, monkeypatch
):
    monkeypatch.setattr(replaying, "BATCH", 2)
    webhook = a_webhook(cast, receiver.url, kinds=["ticket.open"])
    for _n in range(5):
        an_incident(cast)
    send(clock)
    job = since_ever(webhook, cast, clock())
    assert replaying.work(job, at=clock())
    assert replaying.work(job, at=clock())
    half = Replay.objects.get()
    assert 0 < half.done < half.total
    assert half.cursor == job.cursor
    done = work(half, clock)
    assert (done.done, done.state) == (done.total, "done")
    send(clock)
    assert len(receiver.got) == 10


def test_what_is_held_or_was_taken_back_is_not_told(cast, clock, receiver):
    from uuid import uuid4

    from core.context import Door, through

    webhook = a_webhook(cast, receiver.url, kinds=["ticket.open"])
    gone, held = uuid4(), uuid4()
    for key in (gone, held):
        holds.open_hold(key)
        with through(Door.PAGE, key):
            ticket = an_incident(cast)
        if key is gone:
            holds.take_back(gone, "ticket", ticket.pk)
    an_incident(cast)
    read_log()
    job = work(since_ever(webhook, cast, clock()), clock)
    assert job.told == 1
    Hold.objects.filter(key=held).update(closed_at=clock())
    read_log()
    assert len(states()) == 2


def test_one_at_a_time_of_what_is_over_and_while_it_is_open(cast, receiver, clock):
    webhook = a_webhook(cast, receiver.url)
    an_incident(cast)
    read_log()
    with pytest.raises(Invalid):
        actions.replay_since(
            webhook=webhook,
            by=cast.grace,
            at=clock(),
            since=clock() + timedelta(minutes=1),
        )
    since_ever(webhook, cast, clock())
    with pytest.raises(WrongState, match="running"):
        since_ever(webhook, cast, clock())
    work(Replay.objects.get(), clock)
    actions.pause_webhook(webhook=webhook, by=cast.grace, at=clock())
    with pytest.raises(WrongState, match="paused"):
        since_ever(webhook, cast, clock())


def test_one_delivery_is_sent_again_out_of_turn(cast, receiver, clock):
    webhook = a_webhook(cast, receiver.url)
    ticket = an_incident(cast)
    send(clock)
    first = Delivery.objects.order_by("event_id")[0]
    receiver.answer = lambda got: 500
    actions.send_again(delivery=first, by=cast.grace, at=clock())
    with pytest.raises(WrongState, match="already"):
        actions.send_again(delivery=first, by=cast.grace, at=clock())
    send(clock)
    receiver.answer = lambda got: 204
    tickets.comment(ticket=ticket, by=cast.carol, at=later(1), body="?", public=True)
    send(clock)
    assert receiver.of(ticket.number)[-1] == "ticket.comment"
    assert "pending" in states(webhook)
    assert Event.objects.get(kind="webhook.send_again").actor_id == cast.grace.pk


def test_the_readers_cursor_bounds_it(cast, receiver, clock):
    webhook = a_webhook(cast, receiver.url, kinds=["ticket.open"])
    read_log()
    an_incident(cast)
    cursor = Consumer.objects.get(pk=consumer.NAME).cursor
    job = since_ever(webhook, cast, clock())
    assert job.until == cursor
    work(job, clock)
    read_log()
    assert send(clock) == 1
