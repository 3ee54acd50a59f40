"""Orders that come again: begun with an order, swept, ended."""

from datetime import date, timedelta

import pytest

from core.models import Event
from itsm.requests.catalogue import recurring
from itsm.requests.forms import actions as forms
from itsm.requests.models import Offering, Recurring, Request
from itsm.requests.orders import order
from itsm.tickets.models import Ticket
from tests.cast import AT
from tests.itsm.checks import forbidden, inactive, invalid, wrong_state

DUE = AT + timedelta(days=31)


@pytest.fixture
def toner(cast) -> Offering:
    row = cast.offerings["vpn-access"]
    row.can_recur = True
    row.save()
    return row


def begun(cast, toner, by=None, **more) -> Recurring:
    more.setdefault("every_months", 1)
    order(offering=toner, by=by or cast.carol, at=AT, **more)
    return Recurring.objects.get()


def test_it_comes_again_on_the_same_day_and_only_then(cast, toner):
    row = begun(cast, toner)
    assert row.next_on == date(2026, 4, 2)
    assert recurring.sweep(at=DUE - timedelta(days=1)) == 0
    assert recurring.sweep(at=DUE) == 1
    assert recurring.sweep(at=DUE) == 0
    newest = Ticket.objects.latest("pk")
    assert (newest.requester, newest.opened_at) == (cast.carol, DUE)
    assert Request.objects.get(ticket=newest).recurring == row
    assert Event.objects.get(kind="ticket.open", subject_id=newest.pk).door == "timer"
    row.refresh_from_db()
    assert row.next_on == date(2026, 5, 2)


def test_after_a_long_silence_it_comes_once(cast, toner):
    row = begun(cast, toner)
    assert recurring.sweep(at=AT + timedelta(days=200)) == 1
    row.refresh_from_db()
    assert row.next_on == date(2026, 10, 2)


def test_only_what_can_come_again_does_at_times_that_are_offered(cast, toner):
    with invalid() as no:
        begun(cast, cast.offerings["new-laptop"])
    assert set(no.value.errors) == {"every_months"}
    with invalid():
        begun(cast, toner, every_months=5)
    assert not Ticket.objects.exists()


def test_it_is_ended_by_who_it_is_for_who_ordered_it_or_an_administrator(cast, toner):
    row = begun(cast, toner, by=cast.bob, requester=cast.carol)
    for name in ("mallory", "alice", "erin"):
        with forbidden():
            recurring.end(recurring=row, by=cast.people[name], at=AT)
        assert not recurring.visible_to(cast.people[name]).exists()
    for name in ("carol", "bob", "grace"):
        assert recurring.visible_to(cast.people[name]).exists()
    recurring.end(recurring=row, by=cast.carol, at=AT)
    with wrong_state():
        recurring.end(recurring=row, by=cast.bob, at=AT)
    assert recurring.sweep(at=DUE) == 0


def test_what_cannot_be_ordered_any_more_ends_with_the_reason(cast, toner):
    row = begun(cast, toner)
    toner.is_active = False
    toner.save()
    assert recurring.sweep(at=DUE) == 0
    row.refresh_from_db()
    assert (row.ended_at, row.ended_why) == (DUE, "This is no longer offered.")
    assert Ticket.objects.count() == 1


def test_a_form_that_asks_something_new_ends_it_too(cast, toner):
    row = begun(cast, toner)
    ask = [{"slug": "why", "label": "Why?", "type": "text", "required": True}]
    forms.write_form(offering=toner, by=cast.grace, at=AT, fields=ask, release=True)
    recurring.sweep(at=DUE)
    row.refresh_from_db()
    assert "needed" in row.ended_why


def test_whoever_left_gets_nothing_and_their_orders_for_others_go_on(cast, toner):
    row = begun(cast, toner, by=cast.bob, requester=cast.carol)
    inactive(cast.bob)
    assert recurring.sweep(at=DUE) == 1
    inactive(cast.carol)
    assert recurring.sweep(at=DUE + timedelta(days=40)) == 0
    row.refresh_from_db()
    assert row.ended_at is not None


def test_one_that_fails_stops_no_other(cast, toner, monkeypatch):
    begun(cast, toner)
    order(offering=toner, by=cast.mallory, at=AT, every_months=1)
    really = recurring._order

    def fails(row, at):
        if row.requester == cast.carol:
            raise RuntimeError("broken")
        return really(row, at)

    monkeypatch.setattr(recurring, "_order", fails)
    assert recurring.sweep(at=DUE) == 1
    monkeypatch.undo()
    assert recurring.sweep(at=DUE) == 1
