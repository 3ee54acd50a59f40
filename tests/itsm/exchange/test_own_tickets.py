"""Tickets that were worked here go out with their history, and come back unchanged."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from core.context import Door, through
from core.models import Event
from itsm.models import Ticket
from itsm.tickets import actions
from people.models import Category, Service, Team, User

from .conftest import manage

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def worked(processes):
    """An incident that Bob took, asked about, and resolved."""
    made = {"created_at": NINE}
    carol = User.objects.create(
        email="carol@x.example", name="Carol", roles=["requester"], **made
    )
    bob = User.objects.create(
        email="bob@x.example", name="Bob", roles=["agent"], **made
    )
    team = Team.objects.create(slug="network", name="Network")
    service = Service.objects.create(slug="vpn", name="VPN")
    mail = Category.objects.create(slug="mail", name="Mail")
    minutes = (NINE + timedelta(minutes=n) for n in range(1, 10))
    with through(Door.PAGE):
        ticket = actions.open_ticket(
            type="incident",
            title="=VPN drops",
            by=bob,
            requester=carol,
            service=service,
            team=team,
            at=NINE,
        )
        actions.take(ticket=ticket, by=bob, at=next(minutes))
        actions.triage(ticket=ticket, by=bob, at=next(minutes), category=mail)
        actions.wait(ticket=ticket, by=bob, at=next(minutes), reason="supplier")
        actions.resume(ticket=ticket, by=bob, at=next(minutes))
        actions.resolve(
            ticket=ticket, by=bob, at=next(minutes), resolution="New firmware"
        )
    return Ticket.objects.get()


def exported():
    ran = manage("export_tickets", "--format", "log")
    assert ran.code == 0, ran.err
    return ran.out


def test_the_log_tells_each_change_and_who_had_it(worked):
    rows = list(csv.DictReader(io.StringIO(exported())))
    assert {row["number"] for row in rows} == {worked.number}
    assert {row["title"] for row in rows} == {"'=VPN drops"}
    assert {row["requester"] for row in rows} == {"carol@x.example"}
    assert {row["service"] for row in rows} == {"VPN"}
    first, last = rows[0], rows[-1]
    assert (first["state"], first["person"], first["category"]) == ("new", "", "")
    assert (last["state"], last["person"]) == ("resolved", "bob@x.example")
    assert (last["group"], last["category"]) == ("Network", "Mail")
    states = [row["state"] for row in rows]
    assert list(dict.fromkeys(states)) == ["new", "in_progress", "waiting", "resolved"]


def test_read_back_where_it_came_from_nothing_changes(worked, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(exported(), encoding="utf-8")
    before = Event.objects.count()
    ran = manage(
        "import_tickets", "--format", "log", path, "--report", tmp_path / "report.csv"
    )
    assert ran.code == 0, ran.out
    assert "here already: 1" in ran.out
    assert (Ticket.objects.count(), Event.objects.count()) == (1, before)


def test_read_back_elsewhere_it_is_the_same_log(worked, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(exported(), encoding="utf-8")
    Ticket.objects.filter(pk=worked.pk).update(
        number="INC-1", opened_at=NINE - timedelta(days=9), restricted=True
    )
    ran = manage(
        "import_tickets", "--format", "log", path, "--report", tmp_path / "report.csv"
    )
    assert ran.code == 0, ran.out
    copy = Ticket.objects.get(external_ref=worked.number)
    assert (copy.title, copy.owner.email) == ("=VPN drops", "bob@x.example")
    assert exported() == path.read_text(encoding="utf-8")
