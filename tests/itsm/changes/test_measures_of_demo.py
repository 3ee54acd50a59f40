"""From the demo's history: DORA's four measures are what plain SQL counts."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection

from itsm.changes.measures.asked import read
from itsm.changes.measures.queries import measures
from itsm.demo import build
from people.models import User
from tests.cast import load_processes

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)  # a Friday
# What was over within twelve weeks, in the zone of the tests.
OVER = """
WITH over AS (
    SELECT c.ticket_id AS id, t.opened_at, c.ended_at, c.committed_at, c.result, c.model
    FROM itsm_change c JOIN itsm_ticket t ON t.id = c.ticket_id
    WHERE c.result > '' AND (c.ended_at AT TIME ZONE current_setting('TimeZone'))::date
        BETWEEN '2026-08-31' AND '2026-11-20'
), hurt AS (
    SELECT l.target_id AS id, min(i.opened_at) AS began, max(i.resolved_at) AS over,
        count(*) = count(i.resolved_at) AS is_over
    FROM itsm_link l JOIN itsm_ticket i ON i.id = l.source_id AND i.type = 'incident'
    WHERE l.kind = 'caused_by_change' GROUP BY 1
)
"""


def asks(text):
    with connection.cursor() as cursor:
        cursor.execute(OVER + text)
        return cursor.fetchall()


def half_of(found):
    """The median of what is in order."""
    return (found[(len(found) - 1) // 2] + found[len(found) // 2]) / 2


def test_the_four_measures_equal_what_plain_sql_counts():
    load_processes()
    build.build(at=AT)
    user = User.objects.get(email="grace@demo.example")
    days = {"from": "2026-08-31", "to": "2026-11-20"}
    total = measures(user, read(days, date(2026, 11, 20)).wish).total

    ((n,),) = asks("SELECT count(*) FROM over")
    assert total.deployments == n > 50

    leads = asks("""SELECT extract(epoch FROM ended_at - committed_at)::float FROM over
        WHERE committed_at < ended_at AND result IN ('success', 'issues') ORDER BY 1""")
    middle = sorted(lead for (lead,) in leads)
    assert total.n_lead == len(leads) > 3
    assert total.lead == pytest.approx(half_of(middle))

    failed = asks("""SELECT id FROM over WHERE result IN ('failed', 'rolled_back')
        UNION SELECT id FROM over JOIN hurt USING (id)""")
    assert total.failures == len(failed) > 0
    assert total.failure_rate == len(failed) / n

    hurt = asks("""SELECT extract(epoch FROM h.over - h.began)::float
        FROM over JOIN hurt h USING (id) WHERE h.is_over""")
    taken_back = asks("""SELECT extract(epoch FROM ended_at - began)::float
        FROM over JOIN LATERAL (SELECT e.at AS began FROM core_event e
            WHERE e.subject_type = 'ticket' AND e.subject_id = over.id
            AND e.changes -> 'state' ->> 1 = 'implementing'
            ORDER BY e.id LIMIT 1) first ON true
        WHERE result = 'rolled_back' AND id NOT IN (SELECT id FROM hurt)""")
    restored = sorted(seconds for (seconds,) in hurt + taken_back)
    assert hurt
    assert hurt
    assert total.n_restored == len(restored)
    assert total.restored == pytest.approx(half_of(restored))

    waits = asks("""SELECT o.id, sum(extract(epoch FROM b.at - a.at))::float FROM over o
        JOIN core_event a ON a.subject_id = o.id AND a.subject_type = 'ticket'
            AND a.changes -> 'state' ->> 1 = 'approval'
        JOIN LATERAL (SELECT e.at FROM core_event e WHERE e.subject_id = o.id
            AND e.subject_type = 'ticket' AND e.id > a.id AND e.changes ? 'state'
            ORDER BY e.id LIMIT 1) b ON true GROUP BY 1""")
    assert total.n_waited == len([wait for _id, wait in waits if wait]) > 0
    assert total.waited_all == pytest.approx(sum(wait for _id, wait in waits))

    ((emergencies,),) = asks("SELECT count(*) FROM over WHERE model = 'emergency'")
    assert total.emergencies == emergencies > 0
