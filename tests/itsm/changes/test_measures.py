"""DORA's four, the wait for approval, emergencies: each against another SQL."""

import csv
import io
import re
from datetime import date

import pytest
from django.db import connection
from django.utils import timezone

from itsm.changes.measures import drawing, told
from itsm.changes.measures.asked import read
from itsm.changes.measures.queries import measures
from itsm.changes.models import Change
from itsm.tickets import actions
from tests.factories import a_token, as_, later
from tests.itsm.changes.histories import a_kind, approved, deployed, emergency, hurt

pytestmark = pytest.mark.django_db
DAY = 24 * 60
WEEK = 7 * DAY
SPAN = {"from": "2026-03-02", "to": "2026-03-29"}
AROUND = "?from=2026-03-02&to=2026-03-29"


@pytest.fixture
def history(cast):
    """Four weeks of March 2026: what went well and what did not."""
    a_kind()
    bad = deployed(cast, "1.1", at=2 * DAY, took=40, committed=300)
    hurt(cast, bad, at=2 * DAY + 50, lasted=90)
    hurt(cast, bad, at=2 * DAY + 60, lasted=200, service="e-mail")
    still = deployed(cast, "1.4", at=3 * WEEK, took=10, committed=60)
    hurt(cast, still, at=3 * WEEK + 20)
    return {
        "bad": bad,
        "still": still,
        "well": deployed(cast, "1.0", at=10, took=30, committed=120),
        "undone": deployed(cast, "1.2", at=WEEK, took=20, undone=45),
        "failed": deployed(cast, "1.3", at=WEEK + DAY, outcome="failed"),
        "mail": deployed(cast, "7", at=2 * WEEK, service="e-mail", committed=1000),
        "slow": approved(cast, at=DAY, waited=3 * DAY, team="network"),
        "quick": approved(cast, at=2 * WEEK + DAY, waited=60, result="issues"),
        "taken back": approved(cast, at=WEEK, took=50, result="rolled_back"),
        "emergency": emergency(cast, at=4 * DAY),
        "before": deployed(cast, "0.9", at=-3 * DAY),
        "open": actions.open_ticket(
            type="change", title="Later", by=cast.alice, at=later(0)
        ),
    }


def asked(**more):
    return read({**SPAN, **more}, date(2026, 3, 29))


def sql(text, *values):
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        return cursor.fetchall()


FIRST, LAST = "2026-03-02 00:00+00", "2026-03-30 00:00+00"
OVER = """SELECT c.*, t.opened_at, t.service_id, t.team_id, t.number FROM itsm_change c
    JOIN itsm_ticket t ON t.id = c.ticket_id
    WHERE c.ended_at BETWEEN %s AND %s AND c.result IN
        ('success', 'issues', 'failed', 'rolled_back')"""


def over(where="", *values):
    """The changes of these weeks, by another statement than the product's."""
    return sql(f"SELECT number FROM ({OVER}) x {where}", FIRST, LAST, *values)


def median(values):
    values = sorted(values)
    n = len(values)
    return (values[(n - 1) // 2] + values[n // 2]) / 2 if n else None


def seconds(rows):
    return [length.total_seconds() for (length,) in rows]


def test_deployment_frequency_is_what_another_statement_counts(cast, history):
    found = measures(cast.bob, asked().wish)
    assert found.total.deployments == len(over()) == 10
    assert told.total(found, asked()).per_week == 10 / 4
    by_week = sql(
        f"""SELECT extract(week FROM ended_at AT TIME ZONE 'UTC'), count(*)
        FROM ({OVER}) x GROUP BY 1""",
        FIRST,
        LAST,
    )
    product = {
        week.isocalendar().week: figures.deployments
        for week, figures in found.by["week"].items()
    }
    assert product == {int(week): n for week, n in by_week}


def test_lead_time_is_the_median_from_commit_to_production(cast, history):
    found = measures(cast.bob, asked().wish)
    rows = sql(
        f"""SELECT ended_at - committed_at FROM ({OVER}) x
        WHERE committed_at IS NOT NULL AND result NOT IN ('failed', 'rolled_back')""",
        FIRST,
        LAST,
    )
    assert found.total.n_lead == len(rows) == 4
    assert found.total.lead == median(seconds(rows))


def test_failure_rate_counts_results_and_linked_incidents(cast, history):
    found = measures(cast.bob, asked().wish)
    by_result = over("WHERE result = 'failed' OR result = 'rolled_back'")
    by_incident = sql(
        """SELECT DISTINCT t.number FROM itsm_link l
        JOIN itsm_ticket t ON t.id = l.target_id WHERE l.kind = 'caused_by_change'"""
    )
    failed = {*by_result, *by_incident}
    names = ("undone", "failed", "taken back", "bad", "still")
    assert failed == {(history[name].number,) for name in names}
    assert found.total.failures == len(failed)
    assert found.total.failure_rate == len(failed) / 10


def test_time_to_restore_is_of_incidents_else_of_the_rollback(cast, history):
    found = measures(cast.bob, asked().wish)
    of_incidents = sql(
        """SELECT max(i.resolved_at) - min(i.opened_at) FROM itsm_link l
        JOIN itsm_ticket i ON i.id = l.source_id
        WHERE l.kind = 'caused_by_change' GROUP BY l.target_id
        HAVING count(*) = count(i.resolved_at)"""
    )
    reported = sql(
        """SELECT b.at - a.at FROM core_event a JOIN core_event b
        ON b.subject_id = a.subject_id AND b.kind = 'ticket.rolled_back'
        WHERE a.kind = 'ticket.deployed'"""
    )
    by_hand = sql(
        """SELECT c.ended_at - c.started_at FROM itsm_change c WHERE NOT EXISTS (
            SELECT FROM core_event e WHERE e.subject_id = c.ticket_id
            AND e.kind = 'ticket.deployed') AND c.result = 'rolled_back'"""
    )
    lengths = seconds([*of_incidents, *reported, *by_hand])
    assert sorted(lengths) == [45 * 60, 50 * 60, 210 * 60]
    assert found.total.n_restored == 3
    assert found.total.restored == median(lengths)


def test_the_wait_for_approval_is_what_the_log_says(cast, history):
    found = measures(cast.bob, asked().wish)
    waits = dict(
        sql(
            """SELECT t.number, b.at - a.at FROM itsm_ticket t
            JOIN core_event a ON a.subject_id = t.id AND a.kind = 'ticket.submit'
            JOIN core_event b ON b.subject_id = t.id AND b.kind = 'ticket.approve'
            WHERE a.subject_type = 'ticket' AND b.subject_type = 'ticket'"""
        )
    )
    names = ("slow", "quick", "taken back")
    assert set(waits) == {history[name].number for name in names}
    normal = found.by["model"]["normal"]
    assert normal.n_waited == found.total.n_waited == 3
    assert normal.waited == median(w.total_seconds() for w in waits.values())
    assert normal.waited_all == sum(w.total_seconds() for w in waits.values())
    life = sum(
        seconds(sql(f"SELECT ended_at - opened_at FROM ({OVER}) x", FIRST, LAST))
    )
    assert found.total.waited_share == pytest.approx(normal.waited_all / life)
    assert found.by["model"]["standard"].n_waited == 0
    states = told.states(found, asked(), told.rows(found, asked())["model"])
    assert states[0].key == "approval"
    assert states[0].seconds == normal.waited_all
    assert sum(one.seconds for one in states) == pytest.approx(life)
    assert sum(one.share for one in states) == pytest.approx(1)


def test_emergencies_are_a_share(cast, history):
    found = measures(cast.bob, asked().wish)
    assert (found.total.emergencies, found.total.emergency_share) == (1, 0.1)


@pytest.mark.parametrize(
    ("narrowed", "column"),
    [
        ({"service": "vpn"}, "service_id"),
        ({"service": "e-mail"}, "service_id"),
        ({"team": "network"}, "team_id"),
        ({"model": "standard"}, "model"),
    ],
)
def test_by_service_team_and_model(cast, history, narrowed, column):
    wish = asked(**narrowed)
    assert not wish.errors
    ((name, value),) = wish.wish.where.items()
    found = measures(cast.bob, wish.wish)
    assert found.total.deployments == len(over(f"WHERE {column} = %s", value)) > 0
    all_ = measures(cast.bob, asked().wish)
    assert found.total == all_.by[name][value]


@pytest.mark.parametrize(
    "what", ["", "lead", "failed", "restored", "emergency", "waited"]
)
def test_every_number_leads_to_exactly_its_changes(cast, history, what):
    """Each link of the page, followed, shows as many changes as it says."""
    page = as_(cast.bob)
    found = measures(cast.bob, asked().wish)
    numbers = {
        "": "deployments",
        "lead": "n_lead",
        "failed": "failures",
        "restored": "n_restored",
        "emergency": "emergencies",
        "waited": "n_waited",
    }
    rows = [told.total(found, asked())]
    for lines in told.rows(found, asked()).values():
        rows += [row for row in lines if row.key]
    for row in rows:
        html = page.get(row.behind(what)).content.decode()
        shown = set(re.findall(r'href="/changes/(CHG-\d+)/"', html))
        assert len(shown) == getattr(row.figures, numbers[what]), row.behind(what)


def test_every_state_leads_to_exactly_its_changes(cast, history):
    found = measures(cast.bob, asked().wish)
    states = told.states(found, asked(), told.rows(found, asked())["model"])
    assert {one.key for one in states} >= {"draft", "approval", "implementing"}
    for one in states:
        html = as_(cast.bob).get(one.url).content.decode()
        assert len(set(re.findall(r'href="/changes/(CHG-\d+)/"', html))) == one.changes


def test_every_point_of_every_chart_leads_somewhere_that_is_not_empty(cast, history):
    found = measures(cast.bob, asked().wish)
    rows, total = told.rows(found, asked()), told.total(found, asked())
    links = 0
    for figure in drawing.figures(total, rows):
        for href in re.findall(r'href="([^"]+)"', str(figure.chart)):
            page = as_(cast.bob).get(href.replace("&amp;", "&"))
            assert page.status_code == 200
            links += 1
    assert links > 15


def test_the_page_says_a_sentence_for_each_and_a_table_behind(cast, history):
    html = as_(cast.bob).get(f"/changes/measures/{AROUND}").content.decode()
    assert "10 changes were over in these days: 2.5 a week." in html
    assert "5 of 10 failed, were rolled back or caused an incident: 50 %." in html
    assert "1 of 10 were done as emergencies: 10 %." in html
    assert "3 changes waited for approval" in html
    assert html.count('<svg class="chart"') == 6
    assert html.count("<table") == 5


def test_nothing_in_these_days_says_what_to_do(cast):
    page = as_(cast.bob).get("/changes/measures/")
    assert "No change was over in these days" in page.content.decode()
    empty = as_(cast.bob).get("/changes/measures/changes/?what=failed")
    assert "Nothing is behind it" in empty.content.decode()


def test_the_file_has_the_same_numbers(cast, history):
    answer = as_(cast.bob).get(f"/changes/measures/export/{AROUND}")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert (rows[0]["by"], rows[0]["deployments"], rows[0]["failures"]) == (
        "all",
        "10",
        "5",
    )
    assert {row["by"] for row in rows} == {"all", *told.TITLES}


def test_over_rest_they_are_the_same(client, cast, history):
    headers = {"Authorization": f"Bearer {a_token(cast.bob, 'changes')}"}
    path = "/api/v1/changes/measures/"
    said = client.get(f"{path}{AROUND}", headers=headers).json()
    found = measures(cast.bob, asked().wish)
    assert said["total"] == told.told(told.total(found, asked()))
    assert len(said["week"]) == 4
    assert said["says"]["frequency"].startswith("10 changes were over")
    assert said["states"][0]["state"] == "approval"
    for wrong in ("from=soon", "to=2026-03-01&from=2026-03-02", "model=x", "service=x"):
        assert client.get(f"{path}?{wrong}", headers=headers).status_code == 400
    assert client.get(path).status_code == 401


def test_who_does_not_work_here_sees_no_measures(cast, client):
    headers = {"Authorization": f"Bearer {a_token(cast.carol)}"}
    path = "/api/v1/changes/measures/"
    assert client.get(path, headers=headers).status_code == 403
    assert as_(cast.carol).get("/changes/measures/").status_code == 403


def test_what_somebody_cannot_see_is_not_in_their_numbers(cast, history):
    hidden = history["mail"]
    actions.restrict(ticket=hidden, by=cast.grace, at=timezone.now())
    assert measures(cast.erin, asked().wish).total.deployments == 9
    assert measures(cast.grace, asked().wish).total.deployments == 10


def test_the_page_asks_as_much_for_many_as_for_few(
    cast, history, django_assert_max_num_queries
):
    page = as_(cast.bob)
    page.get(f"/changes/measures/{AROUND}")
    with django_assert_max_num_queries(40) as few:
        page.get(f"/changes/measures/{AROUND}")
    for n in range(8):
        deployed(cast, f"2.{n}", at=2 * WEEK + n * 60)
    with django_assert_max_num_queries(len(few)):
        page.get(f"/changes/measures/{AROUND}")
    assert Change.objects.filter(ended_at__isnull=False).count() == 19


def test_a_day_counts_where_the_organisation_is(cast, settings):
    """23:30 UTC on a Sunday is Monday in Berlin: another week."""
    a_kind()
    deployed(cast, "1", at=6 * DAY + 14 * 60, took=30)
    with timezone.override("Europe/Berlin"):
        assert list(measures(cast.bob, asked().wish).by["week"]) == [date(2026, 3, 9)]
    with timezone.override("UTC"):
        assert list(measures(cast.bob, asked().wish).by["week"]) == [date(2026, 3, 2)]
