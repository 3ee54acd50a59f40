"""Files that cannot be imported: a sentence and exit code 2, nothing written."""

import lzma
from pathlib import Path

import pytest

from core.models import Event
from itsm.models import Ticket
from people.models import User

from .conftest import manage

UCI = (
    "number,incident_state,active,reassignment_count,reopen_count,sys_mod_count,"
    "made_sla,caller_id,opened_by,opened_at,sys_created_by,sys_created_at,"
    "sys_updated_by,sys_updated_at,contact_type,location,category,subcategory,"
    "u_symptom,cmdb_ci,impact,urgency,priority,assignment_group,assigned_to,knowledge,"
    "u_priority_confirmation,notify,problem_id,rfc,vendor,caused_by,closed_code,"
    "resolved_by,resolved_at,closed_at"
)
LOG = "number,at,state,group,person,requester,service,category,impact,urgency,title"
GOOD = "X-1,2026-03-01T09:00:00Z,New,Desk,,Carol,,,low,low,Broken"
TABLE = "number,title,opened_at"
CASES = {
    "empty": (b"", "is empty"),
    "blank lines": (b"\n\n\n", "is empty"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), "not UTF-8"),
    "not a table": (b"Dear all,\nthe printer is broken.\n", "has no column"),
    "zeros": (b"\0" * 500, "is not a CSV file"),
    "latin-1": (
        LOG.encode() + "\nX-1,2026-03-01,New,Büro,,,,,,,\n".encode("latin-1"),
        "not UTF-8",
    ),
    "utf-16": (LOG.encode("utf-16"), "not UTF-8"),
    "an open quotation mark": (
        f'{LOG}\nX-1,"2026-03-01{"x" * 140_000}'.encode(),
        "Is a quotation mark missing?",
    ),
    "a damaged package": (lzma.compress(LOG.encode() * 900)[:-40], "damaged"),
    "a column twice": (f"{LOG},state\n".encode(), "more than once"),
}


@pytest.fixture(autouse=True)
def nothing_is_written(processes):
    before = [model.objects.count() for model in (Ticket, Event, User)]
    yield
    assert [model.objects.count() for model in (Ticket, Event, User)] == before


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("format_", ["uci", "log", "csv"])
def test_a_malformed_file_is_refused_in_a_sentence(tmp_path, name, format_):
    content, sentence = CASES[name]
    path = tmp_path / "in.csv"
    path.write_bytes(content)
    ran = manage("import_tickets", "--format", format_, path)
    assert ran.code == 2
    assert "Traceback" not in ran.err
    if format_ == "log":
        assert sentence in ran.err


def test_missing_columns_are_named_with_those_that_are_there(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text(UCI.replace("made_sla,", "") + "\n")
    ran = manage("import_tickets", "--format", "uci", path)
    assert ran.code == 2
    assert "has no column made_sla" in ran.err
    assert "incident_state" in ran.err


@pytest.mark.parametrize("path", ["/nowhere/log.csv", "/"])
def test_a_file_that_cannot_be_read_is_refused(path):
    ran = manage("import_tickets", "--format", "log", path)
    assert ran.code == 2
    assert "cannot be read" in ran.err


def test_a_report_that_cannot_be_written_stops_it_before_it_begins(log_file):
    path = log_file(LOG, GOOD)
    ran = manage(
        "import_tickets", "--format", "log", path, "--report", "/proc/no/report.csv"
    )
    assert ran.code == 2
    assert "--report" in ran.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--map", "title"], "not field=column"),
        (["--map", "colour=title"], "not field=column"),
        (["--map", "title=Headline"], "has no column Headline"),
        (["--organisation", "No Slug"], "is a slug"),
        (["--organisation", "x" * 51], "longer than 50"),
    ],
)
def test_an_argument_that_makes_no_sense_is_explained(log_file, arguments, sentence):
    path = log_file(TABLE, "X-1,Broken,2026-03-01")
    ran = manage("import_tickets", "--format", "csv", path, *arguments)
    assert ran.code == 2
    assert sentence in ran.err


def test_a_header_without_rows_is_an_import_of_nothing(log_file):
    ran = manage("import_tickets", "--format", "log", log_file(LOG))
    assert ran.code == 0
    assert "Imported 0 tickets" in ran.out


def test_without_process_versions_it_says_what_to_run(log_file):
    from processes.models import Rollout

    Rollout.objects.all().delete()
    from processes.models import ProcessVersion

    ProcessVersion.objects.filter(process__slug="change").update(status="retired")
    ran = manage("import_tickets", "--format", "log", log_file(LOG, GOOD))
    assert ran.code == 2
    assert "load_processes" in ran.err


def test_the_report_lies_in_the_products_own_directory_unless_named(
    log_file, settings, tmp_path
):
    settings.VAR = Path(tmp_path)
    path = log_file(LOG, "X-1,yesterday,New,,,,,,,,Broken", name="odd.csv")
    ran = manage("import_tickets", "--format", "log", path)
    assert ran.code == 1
    assert (tmp_path / "imports" / "odd.csv.report.csv").exists()
