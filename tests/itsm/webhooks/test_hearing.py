"""Which events become deliveries: kinds, filters, the owner's eyes, doors, undoing."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import consumers
from core.context import Door, through
from core.models import Consumer, Event
from itsm.tickets import actions as tickets
from itsm.tickets.bulk import acting as bulk_acting
from itsm.webhooks import actions, consumer
from itsm.webhooks.models import Delivery
from tests.factories import (
    a_change,
    a_request,
    an_incident,
    later,
    resolved,
    said,
    taken,
)
from tests.itsm.webhooks.receiver import LATE, a_webhook, kinds_of, read_log

pytestmark = pytest.mark.django_db
URL = "http://127.0.0.1:9999/hook"


def heard(webhook) -> list[str]:
    read_log()
    return kinds_of(Delivery.objects.filter(webhook=webhook))


def test_each_event_is_one_row_for_each_webhook_that_hears_it(cast):
    one = a_webhook(cast, URL)
    two = a_webhook(cast, URL, name="Two", kinds=["ticket.resolve", "ticket.open"])
    resolved(cast)
    assert heard(two) == ["ticket.open", "ticket.resolve"]
    assert len(heard(one)) == Event.objects.filter(subject_type="ticket").count()
    assert read_log() == 0
    assert heard(two) == ["ticket.open", "ticket.resolve"]


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["ticket.open"], ["ticket.open"]),
        (["ticket.*"], ["ticket.open"]),
        (["*"], ["ticket.open"]),
        (["ticket.ope"], []),
        (["tick.*"], []),
        (["ticket.opened"], []),
    ],
)
def test_kinds_are_whole_or_all_that_begin_alike(kinds, expected, cast):
    webhook = a_webhook(cast, URL, kinds=kinds)
    an_incident(cast)
    assert [k for k in heard(webhook) if k == "ticket.open"] == expected


def test_a_webhook_hears_nothing_from_before_it_was_made(cast):
    an_incident(cast)
    webhook = a_webhook(cast, URL, kinds=["ticket.open"])
    an_incident(cast)
    assert heard(webhook) == ["ticket.open"]


def test_filters_narrow_tickets(cast):
    vpn, desk = cast.services["vpn"], cast.teams["desk"]
    acme = cast.organisations["acme"]
    filters = {
        "type": {"type": ["change", "request"]},
        "service": {"service": [vpn.pk]},
        "team": {"team": [desk.pk]},
        "organisation": {"organisation": [acme.pk]},
        "priority": {"priority": 2},
        "two": {"organisation": [acme.pk], "priority": 2},
    }
    hooks = {
        name: a_webhook(cast, URL, name=name, kinds=["ticket.open"], filters=wanted)
        for name, wanted in filters.items()
    }
    made = {
        "urgent": an_incident(cast, impact="high", urgency="high"),
        "theirs": an_incident(cast, by=cast.mallory, impact="high", urgency="high"),
        "vpn": an_incident(cast, service=vpn),
        "request": a_request(cast),
        "change": a_change(cast),
    }
    read_log()
    names = {ticket.pk: name for name, ticket in made.items()}
    found = {
        name: {names[d.subject_id] for d in Delivery.objects.filter(webhook=hook)}
        for name, hook in hooks.items()
    }
    assert found["type"] == {"request", "change"}
    assert found["service"] == {"vpn"}
    assert found["priority"] == {"urgent", "theirs"}
    assert found["organisation"] == {"urgent", "vpn", "request"}
    assert found["two"] == {"urgent"}
    in_team = {n for n, t in made.items() if t.team_id == desk.pk}
    assert found["team"] == in_team


def test_a_filter_on_tickets_leaves_out_everything_else(cast):
    all_of_it = a_webhook(cast, URL, kinds=["*"])
    narrowed = a_webhook(cast, URL, name="Two", kinds=["*"], filters={"priority": 1})
    read_log()
    kinds = kinds_of(Delivery.objects.filter(webhook=all_of_it))
    assert kinds == ["webhook.create", "webhook.create"]
    assert heard(narrowed) == []


def test_it_hears_what_its_owner_sees_and_no_more(cast):
    everything = {"kinds": ["ticket.*"]}
    carols = a_webhook(cast, URL, name="Carol's", owner=cast.carol, **everything)
    bobs = a_webhook(cast, URL, name="Bob's", owner=cast.bob, **everything)
    own, theirs = an_incident(cast), an_incident(cast, by=cast.mallory)
    said(own, "Between us", by=cast.bob, public=False)
    read_log()
    seen = Delivery.objects.filter(webhook=carols)
    assert set(seen.values_list("subject_id", flat=True)) == {own.pk}
    assert "ticket.note" not in kinds_of(seen)
    bobs_seen = Delivery.objects.filter(webhook=bobs)
    assert set(bobs_seen.values_list("subject_id", flat=True)) == {own.pk, theirs.pk}
    assert "ticket.note" in kinds_of(bobs_seen)


@pytest.mark.parametrize(
    ("owner", "with_restricted", "hears"),
    [("grace", False, False), ("grace", True, True), ("bob", True, False)],
)
def test_a_restricted_ticket_needs_the_owners_eyes_and_the_switch(
    owner, with_restricted, hears, cast
):
    ticket = an_incident(cast)
    tickets.restrict(ticket=ticket, by=cast.grace, at=later(1))
    webhook = a_webhook(
        cast, URL, owner=cast.people[owner], with_restricted=with_restricted
    )
    tickets.comment(ticket=ticket, by=cast.carol, at=later(2), body="?", public=True)
    assert ("ticket.comment" in heard(webhook)) is hears


@pytest.mark.parametrize("door", [Door.IMPORT, Door.SEED])
def test_what_comes_through_import_and_seed_is_told_nobody(door, cast):
    webhook = a_webhook(cast, URL)
    with through(door):
        an_incident(cast)
    assert heard(webhook) == []


def test_a_deleted_one_hears_nothing(cast):
    webhook = a_webhook(cast, URL, kinds=["ticket.open"])
    an_incident(cast)
    read_log()
    actions.delete_webhook(webhook=webhook, by=cast.grace, at=later(1))
    an_incident(cast)
    read_log()
    assert list(Delivery.objects.values_list("state", flat=True)) == ["dropped"]


def test_a_reader_that_fails_in_mid_batch_writes_each_row_once(cast, monkeypatch):
    webhook = a_webhook(cast, URL, kinds=["ticket.open"])
    for _n in range(5):
        an_incident(cast)
    real = Delivery.objects.bulk_create

    def written_and_killed(rows, **more):
        real(rows, **more)
        raise RuntimeError("killed here")

    with monkeypatch.context() as broken:
        broken.setattr(
            type(Delivery.objects),
            "bulk_create",
            lambda _s, *a, **m: written_and_killed(*a, **m),
        )
        Consumer.objects.get_or_create(name=consumer.NAME)
        assert consumers.advance(consumer.NAME, at=LATE) == 0
    assert Delivery.objects.count() == 0
    assert "killed here" in Consumer.objects.get(name=consumer.NAME).failure
    assert heard(webhook) == ["ticket.open"] * 5


def test_a_batch_costs_the_same_however_many_events(cast):
    for name in ("One", "Two", "Three"):
        a_webhook(cast, URL, name=name)
    read_log()

    def cost(n: int) -> int:
        for _n in range(n):
            an_incident(cast)
        with CaptureQueriesContext(connection) as asked:
            read_log()
        return len(asked)

    cost(1)
    assert cost(30) == cost(2)


def test_taken_and_resolved_come_in_the_order_of_the_log(cast):
    webhook = a_webhook(cast, URL)
    resolved(cast, taken(cast))
    found = heard(webhook)
    assert found.index("ticket.open") < found.index("ticket.take")
    assert found[-1] == "ticket.resolve"


def test_what_is_undone_within_its_minute_is_not_told(cast):
    tickets_ = [taken(cast, an_incident(cast)) for _n in range(2)]
    webhook = a_webhook(cast, URL, kinds=["ticket.resolve", "ticket.undo"])
    some = {
        "numbers": [ticket.number for ticket in tickets_],
        "verb": "resolve",
        "fields": {"resolution": "Restarted"},
    }
    bulk = bulk_acting.start(**some, by=cast.bob, at=timezone.now())
    bulk_acting.go(bulk)
    read_log(timezone.now())
    bulk_acting.go(bulk_acting.undo(bulk, by=cast.bob, at=timezone.now()))
    read_log(timezone.now() + timedelta(minutes=5))
    assert not Delivery.objects.filter(webhook=webhook).exists()
    kept = bulk_acting.start(**some, by=cast.bob, at=timezone.now())
    bulk_acting.go(kept)
    read_log(timezone.now() + timedelta(minutes=10))
    assert kinds_of(Delivery.objects.all()) == ["ticket.resolve"] * 2
