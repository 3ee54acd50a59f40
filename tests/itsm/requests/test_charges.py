"""Charge lines: written when fulfilled, taken back by a line of their own."""

import csv
import io
from datetime import date
from decimal import Decimal

from django.test import Client

from itsm.requests.catalogue import charges, charging
from itsm.requests.models import Charge, Price
from itsm.requests.orders import order
from itsm.tickets import actions
from tests.cast import AT
from tests.factories import later
from tests.itsm.checks import fresh


def fulfilled(cast, centre="4130", amount="40"):
    cast.carol.cost_centre = centre
    cast.carol.save()
    vpn = cast.offerings["vpn-access"]
    Price.objects.create(offering=vpn, amount=Decimal(amount), valid_from=AT.date())
    ticket = order(offering=vpn, by=cast.carol, at=AT)
    actions.take(ticket=ticket, by=cast.bob, at=later(1))
    resolve(ticket, cast, 2)
    return ticket


def resolve(ticket, cast, minute):
    actions.resolve(ticket=ticket, by=cast.bob, at=later(minute), resolution="Done.")


def lines() -> list[tuple[str, Decimal]]:
    rows = Charge.objects.order_by("pk")
    return [(one.cost_centre, one.amount) for one in rows]


def test_an_order_is_charged_once_when_it_is_fulfilled(cast):
    ticket = fulfilled(cast)
    assert lines() == [("4130", Decimal(40))]
    actions.close(ticket=ticket, by=cast.carol, at=later(3))
    assert lines() == [("4130", Decimal(40))]
    assert charging.disagreeing() == []


def test_what_costs_nothing_is_not_charged(cast):
    fulfilled(cast, amount="0")
    assert lines() == []


def test_opened_again_it_is_taken_back_by_a_line_and_charged_anew(cast):
    ticket = fulfilled(cast)
    actions.reopen(ticket=ticket, by=cast.carol, at=later(3), comment="Not yet.")
    assert lines() == [("4130", Decimal(40)), ("4130", Decimal(-40))]
    resolve(ticket, cast, 4)
    assert [amount for _c, amount in lines()] == [40, -40, 40]
    actions.reopen(ticket=ticket, by=cast.carol, at=later(5), comment="No.")
    actions.cancel(ticket=ticket, by=cast.carol, at=later(6), comment="Never mind.")
    assert fresh(ticket).state == "cancelled"
    assert sum(amount for _c, amount in lines()) == 0
    assert charging.disagreeing() == []
    Charge.objects.update(amount=1)
    assert len(charging.disagreeing()) == 1


def test_months_begin_where_the_installation_is(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    first, last = charges.bounds(date(2026, 3, 1))
    hours = (last.timestamp() - first.timestamp()) / 3600
    assert hours == 31 * 24 - 1  # summer time begins
    assert charges.month_of("2026-05", today=AT.date()) == date(2026, 5, 1)
    for odd in ("", "2026", "2026-13", "x-y", "99999-1"):
        assert charges.month_of(odd, today=AT.date()) == date(2026, 3, 1)
    found = charges.months(today=date(2026, 1, 15))
    assert found[:2] == [date(2026, 1, 1), date(2025, 12, 1)]
    assert len(found) == 24


def test_administrators_read_them_by_month_and_centre_and_as_a_file(cast):
    ticket = fulfilled(cast, centre="=1+1")
    client = Client()
    for name in ("carol", "bob", "alice"):
        client.force_login(cast.people[name])
        assert client.get("/settings/charges/").status_code == 403
        assert client.get("/settings/charges/export/").status_code == 403
    client.force_login(cast.grace)
    shown = client.get("/settings/charges/?month=2026-03").content.decode()
    assert "€40.00" in shown
    assert ticket.number in shown
    assert (
        "Nothing was charged"
        in client.get("/settings/charges/?month=2026-02").content.decode()
    )
    only = client.get("/settings/charges/?month=2026-03&centre=other").content.decode()
    assert ticket.number not in only
    answer = client.get("/settings/charges/export/?month=2026-03")
    assert 'filename="charges-2026-03.csv"' in answer["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0]["cost_centre"] == "'=1+1"
    assert rows[0]["amount"] == "40.00"
    assert rows[0]["ticket"] == ticket.number
