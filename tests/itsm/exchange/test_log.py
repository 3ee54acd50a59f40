"""The generic event log: what goes in comes out the same."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.cells import safe
from core.models import Event
from itsm.models import Comment, Ticket
from itsm.tickets.states import PREFIXES
from people.models import Membership, Service, Team, User
from tests.itsm.checks import CLOCKS

from .conftest import manage

HEADER = "number,at,state,group,person,requester,service,category,impact,urgency,title"
STATES = {
    "REQ": ["new", "approval", "fulfilling", "waiting", "fulfilled", "closed"],
    "CHG": ["draft", "assessing", "scheduled", "implementing", "review", "closed"],
    "PRB": ["new", "investigating", "known_error", "closed", "risk_accepted"],
    "": ["new", "in_progress", "waiting", "resolved", "closed", "cancelled"],
}
ODD = ["=1+1", "+49 30 1", "-5", "@home", "'=quoted", "''=twice", "'tis", "日本", "Å"]


def load(path: Path, *arguments: object) -> None:
    report = path.with_suffix(".report")
    ran = manage(
        "import_tickets", "--format", "log", path, "--report", report, *arguments
    )
    assert ran.code == 0, ran.err + ran.out


def dump(*arguments: object) -> str:
    ran = manage("export_tickets", "--format", "log", *arguments)
    assert ran.code == 0, ran.err
    return ran.out


def written(rows: list[list[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER.split(","))
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue()


@pytest.mark.usefixtures("processes")
class TestImporting:
    def test_a_ticket_gets_its_state_people_and_history(self, log_file):
        load(
            log_file(
                HEADER,
                "INC-7,2026-03-01T09:00:00Z,New,,,Carol,VPN,Access,high,high,VPN down",
                "INC-7,2026-03-01T09:10:00Z,In progress,Network,erin@x.example,Carol,"
                "VPN,Access,high,high,VPN down",
                "INC-7,2026-03-01T10:00:00Z,Resolved,Network,erin@x.example,Carol,"
                "VPN,Access,high,high,VPN down",
            )
        )
        ticket = Ticket.objects.get(external_ref="INC-7")
        assert ticket.number != "INC-7"
        assert (ticket.type, ticket.state, ticket.priority) == (
            "incident",
            "resolved",
            1,
        )
        assert ticket.title == "VPN down"
        assert ticket.owner.email == "erin@x.example"
        assert ticket.owner.roles == ["agent"]
        assert ticket.requester.email == "carol@imported.invalid"
        assert ticket.requester.organisation == ticket.organisation
        assert ticket.resolved_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
        assert ticket.timer_verb == "close"
        kinds = Event.objects.filter(subject_type="ticket").order_by("id")
        kinds = kinds.exclude(kind__in=CLOCKS)
        assert [e.kind for e in kinds] == [
            "ticket.open",
            "ticket.start",
            "ticket.resolve",
        ]
        assert {e.door for e in kinds} == {"import"}
        assert Membership.objects.get(user=ticket.owner).team.name == "Network"

    def test_rows_in_any_order_are_brought_into_order(self, log_file):
        load(
            log_file(
                HEADER,
                "A,2026-03-01T10:00:00Z,resolved,,,,,,,,T",
                "B,2026-03-01T10:00:00Z,new,,,,,,,,T",
                "A,2026-03-01T09:00:00+02:00,new,,,,,,,,T",
            )
        )
        ticket = Ticket.objects.get(external_ref="A")
        assert ticket.opened_at == datetime(2026, 3, 1, 7, tzinfo=UTC)
        assert ticket.state == "resolved"

    def test_the_prefix_of_a_number_tells_the_practice(self, log_file):
        lines = [
            f"{prefix}-1,2026-03-01,{states[0]},,,,,,,,T"
            for prefix, states in STATES.items()
            if prefix
        ]
        load(log_file(HEADER, *lines))
        for ticket in Ticket.objects.all():
            assert ticket.number.startswith(ticket.external_ref[:4])
            assert ticket.number.startswith(PREFIXES[ticket.type])

    def test_an_open_ticket_stands_in_the_order_of_work(self, log_file):
        load(log_file(HEADER, "A,2026-03-01T10:00:00Z,new,,,,,,high,high,T"))
        ticket = Ticket.objects.get()
        assert (ticket.band, ticket.state_category) == (0, "new")
        assert ticket.start_by > ticket.opened_at
        assert ticket.next_due_at is not None
        assert ticket.next_due_kind == "response"

    def test_people_teams_and_services_that_are_here_are_found(self, log_file):
        at = datetime(2026, 1, 1, tzinfo=UTC)
        bob = User.objects.create(
            email="bob@x.example", name="Bob Berg", roles=["agent"], created_at=at
        )
        desk = Team.objects.create(slug="desk", name="Service Desk")
        load(
            log_file(
                HEADER,
                "A,2026-03-01,new,Service Desk,Bob Berg,,,,,,T",
                "B,2026-03-01,new,desk,BOB@X.example,,,,,,T",
            )
        )
        for ticket in Ticket.objects.all():
            assert (ticket.owner, ticket.team) == (bob, desk)
        assert not Membership.objects.exists()

    def test_a_ticket_of_a_restricted_service_starts_restricted(self, log_file):
        Service.objects.create(slug="hr", name="HR portal", is_restricted=True)
        load(
            log_file(
                HEADER,
                "A,2026-03-01,new,,,,HR portal,,,,T",
                "B,2026-03-01,new,,,,Files,,,,T",
            )
        )
        restricted = dict(Ticket.objects.values_list("external_ref", "restricted"))
        assert restricted == {"A": True, "B": False}

    def test_rows_that_cannot_be_placed_are_in_the_report(self, log_file, tmp_path):
        report = tmp_path / "report.csv"
        path = log_file(
            HEADER,
            "A,2026-03-01,new,,,,,,,,T",
            ",2026-03-01,new,,,,,,,,T",
            "B,the other day,new,,,,,,,,T",
            "C,2026-03-01,on the moon,,,,,,,,T",
            "D,2026-03-01,new,,,,,,enormous,,T",
            "E,2026-03-01,new,T",
            f"F,2026-03-01,new,{'x' * 201},,,,,,,T",
            f"{'G' * 201},2026-03-01,new,,,,,,,,T",
            "H,2026-03-01,new,\x00,,,,,,,T",
            "=HYPERLINK(1),0001-01-01,new,,,,,,,,T",
            f"I,2026-03-01,new,,,,,,,,{'t' * 300}",
        )
        ran = manage("import_tickets", "--format", "log", path, "--report", report)
        assert ran.code == 1
        assert "Rows not placed: 9; placed with a remark: 1" in ran.out
        with report.open(newline="") as opened:
            rows = list(csv.DictReader(opened))
        assert [int(row["row"]) for row in rows] == list(range(3, 13))
        assert rows[-2]["number"] == "'=HYPERLINK(1)"
        assert "on the moon" in rows[2]["reason"]
        assert Ticket.objects.count() == 2

    def test_a_second_run_changes_nothing_and_new_rows_are_reported(self, log_file):
        lines = [HEADER, "A,2026-03-01T09:00:00Z,new,,,,,,,,T"]
        load(log_file(*lines))
        load(log_file(*lines))
        told = Event.objects.filter(subject_type="ticket")
        assert told.exclude(kind__in=CLOCKS).count() == 1
        path = log_file(*lines, "A,2026-03-02T09:00:00Z,resolved,,,,,,,,T")
        ran = manage(
            "import_tickets", "--format", "log", path, "--report", f"{path}.report"
        )
        assert ran.code == 1
        assert Ticket.objects.get().state == "new"
        assert (
            "was imported before without this row" in Path(f"{path}.report").read_text()
        )

    def test_our_own_export_read_back_changes_nothing(self, log_file, tmp_path):
        load(log_file(HEADER, "A,2026-03-01T09:00:00Z,new,,,,,,,,T"))
        Ticket.objects.update(external_ref="", extra={})
        own = tmp_path / "own.csv"
        own.write_text(dump(), encoding="utf-8")
        assert Ticket.objects.get().number in own.read_text()
        load(own)
        assert Ticket.objects.count() == 1

    def test_a_number_that_a_person_gave_another_ticket_is_not_taken(self, log_file):
        load(log_file(HEADER, "A,2026-03-01T09:00:00Z,new,,,,,,,,T"))
        Ticket.objects.update(extra={})
        path = log_file(HEADER, "A,2026-03-01T09:00:00Z,new,,,,,,,,T")
        ran = manage(
            "import_tickets", "--format", "log", path, "--report", f"{path}.report"
        )
        assert ran.code == 1
        assert Ticket.objects.count() == 1

    def test_a_dry_run_tells_and_changes_nothing(self, log_file):
        path = log_file(HEADER, "A,2026-03-01,new,Desk,Bob,Carol,VPN,,,,T", "B,x,new,,")
        ran = manage("import_tickets", "--format", "log", path, "--dry-run")
        assert ran.code == 1
        assert "Nothing was changed" in ran.out
        assert "1 tickets (1 incident) with 1 events" in ran.out
        assert "new person: Bob" in ran.out
        assert "row 3" in ran.out
        assert not Ticket.objects.exists()
        assert not User.objects.exists()
        assert not Team.objects.exists()


words = st.one_of(
    st.sampled_from(ODD),
    st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), min_size=1),
).map(lambda text: " ".join(text.split())[:60].strip())
names = (
    words.filter(bool)
    .map(lambda text: text.casefold())
    .filter(lambda text: text.casefold() == text)
)
maybe = st.just("") | names
levels = st.sampled_from(["high", "medium", "low"])
titles = words.filter(bool) | st.sampled_from(
    ['a "b", c', "two\nlines", "=cmd|' /C'!A0"]
)
moments = st.datetimes(
    datetime(2001, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)
)


@st.composite
def logs(draw: st.DrawFn) -> list[list[str]]:
    """A log as it is exported: ticket by ticket, each by time."""
    rows = []
    for n in range(draw(st.integers(1, 3))):
        prefix = draw(st.sampled_from(list(STATES)))
        number = f"{prefix}-{n}" if prefix else f"{draw(words)[:20]}#{n}"
        if number[:3].upper() in STATES and not prefix:
            number = f"x{number}"
        at, title = draw(moments), draw(titles)
        for _ in range(draw(st.integers(1, 4))):
            at += timedelta(microseconds=draw(st.integers(0, 10**12)))
            rows.append(
                [
                    number,
                    at.isoformat().replace("+00:00", "Z"),
                    draw(st.sampled_from(STATES[prefix])),
                    *(draw(maybe) for _ in range(5)),
                    draw(levels),
                    draw(levels),
                    title,
                ]
            )
    return rows


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=logs())
def test_what_is_imported_is_exported_the_same(processes, tmp_path, rows):
    path = tmp_path / "log.csv"
    path.write_text(written(rows), encoding="utf-8", newline="")
    with transaction.atomic():
        load(path)
        assert list(csv.reader(io.StringIO(dump()))) == list(
            csv.reader(io.StringIO(written(rows)))
        )
        transaction.set_rollback(True)


@pytest.mark.usefixtures("processes")
class TestExporting:
    @pytest.fixture(autouse=True)
    def two_tickets(self, processes, log_file):
        load(
            log_file(
                HEADER,
                "INC-9,2026-03-01T09:00:00Z,new,Desk,Bob,Carol,,,low,low,<b>&\x0b1",
                "INC-9,2026-03-01T09:30:00Z,resolved,Desk,Bob,Carol,,,low,low,<b>&\x0b1",
                "SECRET-1,2026-03-01T09:00:00Z,new,Desk,,Carol,,,low,low,Payroll",
            )
        )
        Ticket.objects.filter(external_ref="SECRET-1").update(restricted=True)

    @pytest.mark.parametrize("format_", ["log", "json", "xes"])
    def test_restricted_tickets_stay_out_unless_asked_for(self, format_):
        usual = manage("export_tickets", "--format", format_)
        everything = manage(
            "export_tickets", "--format", format_, "--include-restricted"
        )
        assert (usual.code, everything.code) == (0, 0)
        assert "Payroll" not in usual.out
        assert "Payroll" in everything.out

    def test_json_lines_hold_a_ticket_with_events_and_comments(self):
        ticket = Ticket.objects.get(external_ref="INC-9")
        Comment.objects.create(
            ticket=ticket,
            author=ticket.owner,
            body="Done.",
            is_public=True,
            channel="agent",
            at=ticket.updated_at,
        )
        (line,) = manage("export_tickets", "--format", "json").out.splitlines()
        told = json.loads(line)
        assert told["number"] == ticket.number
        assert (told["priority"], told["team"]) == ("P5", "desk")
        assert told["owner"] == "bob@imported.invalid"
        told_kinds = [e["kind"] for e in told["events"] if e["kind"] not in CLOCKS]
        assert told_kinds == ["ticket.open", "ticket.resolve"]
        assert told["events"][0]["changes"]["owner"] == [None, "bob@imported.invalid"]
        assert told["events"][0]["changes"]["team"] == [None, "desk"]
        assert told["comments"][0]["body"] == "Done."

    def test_xes_is_well_formed_whatever_a_title_holds(self):
        ran = manage("export_tickets", "--format", "xes")
        root = ElementTree.fromstring(ran.out.encode())
        space = "{http://www.xes-standard.org/}"
        (trace,) = root.findall(f"{space}trace")
        names = [node.get("value") for node in trace.findall(f"{space}string")]
        assert names == ["INC-9", "<b>&1"]
        events = trace.findall(f"{space}event")
        assert [e.find(f"{space}string").get("value") for e in events] == [
            "open",
            "resolve",
        ]
        assert events[0].find(f"{space}date").get("value") == "2026-03-01T09:00:00Z"

    def test_a_file_appears_only_when_it_is_whole(self, tmp_path):
        out = tmp_path / "out.csv"
        assert manage("export_tickets", "--format", "log", "--output", out).code == 0
        assert out.read_text().startswith(HEADER)
        assert list(tmp_path.glob("*.part")) == []

    def test_a_place_that_cannot_be_written_is_told_in_a_sentence(self):
        ran = manage(
            "export_tickets", "--format", "log", "--output", "/proc/nowhere/out.csv"
        )
        assert ran.code == 2
        assert "cannot be written" in ran.err
        assert "Traceback" not in ran.err
