"""Rows of an incident audit log that are out of order, odd or broken."""

import csv
from datetime import UTC, datetime

import pytest

from core.models import Event
from itsm.models import Ticket
from itsm.tickets.exchange.uci import REQUIRED
from people.models import Membership
from tests.itsm.checks import CLOCKS

from .conftest import manage

pytestmark = pytest.mark.usefixtures("processes")
USUAL = dict.fromkeys(REQUIRED, "?") | {
    "number": "INC0000001",
    "incident_state": "New",
    "sys_mod_count": "0",
    "reassignment_count": "0",
    "reopen_count": "0",
    "made_sla": "true",
    "caller_id": "Caller 1",
    "opened_by": "Opened by  8",
    "opened_at": "29/2/2016 01:16",
    "sys_updated_by": "Updated by 2",
    "sys_updated_at": "29/2/2016 01:23",
    "impact": "2 - Medium",
    "urgency": "2 - Medium",
    "priority": "3 - Moderate",
    "contact_type": "Phone",
}


@pytest.fixture
def load(tmp_path):
    """Imports rows, each given by what differs from the usual; answers the report."""

    def run(*rows, code=0):
        path = tmp_path / "log.csv"
        with path.open("w", newline="") as out:
            writer = csv.DictWriter(out, REQUIRED)
            writer.writeheader()
            writer.writerows(USUAL | row for row in rows)
        report = tmp_path / "report.csv"
        ran = manage("import_tickets", "--format", "uci", path, "--report", report)
        assert ran.code == code, ran.err + ran.out
        with report.open(newline="") as opened:
            return list(csv.DictReader(opened))

    return run


def events():
    rows = Event.objects.filter(subject_type="ticket").exclude(kind__in=CLOCKS)
    return list(rows.order_by("id"))


def test_rows_are_ordered_by_their_count_and_ties_as_they_stand(load):
    load(
        {"sys_mod_count": "2", "incident_state": "Resolved", "made_sla": "false"},
        {"number": "INC0000002"},
        {"sys_mod_count": "1", "incident_state": "Active"},
        {"sys_mod_count": "2", "incident_state": "Closed", "made_sla": "false"},
        {"sys_mod_count": "0"},
    )
    ticket = Ticket.objects.get(external_ref="INC0000001")
    kinds = [e.kind for e in events() if e.subject_id == ticket.pk]
    assert kinds == ["ticket.open", "ticket.start", "ticket.resolve", "ticket.close"]
    assert ticket.extra["made_sla"] is True  # what the last row in the file says
    assert events()[-2].changes["made_sla"] == [False, True]
    assert ticket.extra["imported"] == {"format": "uci", "rows": 4}


def test_the_day_stands_before_the_month(load):
    load({"opened_at": "5/3/2016 12:00"})
    assert Ticket.objects.get().opened_at == datetime(2016, 3, 5, 12, tzinfo=UTC)


def test_a_rise_of_the_count_is_an_event_though_no_team_is_known(load):
    load(
        {"assignment_group": "Group 1"},
        {"sys_mod_count": "1", "reassignment_count": "1"},
        {"sys_mod_count": "2", "reassignment_count": "2"},
    )
    assert [e.kind for e in events()] == ["ticket.open", *["ticket.assign"] * 2]
    assert events()[1].changes["team"][1] is None
    assert events()[2].changes["reassignment_count"] == [1, 2]
    assert "team" not in events()[2].changes
    assert Ticket.objects.get().handovers == 2


@pytest.mark.parametrize(
    ("state", "ours", "reason"),
    [
        ("New", "new", ""),
        ("Active", "in_progress", ""),
        ("Awaiting User Info", "waiting", "requester"),
        ("Awaiting Evidence", "waiting", "requester"),
        ("Awaiting Vendor", "waiting", "supplier"),
        ("Awaiting Problem", "waiting", "problem"),
        ("Resolved", "resolved", ""),
        ("Closed", "closed", ""),
        ("-100", "in_progress", ""),
    ],
)
def test_each_state_has_its_place(load, state, ours, reason):
    load({"incident_state": state})
    ticket = Ticket.objects.get()
    assert (ticket.state, ticket.wait_reason) == (ours, reason)


def test_a_reopening_is_one_and_counted(load):
    load(
        {},
        {"sys_mod_count": "1", "incident_state": "Resolved"},
        {"sys_mod_count": "2", "incident_state": "Active", "reopen_count": "1"},
    )
    assert events()[-1].kind == "ticket.reopen"
    ticket = Ticket.objects.get()
    assert (ticket.reopens, ticket.resolved_at) == (1, None)


def test_who_resolved_it_is_said_where_it_was_resolved(load):
    load(
        {},
        {"sys_mod_count": "1", "incident_state": "Resolved", "resolved_by": "R 7"},
        {"sys_mod_count": "2", "incident_state": "Closed", "resolved_by": "R 7"},
    )
    assert [("resolved_by" in e.changes) for e in events()] == [False, True, False]


def test_waiting_for_the_user_is_added_up(load):
    load(
        {},
        {
            "sys_mod_count": "1",
            "incident_state": "Awaiting User Info",
            "sys_updated_at": "1/3/2016 10:00",
        },
        {
            "sys_mod_count": "2",
            "incident_state": "Active",
            "sys_updated_at": "1/3/2016 12:30",
        },
    )
    ticket = Ticket.objects.get()
    assert ticket.paused_for.total_seconds() == 9000
    assert ticket.paused_since is None


def test_who_worked_somewhere_most_belongs_there(load):
    at = {"assigned_to": "Resolver 1"}
    load(
        at | {"assignment_group": "Group 1"},
        at | {"assignment_group": "Group 2", "sys_mod_count": "1"},
        at | {"assignment_group": "Group 2", "sys_mod_count": "2"},
    )
    assert Membership.objects.get().team.name == "Group 2"


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        ({"incident_state": "-101"}, "the state '-101' is not known"),
        ({"incident_state": "?"}, "the state '?' is not known"),
        ({"number": "?"}, "it has no number"),
        ({"sys_mod_count": "many"}, "sys_mod_count 'many' is not a whole number"),
        ({"reopen_count": "-1"}, "reopen_count '-1' is not a whole number"),
        ({"reassignment_count": "99999999999"}, "is not a whole number"),
        ({"reopen_count": "9" * 5000}, "is not a whole number"),
        ({"opened_at": "1/1/9999 10:00"}, "opened_at '1/1/9999 10:00' is not"),
        ({"opened_at": f"{'9' * 20}/1/2016 10:00"}, "is not a day/month/year time"),
        ({"opened_at": "31/2/2016 10:00"}, "opened_at '31/2/2016 10:00' is not"),
        ({"sys_updated_at": "?"}, "sys_updated_at '?' is not"),
        ({"closed_at": "2016-02-29"}, "closed_at '2016-02-29' is not"),
        ({"made_sla": "maybe"}, "made_sla is neither"),
        ({"impact": "9 - Huge"}, "impact '9 - Huge' is not"),
        ({"priority": "urgent"}, "the priority 'urgent' is not"),
        ({"caller_id": "x" * 201}, "longer than 200"),
        ({"assignment_group": "a\0b"}, "control character"),
    ],
)
def test_a_row_that_cannot_be_placed_is_reported_and_the_others_stay(load, odd, reason):
    rows = load({}, {"sys_mod_count": "1"} | odd, {"sys_mod_count": "2"}, code=1)
    assert [row["row"] for row in rows] == ["3"]
    assert reason in rows[0]["reason"]
    assert rows[0]["outcome"] == "not placed"
    assert len(events()) == 2
