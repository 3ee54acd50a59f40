"""Sending mail to servers that accept, delay, refuse, drop and never answer."""

import asyncio
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection

from core.models import Event
from notify import lanes, message_ids, retrying, sending
from notify.lanes import Way
from notify.models import Lane, Message, Reach
from people.models import User
from tests.notify.conftest import use
from tests.notify.mailserver import Drop, a_mail_server, a_silent_server
from tests.notify.telling import NOW, a_message, states

pytestmark = pytest.mark.django_db(transaction=True)
MAIL = Way("mail")


def until_done(clock, most=40):
    """Go on until nothing waits; every time to when the next one is due."""
    sent = 0
    for _n in range(most):
        sent += sending.send_due(clock=clock)
        left = Message.objects.filter(state__in=["waiting", "sending"])
        if not left.exists():
            return sent
        Lane.objects.update(rests_until=None)
        clock.at = max(clock.at, left.order_by("due_at").first().due_at)
    return sent


def test_a_due_message_is_sent_and_marked(cast, things, mail, clock):
    message = a_message(cast.carol)
    assert sending.send_due(clock=clock) == 1
    message.refresh_from_db()
    assert (message.state, message.sent_at, message.tries) == ("sent", NOW, 1)
    assert message.address == cast.carol.email
    assert message.runner is None
    assert mail.addresses == {cast.carol.email: 1}
    assert mail.mails[0]["Message-ID"] == message.reference


def test_what_is_not_due_waits(cast, things, mail, clock):
    a_message(cast.carol, due_at=NOW + timedelta(seconds=30))
    assert sending.send_due(clock=clock) == 0
    assert sending.send_due(clock=clock.on(seconds=31)) == 1


def test_a_batch_goes_over_one_connection(cast, things, settings, clock):
    with a_mail_server() as server:
        use(settings, server.port)
        for n in range(30):
            a_message(cast.carol, subject_id=n + 1)
        before = server.connections  # starting it is one
        assert sending.send_due(clock=clock) == 30
        assert len(server.handler.received) == 30
        assert server.connections == before + 1


def test_no_transaction_is_open_while_the_server_thinks(cast, things, mail, clock):
    """Another session sees the claim, and could lock every row, in the meantime."""
    message = a_message(cast.carol)
    seen = []

    async def think(server, envelope, to):
        await asyncio.get_running_loop().run_in_executor(None, look)

    def look():
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT state FROM notify_message WHERE id = %s FOR UPDATE NOWAIT",
                    [message.pk],
                )
                seen.append(cursor.fetchone()[0])
        finally:
            connection.close()

    mail.rules["DATA"] = think
    assert sending.send_due(clock=clock) == 1
    assert seen == ["sending"]


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
def test_a_refusal_for_now_is_tried_again_with_the_same_id(
    stage, cast, things, mail, clock
):
    message = a_message(cast.carol)
    answers = ["451 4.7.1 greylisted", "452 4.2.2 full"]
    mail.rules[stage] = lambda s, e, a: answers.pop() if answers else None
    assert sending.send_due(clock=clock) == 0
    message.refresh_from_db()
    first = message.reference
    assert (message.state, message.tries) == ("waiting", 1)
    assert "452 4.2.2 full" in message.failure
    wait = (message.due_at - NOW).total_seconds()
    assert 24 <= wait <= 36  # 30 s, and jitter
    assert until_done(clock) == 1
    message.refresh_from_db()
    assert (message.state, message.failure) == ("sent", "")
    assert [m["Message-ID"] for m in mail.mails] == [first]


@pytest.mark.parametrize("stage", ["RCPT", "DATA"])
def test_a_refusal_for_good_fails_at_once_and_pauses_the_address(
    stage, cast, things, mail, clock
):
    refused, fine = a_message(cast.carol), a_message(cast.bob)
    mail.rules[stage] = lambda s, e, to: (
        "550 5.1.1 no such user" if to == cast.carol.email else None
    )
    sending.send_due(clock=clock)
    assert states(refused, fine) == ["failed", "sent"]
    reach = Reach.objects.get(user=cast.carol)
    assert reach.mail_paused_at == NOW
    assert "550 5.1.1 no such user" in reach.mail_failure
    event = Event.objects.get(kind="user.mail_pause")
    assert (event.subject_id, event.actor_id) == (cast.carol.pk, None)
    later = a_message(cast.carol, subject_id=8)
    sending.send_due(clock=clock)
    later.refresh_from_db()
    assert (later.state, later.failure) == ("failed", "mail.paused|")
    assert mail.addresses == {cast.bob.email: 1}
    assert Event.objects.filter(kind="user.mail_pause").count() == 1


@pytest.mark.parametrize("code", ["554 5.7.1 relay denied", "552 5.3.4 too big"])
def test_a_refusal_that_is_not_about_the_address_pauses_nobody(
    code, cast, things, mail, clock
):
    message = a_message(cast.carol)
    mail.rules["RCPT"] = lambda s, e, to: code
    sending.send_due(clock=clock)
    assert states(message) == ["failed"]
    assert not Reach.objects.filter(mail_paused_at__isnull=False).exists()


def test_a_server_that_takes_no_sender_pauses_nobody_and_loses_nothing(
    cast, things, mail, clock
):
    messages = [a_message(cast.carol, subject_id=n) for n in (1, 2, 3)]
    mail.rules["MAIL"] = lambda s, e, a: "550 5.7.1 who are you"
    sending.send_due(clock=clock)
    assert states(*messages) == ["waiting"] * 3
    assert Lane.objects.get(pk="mail").failure.startswith("mail.closed|550")
    mail.rules.clear()
    assert until_done(clock) == 3
    assert not Reach.objects.filter(mail_paused_at__isnull=False).exists()


def drops(times):
    left = [None] * times

    def rule(server, envelope, argument):
        if left:
            left.pop()
            raise Drop

    return rule


@pytest.mark.parametrize("stage", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_a_dropped_connection_loses_nothing_and_doubles_nothing(
    stage, cast, things, mail, clock
):
    people = [cast.carol, cast.bob, cast.alice]
    messages = [a_message(p, subject_id=n + 1) for n, p in enumerate(people)]
    mail.rules[stage] = drops(2)
    sending.send_due(clock=clock)
    until_done(clock)
    assert states(*messages) == ["sent"] * 3
    assert mail.addresses == {p.email: 1 for p in people}


def test_a_connection_lost_after_the_server_took_it_keeps_its_message_id(
    cast, things, mail, clock
):
    """Nobody can know whether it was taken (RFC 5321, 4.5.4.1): the id tells."""
    message = a_message(cast.carol)
    mail.rules["AFTER"] = drops(1)
    sending.send_due(clock=clock)
    assert states(message) == ["waiting"]
    assert until_done(clock) == 1
    ids = [m["Message-ID"] for m in mail.mails]
    assert ids == [Message.objects.get().reference] * 2


def test_a_message_that_breaks_the_server_does_not_hold_up_the_others(
    cast, things, mail, clock
):
    poison = a_message(cast.carol, due_at=NOW - timedelta(hours=1))
    others = [a_message(cast.bob, subject_id=n + 1) for n in range(3)]

    def rule(server, envelope, to):
        if to == cast.carol.email:
            raise Drop

    mail.rules["DATA"] = rule
    sending.send_due(clock=clock)
    Lane.objects.update(rests_until=None)
    sending.send_due(clock=clock)
    assert states(poison, *others) == ["waiting", "sent", "sent", "sent"]
    poison.refresh_from_db()
    assert poison.tries == 1


def test_a_server_that_never_answers_costs_one_claim_the_timeout(
    cast, things, settings, clock
):
    messages = [a_message(cast.carol, subject_id=n + 1) for n in range(5)]
    with a_silent_server() as (port, taken):
        use(settings, port)
        begun = time.monotonic()
        assert sending.send_due(clock=clock) == 0
        assert time.monotonic() - begun < 2.0  # EMAIL_TIMEOUT is 1 s
        assert sending.send_due(clock=clock) == 0  # rests
        assert len(taken) == 1
    assert states(*messages) == ["waiting"] * 5
    assert {m.tries for m in Message.objects.all()} == {0}
    lane = Lane.objects.get(pk="mail")
    assert lane.failure.startswith("mail.away|")
    assert lane.rests_until > NOW + timedelta(seconds=5)
    with a_mail_server() as server:
        use(settings, server.port)
        assert sending.send_due(clock=clock.on(minutes=1)) == 5
        assert len(server.handler.received) == 5
    lane.refresh_from_db()
    assert (lane.failures, lane.failure) == (0, "")


def test_a_server_that_never_answers_a_message_costs_the_timeout(
    cast, things, mail, clock
):
    message, other = a_message(cast.carol), a_message(cast.bob)

    async def sleep(server, envelope, to):
        await asyncio.sleep(5 if to == cast.carol.email else 0)

    mail.rules["DATA"] = sleep
    begun = time.monotonic()
    sending.send_due(clock=clock)
    assert time.monotonic() - begun < 2.5
    assert states(message, other) == ["waiting", "waiting"]
    Lane.objects.update(rests_until=None)
    assert sending.send_due(clock=clock) == 1
    assert states(message, other) == ["waiting", "sent"]


def test_a_slow_server_is_waited_for(cast, things, mail, clock):
    message = a_message(cast.carol)

    async def sleep(server, envelope, to):
        await asyncio.sleep(0.4)

    mail.rules["DATA"] = sleep
    assert sending.send_due(clock=clock) == 1
    assert states(message) == ["sent"]


def test_a_server_that_is_off_loses_nothing(cast, things, settings, clock):
    message = a_message(cast.carol)
    with a_mail_server() as server:
        port = server.port
    use(settings, port)
    assert sending.send_due(clock=clock) == 0
    assert states(message) == ["waiting"]
    assert Lane.objects.get(pk="mail").failures == 1


def test_rests_grow_and_end_with_the_first_success(cast, clock):
    for _n in range(8):
        lanes.rest(MAIL, "mail.away|", clock())
    lane = Lane.objects.get(pk="mail")
    assert timedelta(minutes=4) <= lane.rests_until - NOW <= timedelta(minutes=6)
    assert lanes.room(MAIL, clock()) == 0
    lanes.well(MAIL)
    assert lanes.room(MAIL, clock()) > 0


def test_a_message_is_given_up_after_a_day(cast, things, mail, clock):
    message = a_message(cast.carol)
    mail.rules["RCPT"] = lambda s, e, to: "450 4.2.1 busy"
    until_done(clock, most=60)
    message.refresh_from_db()
    assert (message.state, message.tries) == ("failed", retrying.MOST_TRIES)
    assert timedelta(hours=15) < clock.at - NOW < timedelta(hours=27)


def test_a_way_that_fails_for_a_day_gives_its_messages_up(
    cast, things, settings, clock
):
    old = a_message(cast.carol, due_at=NOW - timedelta(hours=25))
    young = a_message(cast.bob)
    with a_mail_server() as server:
        port = server.port
    use(settings, port)
    sending.send_due(clock=clock)
    assert states(old, young) == ["failed", "waiting"]
    old.refresh_from_db()
    assert old.failure.startswith("lane.worn|The mail server does not answer.")


def test_a_claim_of_a_killed_worker_is_taken_again_with_its_id(
    cast, things, mail, clock
):
    message = a_message(cast.carol)
    claim = sending._claim(MAIL, 10, clock())  # and its worker is killed
    reference = claim.messages[0].reference
    assert sending.send_due(clock=clock.on(seconds=60)) == 0
    assert sending.send_due(clock=clock.on(seconds=70)) == 1
    assert mail.mails[0]["Message-ID"] == reference
    message.refresh_from_db()
    assert (message.state, message.reference) == ("sent", reference)


def test_a_worker_whose_claim_was_taken_over_sends_nothing(cast, things, mail, clock):
    a_message(cast.carol)
    stale = sending._claim(MAIL, 10, clock())
    assert sending.send_due(clock=clock.on(minutes=3)) == 1
    assert sending._deliver(MAIL, stale, time.monotonic() + 10, clock) == 0
    assert mail.addresses == {cast.carol.email: 1}
    assert states() == ["sent"]


def test_two_senders_at_once_send_everything_once(cast, things, mail, clock):
    for n in range(60):
        a_message(cast.carol, subject_id=n + 1)
    start = threading.Barrier(3)
    sent, failed = [], []

    def work():
        try:
            start.wait()
            for _n in range(5):
                sent.append(sending.send_due(clock=clock))
        except Exception as no:
            failed.append(no)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert sum(sent) == 60
    ids = [m["Message-ID"] for m in mail.mails]
    assert len(ids) == len(set(ids)) == 60


def test_two_claims_never_share_a_row(cast, things, clock):
    for n in range(20):
        a_message(cast.carol, subject_id=n + 1)
    found = []

    def work():
        try:
            found.append(sending._claim(MAIL, 10, clock()))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [m.pk for claim in found for m in claim.messages]
    assert len(ids) == len(set(ids)) == 20


def test_the_pace_of_the_channel_is_kept(cast, things, mail, clock, settings):
    settings.MESSAGES_PER_MINUTE = {**settings.MESSAGES_PER_MINUTE, "mail": 40}
    for n in range(25):
        a_message(cast.carol, subject_id=n + 1)
    assert sending.send_due(clock=clock) == 10  # a quarter of a minute's at once
    assert sending.send_due(clock=clock) == 0
    assert sending.send_due(clock=clock.on(seconds=6)) == 4
    assert until_done(clock.on(minutes=5)) == 10


def test_what_may_not_be_seen_any_more_is_not_sent(cast, things, mail, clock):
    message = a_message(cast.carol)
    things.hidden.add((cast.carol.pk, 7))
    assert sending.send_due(clock=clock) == 0
    message.refresh_from_db()
    assert (message.state, message.failure) == ("dropped", "told.unseen|")
    assert mail.received == []


def test_a_redacted_text_never_leaves(cast, things, mail, clock):
    message = a_message(cast.carol, events=2)
    first, second = (pk for _rule, pk in message.events)
    things.texts[first] = "my password is hunter2"
    mail.rules["RCPT"] = lambda s, e, to: "451 later"
    sending.send_due(clock=clock)
    things.texts[first] = ""  # redacted between two tries
    mail.rules.clear()
    until_done(clock)
    (_to, raw), (sent,) = mail.received[0], mail.mails
    assert b"hunter2" not in raw
    assert f"text of {second}" in sent.get_body(("plain",)).get_content()


def test_somebody_without_access_gets_nothing(cast, things, mail, clock):
    message = a_message(cast.carol)
    User.objects.filter(pk=cast.carol.pk).update(is_active=False)
    sending.send_due(clock=clock)
    message.refresh_from_db()
    assert (message.state, message.failure) == ("dropped", "person.gone|")


def test_one_letter_that_cannot_be_written_does_not_stop_the_others(
    cast, things, mail, clock, monkeypatch
):
    broken, fine = a_message(cast.carol), a_message(cast.bob, subject_id=8)
    tell = things._told

    def careless(event, reader):
        if event.subject_id == 7:
            raise KeyError("title")
        return tell(event, reader)

    monkeypatch.setattr(things, "_told", careless)
    assert sending.send_due(clock=clock) == 1
    assert states(broken, fine) == ["waiting", "sent"]
    broken.refresh_from_db()
    assert broken.failure == "told.broken|KeyError"


def test_a_database_that_is_away_after_sending_is_waited_for(
    cast, things, mail, clock, monkeypatch
):
    message = a_message(cast.carol)
    real, calls = sending._mark_sent, []

    def flaky(*args):
        calls.append(1)
        if len(calls) < 3:
            from django.db import OperationalError

            raise OperationalError("the database system is starting up")
        real(*args)

    monkeypatch.setattr(sending, "_mark_sent", flaky)
    assert sending.send_due(clock=clock) == 1
    assert states(message) == ["sent"]
    assert len(calls) == 3


def test_message_ids_say_what_they_are_for(cast, things, mail, clock):
    a_message(cast.carol, subject_id=42)
    sending.send_due(clock=clock)
    sent_id = mail.mails[0]["Message-ID"]
    assert message_ids.verify(sent_id) == ("thing", 42, cast.carol.pk)
