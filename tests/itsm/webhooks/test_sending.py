"""Sending: in order for each ticket, tried again for two days, then given up."""

import socket
import time
from datetime import timedelta

import psycopg2
import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils.http import http_date

from core.models import Event
from itsm.tickets import actions as tickets
from itsm.webhooks import actions, bodies, line, retrying, sending
from itsm.webhooks.models import Delivery, Webhook
from tests.api.conftest import Api
from tests.factories import an_incident, later, resolved, said, taken
from tests.itsm.webhooks.receiver import (
    a_receiver,
    a_webhook,
    read_log,
    send,
    states,
)
from tests.notify.conftest import heard
from tests.notify.conftest import read_log as notify

pytestmark = pytest.mark.django_db


def fresh(webhook: Webhook) -> Webhook:
    return Webhook.objects.get(pk=webhook.pk)


def test_an_event_arrives_as_rest_tells_it_with_its_ticket(
    cast, receiver, clock, settings
):
    a_webhook(cast, receiver.url, kinds=["ticket.open"])
    ticket = an_incident(cast, service=cast.services["vpn"])
    assert send(clock) == 1
    (got,) = receiver.got
    event = Event.objects.get(kind="ticket.open")
    told = got.told
    assert (told["id"], told["kind"], told["actor"], told["door"]) == (
        event.pk,
        "ticket.open",
        "carol@demo.example",
        "page",
    )
    assert told["subject"] == {"type": "ticket", "number": ticket.number}
    assert told["changes"]["service"] == [None, "vpn"]
    assert told["ticket"]["number"] == ticket.number
    assert told["ticket"]["title"] == ticket.title
    assert told["ticket"]["service"] == "vpn"
    base = settings.BASE_URL
    assert told["links"]["page"] == f"{base}/incidents/{ticket.number}/"
    assert told["links"]["api"] == f"{base}/api/v1/incidents/{ticket.number}/"
    assert got.headers["content-type"] == "application/json"
    row = Delivery.objects.get()
    assert got.headers["beeline-delivery"] == str(row.pk)
    assert got.headers["webhook-id"] == row.message_id
    assert got.headers["webhook-timestamp"] == str(int(clock().timestamp()))
    assert (row.state, row.status, row.tries) == ("delivered", 204, 1)
    assert row.body.encode() == got.body
    assert row.delivered_at == clock()


def test_the_same_json_as_the_feed(cast, api_of, receiver, clock):
    a_webhook(cast, receiver.url)
    resolved(cast)
    send(clock)
    feed = {e["id"]: e for e in api_of(cast.grace).get("/api/v1/events/?limit=200")}
    assert receiver.got
    for got in receiver.got:
        told = {k: v for k, v in got.told.items() if k not in {"ticket", "links"}}
        assert told == feed[got.event]


@pytest.fixture
def api_of():
    class Feed(Api):
        def get(self, path):
            return super().get(path).json()["results"]

    return Feed


def test_nothing_is_sent_twice(cast, receiver, clock):
    a_webhook(cast, receiver.url, kinds=["ticket.open"])
    an_incident(cast)
    assert send(clock) == 1
    assert send(clock.on(hours=1)) == 0
    assert len(receiver.got) == 1


def test_a_tickets_later_events_wait_and_other_tickets_go_on(cast, receiver, clock):
    a_webhook(cast, receiver.url, kinds=["ticket.open", "ticket.take", "ticket.start"])
    one, two = an_incident(cast), an_incident(cast)
    service = {"service": cast.services["vpn"]}
    for ticket in (one, two):
        tickets.take(ticket=ticket, by=cast.bob, at=later(1), **service)
    bad = {one.number}
    receiver.answer = lambda got: 400 if got.told["subject"]["number"] in bad else 204
    send(clock)
    assert receiver.of(one.number) == ["ticket.open"]
    assert receiver.of(two.number) == ["ticket.open", "ticket.take", "ticket.start"]
    send(clock.on(seconds=10))
    send(clock.on(seconds=60))
    assert receiver.of(one.number) == ["ticket.open"] * 3
    bad.clear()
    send(clock.on(minutes=5))
    assert receiver.of(one.number) == [
        *["ticket.open"] * 4,
        *("ticket.take", "ticket.start"),
    ]
    assert set(states()) == {"delivered"}


def test_what_is_given_up_lets_the_next_of_its_ticket_go(cast, receiver, clock):
    webhook = a_webhook(cast, receiver.url, kinds=["ticket.open", "ticket.comment"])
    ticket = an_incident(cast)
    said(ticket, by=cast.carol)
    other = an_incident(cast)

    def answer(got):
        is_bad = got.told["subject"]["number"] == ticket.number
        return 422 if is_bad and got.kind == "ticket.open" else 204

    receiver.answer = answer
    for _n in range(60):
        send(clock.on(hours=1))
        said(other, by=cast.carol)  # something gets through all the while
    assert receiver.of(ticket.number)[-1] == "ticket.comment"
    row = Delivery.objects.get(kind="ticket.open", subject_id=ticket.pk)
    assert (row.state, row.status) == ("given_up", 422)
    assert row.tried_at - row.first_at >= retrying.LONGEST
    assert fresh(webhook).is_open


def test_the_schedule_grows_to_hours_and_ends_after_two_days(monkeypatch):
    monkeypatch.setattr(retrying, "JITTER", 0.0)
    first = at = later(0)
    waits = []
    for tries in range(1, 100):
        due = retrying.next_try(tries, first, at)
        if due is None:
            break
        waits.append((due - at).total_seconds())
        at = due
    assert waits[:9] == [5, 30, 120, 600, 1800, 3600, 7200, 14_400, 21_600]
    assert at - first == retrying.LONGEST
    assert len(waits) < 20
    assert max(waits) <= 21_600


def test_jitter_keeps_many_from_coming_back_together():
    at = later(0)
    dues = {retrying.next_try(3, at, at) for _n in range(20)}
    assert len(dues) > 10
    assert all(timedelta(seconds=108) <= due - at for due in dues)


def test_after_two_days_without_a_success_it_is_paused_and_people_are_told(
    cast, receiver, clock
):
    webhook = a_webhook(cast, receiver.url, kinds=["ticket.open"], owner=cast.bob)
    an_incident(cast)
    receiver.answer = lambda got: 500
    for _n in range(47):
        send(clock.on(hours=1))
    assert fresh(webhook).is_open
    an_incident(cast)
    for _n in range(3):
        send(clock.on(hours=1))
    found = fresh(webhook)
    assert not found.is_open
    assert retrying.words(found.failure).startswith("Nothing got through for two days")
    assert states() == ["pending", "pending"]
    event = Event.objects.get(kind="webhook.disable")
    assert (event.actor_id, event.door) == (None, "timer")
    count = len(receiver.got)
    send(clock.on(hours=1))
    assert len(receiver.got) == count
    notify(clock())
    assert "webhook.disable" in heard(cast.bob)
    assert "webhook.disable" in heard(cast.grace)
    assert "webhook.disable" not in heard(cast.alice)
    receiver.answer = lambda got: 204
    actions.resume_webhook(webhook=webhook, by=cast.grace, at=clock())
    assert send(clock) == 2
    assert states() == ["delivered", "delivered"]


def test_410_pauses_at_once(cast, receiver, clock):
    webhook = a_webhook(cast, receiver.url, kinds=["ticket.open"])
    an_incident(cast), an_incident(cast)
    receiver.answer = lambda got: 410
    send(clock)
    assert not fresh(webhook).is_open
    assert fresh(webhook).failure.startswith("hook.gone")
    assert Event.objects.filter(kind="webhook.disable").count() == 1
    count = len(receiver.got)
    send(clock.on(hours=5))
    assert len(receiver.got) == count


def test_one_that_is_down_rests_and_is_tried_with_care(cast, receiver, clock):
    webhook = a_webhook(cast, receiver.url, kinds=["ticket.open"])
    for _n in range(20):
        an_incident(cast)
    receiver.answer = lambda got: 503
    send(clock)
    assert len(receiver.got) <= sending.EACH + 1
    found = fresh(webhook)
    assert found.failures == len(receiver.got)
    assert found.rests_until > clock()
    before = len(receiver.got)
    send(clock.on(minutes=6))
    assert len(receiver.got) == before + 1
    receiver.answer = lambda got: 200
    assert send(clock.on(minutes=6)) > 10
    send(clock.on(hours=1))
    assert set(states()) == {"delivered"}
    healed = fresh(webhook)
    assert (healed.failures, healed.failing_since, healed.failure) == (0, None, "")


@pytest.mark.parametrize(
    ("header", "waits"),
    [
        ("90", timedelta(seconds=90)),
        ("date", timedelta(seconds=120)),
        ("86400", retrying.MOST_ASKED),
        ("99999999999999", None),
        ("soon", None),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
        ("", None),
    ],
)
def test_retry_after_is_honoured_within_reason(header, waits, cast, receiver, clock):
    webhook = a_webhook(cast, receiver.url, kinds=["ticket.open"])
    an_incident(cast)
    if header == "date":
        header = http_date((clock() + timedelta(seconds=120)).timestamp())
    receiver.answer = lambda got: (429, {"Retry-After": header})
    send(clock)
    row = Delivery.objects.get()
    if waits is None:
        assert row.due_at - clock() < timedelta(seconds=6)
        return
    assert row.due_at == clock() + waits
    assert fresh(webhook).rests_until == clock() + waits


def test_a_slow_receiver_is_cut_off_after_five_seconds(cast, receiver, clock):
    a_webhook(cast, receiver.url, kinds=["ticket.open"])
    an_incident(cast)
    receiver.answer = lambda got: time.sleep(7) or 204
    began = time.monotonic()
    assert send(clock) == 0
    assert 4.5 < time.monotonic() - began < 6.5
    row = Delivery.objects.get()
    assert (row.state, row.status) == ("pending", None)
    assert row.ms >= 4500
    assert "too long" in retrying.words(row.failure)


def test_others_do_not_wait_for_a_slow_one(cast, receiver, clock, monkeypatch):
    monkeypatch.setattr(sending, "POLICY", sending.Policy(total_seconds=1.5))
    with a_receiver() as quick:
        a_webhook(cast, receiver.url, kinds=["ticket.open"], name="Slow")
        a_webhook(cast, quick.url, kinds=["ticket.open"], name="Quick")
        for _n in range(40):
            an_incident(cast)
        began, times = time.monotonic(), []
        quick.answer = lambda got: times.append(time.monotonic() - began) or 204
        receiver.answer = lambda got: time.sleep(2) or 204
        send(clock)
    assert len(times) == 40
    assert max(times) < 1.4
    assert receiver.most_at_once <= sending.EACH


def test_a_redirect_inside_is_not_followed(cast, receiver, clock):
    with a_receiver() as inside:
        a_webhook(cast, receiver.url, kinds=["ticket.open"])
        an_incident(cast)
        receiver.answer = lambda got: (307, {"Location": inside.url})
        send(clock)
        assert inside.got == []
    row = Delivery.objects.get()
    assert (row.state, row.status) == ("pending", 307)
    assert "moved" in retrying.words(row.failure)


def test_a_name_that_now_leads_inside_is_not_called(
    cast, receiver, clock, settings, monkeypatch
):
    table = {"hooks.example": "93.184.215.14"}
    real = socket.getaddrinfo

    def answer(host, port, *args, **kwargs):
        found = table.get(host)
        if found:
            return [(socket.AF_INET, 1, 6, "", (found, port))]
        return real(host, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    settings.OUTBOUND_ALLOW = ""
    url = f"http://hooks.example:{receiver.port}/hook"
    a_webhook(cast, url, kinds=["ticket.open"])
    table["hooks.example"] = "127.0.0.1"
    an_incident(cast)
    send(clock)
    assert receiver.got == []
    row = Delivery.objects.get()
    assert "is inside your network" in retrying.words(row.failure)


def test_what_the_owner_may_not_see_any_more_does_not_leave(cast, receiver, clock):
    a_webhook(cast, receiver.url, kinds=["ticket.open"], owner=cast.bob)
    ticket, other = an_incident(cast), an_incident(cast)
    read_log()
    tickets.restrict(ticket=ticket, by=cast.grace, at=later(1))
    assert send(clock) == 1
    assert receiver.of(other.number) == ["ticket.open"]
    assert states() == ["dropped", "delivered"]


def test_an_owner_without_access_pauses_it(cast, receiver, clock):
    webhook = a_webhook(cast, receiver.url, kinds=["ticket.open"], owner=cast.bob)
    type(cast.bob).objects.filter(pk=cast.bob.pk).update(is_active=False)
    an_incident(cast)
    assert send(clock) == 0
    assert receiver.got == []
    found = fresh(webhook)
    assert (found.is_open, found.failure) == (False, "owner.gone|")
    assert Event.objects.get(kind="webhook.disable").subject_id == webhook.pk


def test_removed_words_do_not_leave_and_kept_bodies_forget_them(cast, receiver, clock):
    a_webhook(cast, receiver.url, kinds=["ticket.open"])
    ticket = an_incident(cast, title="Secret things of Carol")
    send(clock)
    assert "Secret things" in Delivery.objects.get().body
    tickets.redact(
        ticket=ticket, by=cast.grace, at=later(9), why="Private", field="title"
    )
    assert Delivery.objects.get().body == ""


def test_no_transaction_is_open_while_anybody_waits(
    cast, receiver, clock, monkeypatch, transactional_db
):
    a_webhook(cast, receiver.url, kinds=["ticket.open"])
    an_incident(cast)
    seen = []

    def idle(got):
        own = connections["default"]
        with own.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = "
                "current_database() AND state LIKE 'idle in transaction%'"
            )
            seen.append(cursor.fetchone()[0])
        own.close()
        return 204

    receiver.answer = idle
    assert send(clock) == 1
    assert seen == [0]


def test_the_cost_of_a_claim_is_the_same_for_one_and_for_many(cast, clock):
    webhook = a_webhook(cast, "http://127.0.0.1:9999/", kinds=["ticket.open"])

    def cost(n: int) -> int:
        for _n in range(n):
            an_incident(cast)
        read_log()
        with CaptureQueriesContext(connection) as asked:
            found = line.claim(webhook, 24, clock())
            assert len(bodies.write(webhook, found)) == n
        Delivery.objects.all().delete()
        return len(asked)

    cost(1)
    assert cost(20) == cost(2)


def test_a_paused_one_keeps_what_happens_and_sends_it_in_order(cast, receiver, clock):
    webhook = a_webhook(cast, receiver.url)
    actions.pause_webhook(webhook=webhook, by=cast.grace, at=later(0))
    ticket = taken(cast)
    assert send(clock) == 0
    actions.resume_webhook(webhook=webhook, by=cast.grace, at=clock())
    send(clock)
    events = Event.objects.filter(subject_type="ticket", subject_id=ticket.pk)
    expected = list(events.order_by("pk").values_list("kind", flat=True))
    assert receiver.of(ticket.number) == expected


def test_it_may_go_on_without_what_waited(cast, receiver, clock):
    webhook = a_webhook(cast, receiver.url, kinds=["ticket.open"])
    actions.pause_webhook(webhook=webhook, by=cast.grace, at=later(0))
    an_incident(cast)
    send(clock)
    actions.resume_webhook(webhook=webhook, by=cast.grace, at=clock(), skip=True)
    an_incident(cast)
    assert send(clock) == 1
    assert states() == ["dropped", "delivered"]


def test_a_test_goes_out_while_it_is_paused_and_nothing_else(cast, receiver, clock):
    webhook = a_webhook(cast, receiver.url)
    an_incident(cast)
    actions.pause_webhook(webhook=webhook, by=cast.grace, at=later(0))
    actions.test_webhook(webhook=webhook, by=cast.grace, at=clock())
    assert send(clock) == 1
    assert receiver.kinds == ["webhook.test"]
    told = receiver.got[0].told
    assert told["subject"] == {"type": "webhook", "number": "Ours"}
    assert told["actor"] == "grace@demo.example"


def test_one_that_cannot_be_written_does_not_stop_the_others(
    cast, receiver, clock, monkeypatch
):
    webhook = a_webhook(cast, receiver.url, kinds=["ticket.open"])
    bad, good = an_incident(cast), an_incident(cast)
    real = bodies.write

    def write(hook, rows):
        if any(row.subject_id == bad.pk for row in rows):
            raise ValueError("odd")
        return real(hook, rows)

    monkeypatch.setattr(bodies, "write", write)
    assert send(clock) == 1
    assert receiver.of(good.number) == ["ticket.open"]
    assert states(webhook) == ["pending", "delivered"]
    assert "could not be written" in retrying.words(
        Delivery.objects.order_by("event_id")[0].failure
    )


def test_a_secret_that_cannot_be_read_pauses_it(cast, receiver, clock, settings):
    webhook = a_webhook(cast, receiver.url, kinds=["ticket.open"])
    an_incident(cast)
    settings.SECRET_KEY = "another one, and a long one at that, for this test only"
    assert send(clock) == 0
    assert receiver.got == []
    assert fresh(webhook).failure == "hook.sealed|"
    assert states() == ["pending"]


def test_another_sender_waits_for_nobody(cast, receiver, clock, transactional_db):
    a_webhook(cast, receiver.url, kinds=["ticket.open"])
    an_incident(cast)
    other = psycopg2.connect(**connection.get_connection_params())
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [sending.LOCK])
    assert send(clock) == 0
    other.close()
    assert send(clock) == 1
