"""What the log says about imported incidents: six questions, asked in SQL.

Each reads `core_event` alone, so the answers hold for whatever wrote the log.
"""

from dataclasses import dataclass
from typing import Any

REASSIGNED = """
WITH moved AS (
    SELECT subject_id, sum((changes->'reassignment_count'->>1)::int
        - COALESCE((changes->'reassignment_count'->>0)::int, 0)) AS times
    FROM core_event
    WHERE subject_type = 'ticket' AND door = 'import'
        AND changes ? 'reassignment_count'
    GROUP BY subject_id)
SELECT count(*), avg(times)::float, avg((times >= 1)::int)::float,
    avg((times >= 2)::int)::float FROM moved
"""
REOPENED = """
SELECT count(DISTINCT subject_id) FROM core_event
WHERE subject_type = 'ticket' AND door = 'import'
    AND (changes->'reopen_count'->>1)::int >= 1
"""
# A team, another one, and the first again, over the teams that are known.
RETURNED = """
WITH named AS (
    SELECT subject_id, id, changes->'team'->>1 AS team,
        lag(changes->'team'->>1) OVER (PARTITION BY subject_id ORDER BY id) AS before
    FROM core_event
    WHERE subject_type = 'ticket' AND door = 'import'
        AND changes->'team'->>1 IS NOT NULL),
path AS (
    SELECT subject_id, team,
        lag(team, 2) OVER (PARTITION BY subject_id ORDER BY id) AS two_before
    FROM named WHERE before IS DISTINCT FROM team)
SELECT count(DISTINCT subject_id) FROM path WHERE team = two_before
"""
TARGET_MET = """
WITH final AS (
    SELECT DISTINCT ON (subject_id) subject_id, changes->'made_sla'->>1 AS met
    FROM core_event
    WHERE subject_type = 'ticket' AND door = 'import' AND changes ? 'made_sla'
    ORDER BY subject_id, id DESC)
SELECT avg((met = 'true')::int)::float FROM final
"""


@dataclass(frozen=True, slots=True)
class Findings:
    """Shares are 0..1 of all incidents with a reassignment count."""

    incidents: int
    mean_reassignments: float
    reassigned: float
    reassigned_twice: float
    reopened: int
    returned: float
    target_met: float

    def sentences(self) -> list[str]:
        """The findings as a short summary."""
        return [
            f"Incidents: {self.incidents:,}",
            f"Reassignments per incident: {self.mean_reassignments:.4f}",
            f"Reassigned at least once: {self.reassigned:.1%}; "
            f"at least twice: {self.reassigned_twice:.1%}",
            f"Reopened: {self.reopened:,}",
            f"Sent back to a team that had it before (A-B-A): {self.returned:.2%}",
            f"Target met: {self.target_met:.2%}",
        ]


def find(cursor: Any) -> Findings:
    """Ask the log; four statements, each one pass."""
    cursor.execute(REASSIGNED)
    incidents, mean, once, twice = cursor.fetchone()
    cursor.execute(REOPENED)
    (reopened,) = cursor.fetchone()
    cursor.execute(RETURNED)
    (returned,) = cursor.fetchone()
    cursor.execute(TARGET_MET)
    (met,) = cursor.fetchone()
    return Findings(
        incidents,
        mean or 0.0,
        once or 0.0,
        twice or 0.0,
        reopened,
        returned / incidents if incidents else 0.0,
        met or 0.0,
    )
