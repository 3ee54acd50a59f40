"""From events to lines of inboxes and messages: exactly once, folded, joined, calm."""

from datetime import time, timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.utils import timezone

from core import consumers
from core.context import Door, through
from core.models import Consumer, Event
from itsm.tickets import actions
from itsm.tickets.bulk import acting
from notify import consumer
from notify.models import Choice, Message, Notice, Reach, Route
from tests.cast import AT
from tests.factories import an_incident, later, said, taken
from tests.notify.conftest import forget, heard, mailed, read_log

pytestmark = pytest.mark.django_db


def mail_of(user) -> Message:
    return Message.objects.get(user=user, channel="mail")


def test_many_events_on_a_ticket_are_one_line_and_one_message(cast):
    ticket = taken(cast)
    read_log()
    forget()
    for words in ("First", "Second", "Third"):
        said(ticket, words, by=cast.bob)
    read_log(later(3))
    line = Notice.objects.get(user=cast.carol)
    assert [rule for rule, _event in line.events] == ["ticket.reply"] * 3
    assert mail_of(cast.carol).events == line.events


def test_a_later_event_folds_into_the_unread_line_and_not_into_a_read_one(cast):
    ticket = taken(cast)
    read_log()
    forget()
    said(ticket, by=cast.bob)
    read_log()
    said(ticket, by=cast.bob)
    read_log()
    line = Notice.objects.get(user=cast.carol)
    assert len(line.events) == 2
    assert line.at == later(3)
    Notice.objects.update(read_at=later(70))
    said(ticket, by=cast.bob)
    read_log(later(80))
    assert Notice.objects.filter(user=cast.carol).count() == 2
    assert (
        Notice.objects.get(user=cast.carol, read_at=None).events[0][1]
        > (line.events[-1][1])
    )


def test_a_message_is_due_a_minute_after_its_first_event_and_joins_until_it_leaves(
    cast,
):
    ticket = an_incident(cast)
    read_log(AT)
    first = mail_of(cast.carol)
    assert first.due_at == later(1)
    actions.comment(ticket=ticket, by=cast.bob, at=later(0.5), body="Hi", public=True)
    read_log(later(0.5))
    joined = mail_of(cast.carol)
    assert joined.due_at == later(1)
    assert [rule for rule, _event in joined.events] == [
        "ticket.receipt",
        "ticket.reply",
    ]
    Message.objects.update(state="sending")
    actions.comment(ticket=ticket, by=cast.bob, at=later(0.8), body="Ho", public=True)
    read_log(later(0.9))
    assert Message.objects.filter(user=cast.carol, state="waiting").count() == 1


def test_what_was_tried_once_is_never_joined(cast):
    ticket = an_incident(cast)
    read_log(AT)
    Message.objects.update(tries=1)  # the server may have it already
    said(ticket, by=cast.bob)
    read_log(later(4))
    assert Message.objects.filter(user=cast.carol).count() == 2


def test_a_batch_that_fails_writes_nothing_and_is_told_once_afterwards(
    cast, monkeypatch
):
    Consumer.objects.get_or_create(name=consumer.NAME)
    an_incident(cast)

    def fails(*_args, **_more):
        raise RuntimeError("the power went")

    with monkeypatch.context() as patch:
        patch.setattr(consumer.messages, "write", fails)
        consumers.advance(consumer.NAME, at=AT)
    assert not Notice.objects.exists()
    for _again in range(3):
        read_log()
    assert heard(cast.carol) == ["ticket.receipt"]
    assert mailed(cast.carol) == ["ticket.receipt"]


def test_imports_and_seeds_tell_nobody(cast, bells):
    for door in (Door.IMPORT, Door.SEED):
        with through(door):
            an_incident(cast)
    read_log()
    assert not Notice.objects.exists()
    assert not Message.objects.exists()
    assert not bells


def test_the_bell_moves_when_the_lines_are_there(
    cast, bells, django_capture_on_commit_callbacks
):
    ticket = an_incident(cast)
    with django_capture_on_commit_callbacks(execute=True):
        read_log()
        assert not bells
    assert bells[f"user:{cast.carol.pk}"] == {ticket.pk}


def test_nobody_hears_of_their_own_act(cast):
    ticket = taken(cast)
    read_log()
    forget()
    said(ticket, "Working on it", by=cast.bob)
    said(ticket, "Thanks", by=cast.carol)
    read_log()
    assert heard(cast.bob) == ["ticket.answer"]
    assert heard(cast.carol) == ["ticket.reply"]


def test_somebody_who_left_hears_nothing(cast):
    ticket = taken(cast)
    read_log()
    forget()
    cast.bob.is_active = False
    cast.bob.save()
    said(ticket, by=cast.carol)
    read_log()
    assert not heard(cast.bob)


def test_by_two_rules_one_hears_once(cast):
    ticket = taken(cast)
    actions.watch(ticket=ticket, by=cast.bob, at=later(2))
    read_log()
    forget()
    said(ticket, by=cast.carol)
    read_log()
    assert heard(cast.bob) == ["ticket.answer"]


def test_a_choice_replaces_the_rules_channels(cast):
    Choice.objects.create(user=cast.carol, rule="ticket.receipt", channels=["mail"])
    Choice.objects.create(user=cast.bob, rule="ticket.answer", channels=[])
    ticket = taken(cast)
    said(ticket, by=cast.carol)
    read_log()
    assert not heard(cast.carol)
    assert "ticket.receipt" in mailed(cast.carol)
    assert "ticket.answer" not in heard(cast.bob) + mailed(cast.bob)


def test_quiet_hours_hold_mail_and_not_the_inbox(cast):
    cast.carol.time_zone = "Europe/Berlin"
    cast.carol.save()
    Reach.objects.create(user=cast.carol, quiet_from=time(9), quiet_until=time(12))
    an_incident(cast)  # 10:00 in Berlin
    read_log(AT)
    assert heard(cast.carol) == ["ticket.receipt"]
    assert mail_of(cast.carol).due_at == AT + timedelta(hours=2)


def test_quiet_hours_also_hold_what_is_read_late(cast):
    Reach.objects.create(user=cast.carol, quiet_from=time(20), quiet_until=time(6))
    an_incident(cast)  # at nine, and the log is read at ten in the evening
    read_log(AT + timedelta(hours=13))
    assert mail_of(cast.carol).due_at == AT + timedelta(hours=21)


def test_a_digest_gathers_what_is_not_urgent(cast):
    Reach.objects.create(user=cast.carol, digest_at=time(17))
    first = an_incident(cast)
    read_log(AT)
    second = an_incident(cast, at=later(5))
    said(first, by=cast.bob)
    read_log(later(6))
    digest = mail_of(cast.carol)
    assert (digest.is_digest, digest.subject_id) == (True, 0)
    assert digest.due_at == AT + timedelta(hours=8)
    assert len(digest.events) == 3
    assert {Event.objects.get(pk=pk).subject_id for _rule, pk in digest.events} == {
        first.pk,
        second.pk,
    }


def test_what_a_bulk_act_did_and_took_back_is_told_to_nobody(cast):
    tickets = [taken(cast, an_incident(cast)) for _ in range(2)]
    read_log()
    forget()
    bulk = acting.start(
        numbers=[ticket.number for ticket in tickets],
        verb="resolve",
        fields={"resolution": "Restarted"},
        by=cast.bob,
        at=timezone.now(),
    )
    acting.go(bulk)
    read_log(timezone.now())
    assert not heard(cast.carol)
    acting.go(acting.undo(bulk, by=cast.bob, at=timezone.now()))
    read_log(timezone.now() + timedelta(minutes=5))
    assert not Notice.objects.exists()
    assert not Message.objects.exists()


def test_what_a_bulk_act_did_and_kept_is_told_after_its_minute(cast):
    ticket = taken(cast)
    read_log()
    forget()
    fields = {"resolution": "Restarted"}
    some = {"numbers": [ticket.number], "verb": "resolve", "fields": fields}
    acting.go(acting.start(**some, by=cast.bob, at=timezone.now()))
    read_log(timezone.now() + timedelta(minutes=5))
    assert heard(cast.carol) == ["ticket.solved"]


def test_a_room_hears_its_rules_of_its_teams_and_nothing_that_is_restricted(cast):
    desk, network = (cast.teams[name] for name in ("desk", "network"))
    filters = {"team": [desk.pk]}
    room = Route.objects.create(
        name="Desk", kind="slack", url="x", rules=["ticket.unowned"], filters=filters
    )
    ours = an_incident(cast, team=desk)
    an_incident(cast, team=network)
    an_incident(cast, team=desk, service=cast.services["hr-portal"])
    read_log()
    told = Message.objects.get(channel="chat")
    assert (told.route, told.user, told.subject_id) == (room, None, ours.pk)


def test_a_room_hears_only_what_its_rules_are_about(cast):
    rules = ["ticket.back", "ticket.approval", "ticket.assigned", "ticket.handed"]
    rules += ["page.woken", "page.nobody", "ticket.unowned"]
    Route.objects.create(name="All", kind="slack", url="x", rules=rules)
    ticket = taken(cast)
    actions.comment(
        ticket=ticket, by=cast.bob, at=later(2), body="The key is 1234", public=False
    )
    given = {"by": cast.bob, "at": later(3), "resolution": "Restarted"}
    actions.resolve(ticket=ticket, **given)
    actions.reopen(ticket=ticket, by=cast.carol, at=later(4), comment="It is not")
    read_log()
    told = Message.objects.get(channel="chat")
    heard_of = [(rule, Event.objects.get(pk=pk).kind) for rule, pk in told.events]
    assert heard_of == [
        ("ticket.unowned", "ticket.open"),
        ("ticket.back", "ticket.reopen"),
    ]


def test_a_room_hears_what_nobody_else_is_there_for(cast):
    Route.objects.create(name="All", kind="slack", url="x", rules=["ticket.unowned"])
    cast.dana.roles = ["agent"]
    cast.dana.save()
    an_incident(cast)
    read_log()
    assert Message.objects.filter(channel="chat").count() == 1
    assert "ticket.unowned" not in heard(cast.dana)


def test_a_batch_costs_the_same_however_many_events(
    cast, django_assert_max_num_queries
):
    def batch(n: int) -> list[Event]:
        last = Event.objects.order_by("id").last()
        for _ in range(n):
            said(taken(cast, an_incident(cast)), by=cast.carol)
        return list(Event.objects.filter(id__gt=last.pk if last else 0).order_by("id"))

    for events in (batch(1), batch(12)):
        with django_assert_max_num_queries(16):
            consumer.work_off(events, at=later(9))


def test_an_upgraded_installation_tells_nobody_of_its_past(cast):
    Consumer.objects.filter(name=consumer.NAME).delete()
    an_incident(cast)
    migration = import_module("notify.migrations.0003_begin_at_the_end")
    with connection.cursor() as cursor:
        cursor.execute(migration.BEGIN)
    read_log()
    assert not Notice.objects.exists()
    an_incident(cast)
    read_log()
    assert heard(cast.carol) == ["ticket.receipt"]
