"""What is no longer needed goes: bodies after two weeks, alerts after 90 days.

Alerts of an incident stay with it; what they carried in `details` goes with the others.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

BODIES = timedelta(days=14)
LINES = timedelta(days=90)
ALERTS = timedelta(days=90)
BATCH = 5000  # rows of one statement, so that none holds others up
MOST = 200  # statements of one round
BODY = """
WITH next AS (
    SELECT id, worked_at, received_at FROM itsm_reception
    WHERE id > %s ORDER BY id LIMIT %s),
gone AS (
    DELETE FROM itsm_reception WHERE id IN (
        SELECT id FROM next WHERE worked_at IS NOT NULL AND received_at < %s)
    RETURNING id)
SELECT (SELECT count(*) FROM gone), max(id), min(received_at) < %s FROM next
"""
LINE = """
DELETE FROM itsm_sourceline WHERE id IN (
    SELECT id FROM itsm_sourceline WHERE last_at < %s LIMIT %s)
"""
ALERT = """
DELETE FROM itsm_alert WHERE id IN (
    SELECT id FROM itsm_alert
    WHERE status = 'closed' AND cleared_at < %s AND incident_id IS NULL
        AND decide_at IS NULL
    LIMIT %s)
"""
DETAILS = """
UPDATE itsm_alert SET details = '{}' WHERE id IN (
    SELECT id FROM itsm_alert
    WHERE status = 'closed' AND cleared_at < %s AND details <> '{}' LIMIT %s)
"""
GROUP = """
DELETE FROM itsm_alertgroup WHERE id IN (
    SELECT g.id FROM itsm_alertgroup g
    WHERE g.closed_at < %s
        AND NOT EXISTS (SELECT 1 FROM itsm_alert a WHERE a.group_id = g.id) LIMIT %s)
"""


def tidy(*, at: datetime) -> int:
    """Take away what is old; how many rows."""
    done = _bodies(at - BODIES)
    done += _repeat(LINE, at - LINES, BATCH)
    for sql in (ALERT, DETAILS, GROUP):
        done += _repeat(sql, at - ALERTS, BATCH)
    return done


def _bodies(before: datetime) -> int:
    """Receptions in their order as far as they are old, past those that still wait."""
    done = last = 0
    for _ in range(MOST):
        with connection.cursor() as cursor:
            cursor.execute(BODY, [last, BATCH, before, before])
            count, last, has_old = cursor.fetchone()
        done += count
        if not has_old:
            break
    return done


def _repeat(sql: str, *values: Any) -> int:
    done = 0
    for _ in range(MOST):
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            count = cursor.rowcount
        done += count
        if count == 0:
            break
    return done
