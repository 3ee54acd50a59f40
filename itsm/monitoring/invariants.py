"""What must always be true of events in: each worked off once, decided, and counted."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from core import invariants
from itsm.tickets.states import OPEN

PATIENCE = timedelta(minutes=1)  # in which a worker may not have come to it
STILL = ", ".join(f"'{category.value}'" for category in OPEN)
WAITING = """
SELECT s.name, count(*), min(r.received_at)
FROM itsm_reception r JOIN itsm_source s ON s.id = r.source_id
WHERE r.worked_at IS NULL AND r.received_at < %(then)s AND s.paused_at IS NULL
GROUP BY s.id LIMIT 20
"""
COUNTED = """
WITH hours AS (
    SELECT source_id, date_trunc('hour', received_at, 'UTC') AS hour, count(*) AS n,
        coalesce(sum(n_signals), 0) AS signals
    FROM itsm_reception WHERE worked_at IS NOT NULL GROUP BY 1, 2)
SELECT s.name, coalesce(h.hour, r.hour), coalesce(h.received, 0), coalesce(r.n, 0),
    coalesce(h.signals, 0), coalesce(r.signals, 0)
FROM hours r
FULL JOIN itsm_sourcehour h ON h.source_id = r.source_id AND h.hour = r.hour
JOIN itsm_source s ON s.id = coalesce(h.source_id, r.source_id)
WHERE (coalesce(h.received, 0), coalesce(h.signals, 0))
        IS DISTINCT FROM (coalesce(r.n, 0), coalesce(r.signals, 0))
    AND coalesce(h.hour, r.hour) >= now() - interval '14 days'  -- older: tidied
    AND coalesce(h.received, r.n) > 0
LIMIT 20
"""
SPLIT = """
SELECT s.name, h.hour, h.signals,
    h.alerts + h.repeats + h.acknowledged + h.cleared + h.dropped
FROM itsm_sourcehour h JOIN itsm_source s ON s.id = h.source_id
WHERE h.signals <> h.alerts + h.repeats + h.acknowledged + h.cleared + h.dropped
LIMIT 20
"""
TWICE = """
SELECT s.name, a.key, count(*)
FROM itsm_alert a JOIN itsm_source s ON s.id = a.source_id
WHERE a.status <> 'closed' GROUP BY s.id, a.key HAVING count(*) > 1 LIMIT 20
"""
UNDECIDED = """
SELECT a.id, a.decision, a.decide_at FROM itsm_alert a
WHERE (a.decide_at < %(then)s
        OR a.decide_at IS NULL AND a.decision = 'waiting'
            AND (a.status = 'closed' OR a.why ->> 'code' IS DISTINCT FROM
                'waits_threshold')
        OR a.incident_id IS NULL AND a.decision IN ('opened', 'joined', 'reopened')
        OR a.incident_id IS NOT NULL AND a.decision IN ('cleared', 'suppressed'))
LIMIT 20
"""
# Its last alert is over, nobody was told, and nothing was done since.
PROMISED = f"""
SELECT t.number, over.at FROM itsm_ticket t JOIN (
    SELECT incident_id, max(cleared_at) AS at FROM itsm_alert
    WHERE incident_id IS NOT NULL GROUP BY 1
    HAVING bool_and(status = 'closed') AND bool_and(decide_at IS NULL)) over
ON over.incident_id = t.id
WHERE t.state_category IN ({STILL}) AND over.at < %(then)s
    AND NOT EXISTS (SELECT 1 FROM core_event e
        WHERE e.subject_type = 'ticket' AND e.subject_id = t.id AND e.at >= over.at
            AND e.kind IN ('ticket.resolve', 'ticket.note', 'ticket.reopen'))
LIMIT 20
"""  # noqa: S608 - our own words
GROUPS = """
SELECT a.id, a.incident_id, g.incident_id FROM itsm_alert a
JOIN itsm_alertgroup g ON g.id = a.group_id
WHERE a.status <> 'closed' AND a.decide_at IS NULL AND a.incident_id IS NOT NULL
    AND g.incident_id IS DISTINCT FROM a.incident_id
    AND NOT EXISTS (SELECT 1 FROM itsm_merged m
        WHERE m.ticket_id IN (a.incident_id, g.incident_id))
LIMIT 20
"""


def register() -> None:
    """Add the applet's invariants."""
    for name, says, check in (
        ("events.worked", "What sources sent is worked off", _waiting),
        ("events.counted", "Hours of sources count what was worked off", _counted),
        ("events.split", "Every signal is counted as one thing", _split),
        ("alerts.once", "Of one key of a source one alert is open", _twice),
        ("alerts.decided", "Every alert is decided, and as it says", _undecided),
        ("alerts.promised", "Incidents end as their rules say", _promised),
        ("alerts.grouped", "Alerts of a group are in its incident", _groups),
    ):
        invariants.register(name, says, check)


def _waiting() -> list[str]:
    return _each(WAITING, "{1} calls of {0} wait, the oldest since {2}.")


def _counted() -> list[str]:
    return _each(
        COUNTED,
        "{0} has {2} calls and {4} signals in the hour {1}; worked off were {3} "
        "and {5}.",
    )


def _split() -> list[str]:
    return _each(SPLIT, "{0} had {2} signals in the hour {1}, and {3} of a kind.")


def _twice() -> list[str]:
    return _each(TWICE, "“{1}” of {0} is open {2} times.")


def _undecided() -> list[str]:
    return _each(UNDECIDED, "Alert {0} is {1}, and is looked at {2}.")


def _promised() -> list[str]:
    return _each(PROMISED, "{0} is open though its alerts are over since {1}.")


def _groups() -> list[str]:
    return _each(GROUPS, "Alert {0} is in incident {1}, its group in {2}.")


def _each(sql: str, sentence: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"then": timezone.now() - PATIENCE})
        return [sentence.format(*row) for row in cursor.fetchall()]
