"""A plain table of tickets: mapping, dry run, and what one row tells."""

from datetime import UTC, datetime

import pytest

from core.models import Event
from itsm.models import Ticket
from itsm.tickets import details
from people.models import User
from tests.itsm.checks import CLOCKS

from .conftest import manage

pytestmark = pytest.mark.usefixtures("processes")
FULL = (
    "number,title,description,type,state,priority,impact,urgency,requester,owner,team,"
    "service,category,opened_at,resolved_at,closed_at,resolution"
)


def load(path, *arguments):
    return manage(
        "import_tickets", "--format", "csv", path, "--report", f"{path}.r", *arguments
    )


def test_a_full_row_becomes_a_ticket_with_its_history(log_file):
    ran = load(
        log_file(
            FULL,
            "T-1,Mail is slow,Since Monday.,incident,Closed,P2,high,medium,"
            "carol@acme.example,Bob Berg,Service Desk,E-mail,mail,"
            "2026-03-01T09:00:00Z,2026-03-02T09:00:00Z,2026-03-09T09:00:00Z,Indexed",
        )
    )
    assert ran.code == 0, ran.err
    ticket = Ticket.objects.get(external_ref="T-1")
    assert (ticket.type, ticket.state, ticket.priority) == ("incident", "closed", 2)
    assert (ticket.title, ticket.description) == ("Mail is slow", "Since Monday.")
    assert ticket.resolution == "Indexed"
    assert ticket.requester.email == "carol@acme.example"
    assert ticket.requester.name == "carol"
    assert ticket.service.name == "E-mail"
    events = Event.objects.filter(subject_type="ticket").order_by("id")
    events = events.exclude(kind__in=CLOCKS)
    assert [(e.kind, e.at.day) for e in events] == [
        ("ticket.open", 1),
        ("ticket.resolve", 2),
        ("ticket.close", 9),
    ]


def test_columns_of_other_tools_are_recognised(log_file):
    ran = load(
        log_file(
            "Number;Short description;State;Caller;Assigned to;Assignment group;Opened",
            "INC0010001;VPN drops;Work in Progress;Carol;Bob;Network;1/3/2026 09:30",
        )
    )
    assert ran.code == 0, ran.err
    ticket = Ticket.objects.get()
    assert (ticket.title, ticket.state) == ("VPN drops", "in_progress")
    assert (ticket.owner.name, ticket.team.name) == ("Bob", "Network")
    assert ticket.opened_at == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    events = Event.objects.filter(subject_type="ticket").exclude(kind__in=CLOCKS)
    kinds = [e.kind for e in events.order_by("id")]
    assert kinds == ["ticket.open", "ticket.start"]


def test_a_map_wins_over_what_columns_are_called(log_file):
    path = log_file("id,title,headline,made", "1,wrong,right,2026-03-01")
    ran = load(path, "--map", "title=headline", "--map", "opened_at=made")
    assert ran.code == 0, ran.err
    assert Ticket.objects.get().title == "right"


def test_a_needed_column_that_is_not_found_is_asked_for(log_file):
    ran = load(log_file("id,title", "1,x"))
    assert ran.code == 2
    assert "no column for opened_at; name it with --map opened_at=COLUMN" in ran.err


def test_a_dry_run_says_columns_people_and_problems(log_file):
    path = log_file(
        "id,subject,created,caller,colour",
        "1,x,2026-03-01,Carol,red",
        "2,x,never,Carol,red",
    )
    ran = load(path, "--dry-run")
    assert ran.code == 1
    assert "number from id, title from subject" in ran.out
    assert "Columns not read: colour" in ran.out
    assert "new person: Carol" in ran.out
    assert "row 3 (2): opened_at 'never'" in ran.out
    assert not Ticket.objects.exists()
    assert not User.objects.exists()


def test_a_state_that_is_not_told_follows_from_the_times(log_file):
    load(
        log_file(
            "id,title,opened,resolved,closed",
            "1,x,2026-03-01,,",
            "2,x,2026-03-01,2026-03-02,",
            "3,x,2026-03-01,,2026-03-03",
        )
    )
    states = dict(Ticket.objects.values_list("external_ref", "state"))
    assert states == {"1": "new", "2": "resolved", "3": "closed"}


def test_types_and_priorities_that_do_not_exist_are_reported(log_file):
    path = log_file(
        "id,title,opened,type,priority",
        "1,x,2026-03-01,incident,P2",
        "2,x,2026-03-01,epic,P2",
        "3,x,2026-03-01,request,P9",
        "1,x,2026-03-01,incident,P2",
        "5,x,,incident,P2",
    )
    ran = load(path)
    assert ran.code == 1
    report = (path.parent / f"{path.name}.r").read_text()
    assert "'epic' is not one of" in report
    assert "'P9' is not P1 to P5" in report
    assert "a row above has the same number" in report
    assert "does not say when it was opened" in report
    assert Ticket.objects.get().priority_reason == "As in the imported log"


def test_a_second_run_changes_nothing(log_file):
    path = log_file("id,title,opened", "1,x,2026-03-01", "2,x,2026-03-01")
    assert load(path).code == 0
    again = load(path)
    assert again.code == 0
    assert "here already: 2" in again.out
    assert Ticket.objects.count() == 2


def test_a_request_and_a_change_get_the_rows_their_practice_keeps(log_file):
    load(
        log_file(
            "id,title,opened,type",
            "1,x,2026-03-01,service request",
            "2,x,2026-03-01,Change",
            "3,x,2026-03-01,problem",
        )
    )
    for ticket in Ticket.objects.all():
        practice = details.of(ticket.type)
        rows = practice.model.objects.filter(ticket=ticket)
        assert rows.exists() == practice.always
        assert Event.objects.filter(subject_id=ticket.pk, kind="ticket.open").exists()
