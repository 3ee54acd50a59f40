"""The real log of a service desk, imported whole: what is in it is what we say."""

import csv
import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from itsm.tickets.exchange import findings

from .conftest import ROOT, Database, Ran, manage

DATA = "data/uci_incident_event_log/incident_event_log.csv.xz"
LOG = next(ROOT.parent.glob(f"*/{DATA}"), ROOT.parent / DATA)  # beside the project
pytestmark = [
    pytest.mark.xdist_group("uci"),  # one worker imports it, once (--dist loadgroup)
    pytest.mark.skipif(not LOG.exists(), reason="the real log is absent"),
]
INCIDENTS, ROWS = 24_918, 141_712
WHOLE_INCIDENTS = """
SELECT count(*) FROM itsm_ticket t WHERE (t.extra #>> '{imported,rows}')::int <> (
    SELECT count(*) FROM core_event e
    WHERE e.subject_type = 'ticket' AND e.subject_id = t.id
        AND e.kind NOT IN ('ticket.promise', 'ticket.miss'))
"""  # what our own promises would have been is told beside the log
CLOCKS = "SELECT count(*), count(*) FILTER (WHERE state = 'missed') FROM itsm_clock"
# All that the import wrote, by the source's numbers: ours may have gaps after a kill.
DIGESTS = (
    """SELECT md5(string_agg(md5((t.external_ref, t.type, t.title, t.state,
        t.state_category, t.state_since, t.wait_reason, t.channel, t.impact, t.urgency,
        t.priority, t.opened_at, t.updated_at, t.resolved_at, t.closed_at, t.handovers,
        t.reopens, t.resolution_code, t.paused_for, t.band, t.start_by, t.extra,
        r.email, o.email, m.slug, c.slug, g.slug)::text), '' ORDER BY external_ref))
    FROM itsm_ticket t LEFT JOIN people_user r ON r.id = requester_id
    LEFT JOIN people_user o ON o.id = owner_id LEFT JOIN people_team m ON m.id = team_id
    LEFT JOIN people_category c ON c.id = category_id
    LEFT JOIN people_organisation g ON g.id = t.organisation_id""",
    """SELECT md5(string_agg(md5((t.external_ref, e.kind, e.at, a.email, e.door,
        e.public, e.changes)::text), '' ORDER BY t.external_ref, e.id))
    FROM core_event e JOIN itsm_ticket t ON t.id = e.subject_id
    LEFT JOIN people_user a ON a.id = e.actor_id WHERE e.subject_type = 'ticket'""",
    """SELECT md5(string_agg(md5((u.email, u.name, u.roles, t.slug)::text), ''
        ORDER BY u.email, t.slug)) FROM people_user u
    LEFT JOIN people_membership m ON m.user_id = u.id
    LEFT JOIN people_team t ON t.id = m.team_id""",
)
TOTALS = """
SELECT (SELECT count(*) FROM itsm_ticket), (SELECT count(*) FROM core_event),
    (SELECT max(id) FROM core_event), (SELECT max(updated_at) FROM itsm_ticket),
    (SELECT count(*) FROM people_user), (SELECT count(*) FROM people_team),
    (SELECT count(*) FROM people_membership), (SELECT count(*) FROM people_category),
    (SELECT count(*) FROM people_organisation), (SELECT sum(version) FROM itsm_ticket),
    (SELECT last_value FROM itsm_number_inc)
"""


def digest(database: Database) -> list[object]:
    return [database.value(sql) for sql in DIGESTS]


def import_log(database: Database, report: Path) -> Ran:
    return database.run("import_tickets", "--format", "uci", LOG, "--report", report)


@pytest.fixture(scope="module")
def whole(
    databases: Sequence[Database], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Database, Ran, float, Path]:
    """The log, imported in one go: the database, what was said, seconds, report."""
    report = tmp_path_factory.mktemp("reports") / "report.csv"
    started = time.monotonic()
    ran = import_log(databases[0], report)
    return databases[0], ran, time.monotonic() - started, report


@pytest.fixture(scope="module")
def found(whole: tuple[Database, Ran, float, Path]) -> findings.Findings:
    opened = whole[0].connect()
    try:
        with opened.cursor() as cursor:
            return findings.find(cursor)
    finally:
        opened.close()


def test_the_whole_log_is_in(whole):  # how quickly is measured in `make bench`
    _, ran, _, _ = whole
    assert ran.code == 0, ran.err
    assert "Imported 24,918 tickets with 141,712 events" in ran.out
    assert "Rows not placed: 0" in ran.out
    assert "Traceback" not in ran.err


def test_every_row_is_one_event_of_its_incident(whole):
    database = whole[0]
    assert database.value("SELECT count(*) FROM itsm_ticket") == INCIDENTS
    events = (
        "SELECT count(*) FROM core_event "
        "WHERE subject_type = 'ticket' AND door = 'import' "
        "AND kind NOT IN ('ticket.promise', 'ticket.miss')"
    )
    assert database.value(events) == ROWS
    assert database.value(WHOLE_INCIDENTS) == 0


def test_the_log_counts_24918_incidents(found):
    assert found.incidents == INCIDENTS


def test_the_log_says_how_often_incidents_were_reassigned(found):
    assert round(found.mean_reassignments, 4) == 0.9396
    assert round(found.reassigned * 100, 1) == 45.6
    assert round(found.reassigned_twice * 100, 1) == 20.6


def test_the_log_says_that_275_incidents_were_reopened(found):
    assert found.reopened == 275


def test_the_log_says_how_many_incidents_went_back_to_a_team(found):
    assert round(found.returned * 100, 2) == 8.90


def test_the_log_says_how_many_targets_were_met(found):
    assert round(found.target_met * 100, 2) == 63.42


def test_the_findings_are_printed_at_the_end(whole):
    for words in ("0.9396", "45.6%", "20.6%", "275", "8.90%", "63.42%"):
        assert words in whole[1].out


def test_each_step_of_the_count_is_in_the_log_also_where_the_team_is_unknown(whole):
    rises = """
        SELECT sum((changes->'reassignment_count'->>1)::int
            - COALESCE((changes->'reassignment_count'->>0)::int, 0)),
            count(*) FILTER (WHERE NOT changes ? 'team')
        FROM core_event WHERE changes ? 'reassignment_count'
            AND (changes->'reassignment_count'->>1)::int > 0
            AND (changes->'reassignment_count'->>1)::int
            > COALESCE((changes->'reassignment_count'->>0)::int, 0)"""
    steps, without_a_change_of_team = whole[0].rows(rises)[0]
    assert steps == 23_418
    assert without_a_change_of_team == 94


def test_odd_states_are_placed_and_named_in_the_report(whole):
    database, _, _, report = whole
    with report.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [row["row"] for row in rows] == [
        "115643",
        "115644",
        "124509",
        "124510",
        "124511",
    ]
    assert {row["outcome"] for row in rows} == {"placed"}
    kept = "SELECT count(*) FROM core_event WHERE changes->'source_state'->>1 = '-100'"
    assert database.value(kept) == 2


def test_all_incidents_are_closed_and_counted_as_such(whole):
    database = whole[0]
    states = "SELECT state, state_category, count(*) FROM itsm_ticket GROUP BY 1, 2"
    assert database.rows(states) == [("closed", "closed", INCIDENTS)]
    assert database.value("SELECT COALESCE(sum(n), 0) FROM itsm_ticketcountdelta") == 0
    times = (
        "SELECT count(*) FROM itsm_ticket WHERE closed_at IS NULL "
        "OR resolved_at IS NULL OR start_by <> opened_at OR timer_at IS NOT NULL"
    )
    assert database.value(times) == 0


def test_people_who_were_made_can_neither_sign_in_nor_get_mail(whole):
    odd = (
        "SELECT count(*) FROM people_user "
        "WHERE email NOT LIKE '%@imported.invalid' OR password NOT LIKE '!%'"
    )
    assert whole[0].value(odd) == 0
    assert whole[0].value(
        "SELECT email FROM people_user WHERE name = 'Caller 2403'"
    ) == ("caller-2403@imported.invalid")


def test_the_log_tells_every_clock_again_and_doctor_is_content(whole):
    """Of the last 10,000 incidents, of all of them in a long run."""
    database = whole[0]
    [(clocks, missed)] = database.rows(CLOCKS)
    assert clocks > INCIDENTS
    assert missed > 1000
    doctor = database.run("doctor", *(["--whole"] if os.environ.get("LONG") else []))
    assert doctor.code == 0, doctor.out


def test_a_second_run_changes_nothing(whole, tmp_path):
    database = whole[0]
    before, wrote = database.rows(TOTALS), digest(database)
    again = import_log(database, tmp_path / "again.csv")
    assert again.code == 0, again.err
    assert "Imported 0 tickets with 0 events" in again.out
    assert "here already: 24,918" in again.out
    assert database.rows(TOTALS) == before
    assert digest(database) == wrote


def start_until(
    database: Database, tickets: int, tmp_path: Path
) -> "subprocess.Popen[str]":
    """An import that has written at least so many tickets and is still at it."""
    process = database.start(
        "import_tickets", "--format", "uci", LOG, "--report", tmp_path / "one.csv"
    )
    deadline = time.monotonic() + 120
    while database.value("SELECT count(*) FROM itsm_ticket") < tickets:
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process


@pytest.mark.faults
def test_killed_in_the_middle_and_started_again_it_ends_the_same(
    whole, databases, tmp_path
):
    killed = databases[1]
    process = start_until(killed, 2000, tmp_path)
    ours = "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    killed.rows(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity {ours}")
    _, said = process.communicate()
    assert process.returncode == 2
    assert "run the same command again to go on" in said
    assert "Traceback" not in said

    process = start_until(killed, 6000, tmp_path)
    os.kill(process.pid, 9)
    process.communicate()
    halfway = killed.value("SELECT count(*) FROM itsm_ticket")
    assert 6000 <= halfway < INCIDENTS
    assert killed.value(WHOLE_INCIDENTS) == 0

    resumed = import_log(killed, tmp_path / "two.csv")
    assert resumed.code == 0, resumed.err
    assert f"here already: {halfway:,}" in resumed.out
    assert killed.value("SELECT count(*) FROM itsm_ticket") == INCIDENTS
    assert digest(killed) == digest(whole[0])


def test_exported_and_imported_elsewhere_the_log_is_the_same(
    whole, databases, tmp_path
):
    there = databases[2]
    out, back = tmp_path / "out.csv", tmp_path / "back.csv"
    assert whole[0].run("export_tickets", "--format", "log", "--output", out).code == 0
    ran = there.run(
        "import_tickets", "--format", "log", out, "--report", tmp_path / "report.csv"
    )
    assert ran.code == 0, ran.out
    assert there.run("export_tickets", "--format", "log", "--output", back).code == 0
    assert out.read_bytes() == back.read_bytes()
    assert sum(1 for _ in out.open()) == ROWS + 1


def test_two_imports_at_once_are_refused(processes, tmp_path, whole):
    from django.db import connection

    here = Database(connection.settings_dict["NAME"])
    other = here.connect()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(7236010)")
        ran = manage(
            "import_tickets", "--format", "uci", LOG, "--report", tmp_path / "r.csv"
        )
    finally:
        other.close()
    assert ran.code == 2
    assert "Another import is running" in ran.err
