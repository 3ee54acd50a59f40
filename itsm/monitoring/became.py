"""What became of receptions: the alerts their signals belong to, or why there is none.

A reception keeps no list of them; it is read again, as the worker reads it, and the
keys are found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from itsm.monitoring.models import Alert, Reception, Source
from itsm.monitoring.placing import Places
from itsm.monitoring.source_words import why
from itsm.monitoring.work import Read, read_one

Name = tuple[int, str]  # a reception, and a key in it
MOST_KEYS = 500  # of one reception; what has more shows the first
THERE = """
SELECT v.reception, v.key, a.id
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS v(reception, key, at)
CROSS JOIN LATERAL (
    SELECT id FROM itsm_alert
    WHERE source_id = %s AND key = v.key AND first_at <= v.at
    ORDER BY id DESC LIMIT 1) a
"""


@dataclass(frozen=True, slots=True)
class Became:
    """A reception, its alerts, or the code of why there is none."""

    row: Reception
    alerts: Sequence[Alert] = ()
    n_changes: int = 0
    code: str = ""
    about: str = ""

    @property
    def why(self) -> str:
        """Why there is no alert, in words; empty where there is one."""
        return why(self.code, self.about) if self.code else ""


def became(source: Source, rows: Sequence[Reception]) -> list[Became]:
    """What became of each. Two queries; two more where a mapping names rows."""
    places = Places()
    reads = [read_one(row, source, places) for row in rows]
    found = _alerts(source, reads)
    return [_became(one, found) for one in reads]


def _keys(one: Read) -> list[str]:
    """Each of its keys once, in their order."""
    return list(dict.fromkeys(placed.key for placed in one.placed))[:MOST_KEYS]


def _alerts(source: Source, reads: Sequence[Read]) -> Mapping[Name, Alert]:
    """Of each key the alert that was there when it came: the newest not after it."""
    asked = [(r.row.pk, key, r.row.received_at) for r in reads for key in _keys(r)]
    if not asked:
        return {}
    with connection.cursor() as cursor:
        columns = [list(column) for column in zip(*asked, strict=True)]
        cursor.execute(THERE, [*columns, source.pk])
        found = cursor.fetchall()
    rows = Alert.objects.select_related("incident", "service").defer("details")
    alerts = rows.in_bulk({alert for _row, _key, alert in found})
    return {(row, key): alerts[pk] for row, key, pk in found if pk in alerts}


def _became(one: Read, found: Mapping[Name, Alert]) -> Became:
    there = (found.get((one.row.pk, key)) for key in _keys(one))
    failure = one.failure
    return Became(
        one.row,
        [alert for alert in there if alert is not None],
        len(one.reading.changes),
        failure.code if failure else one.row.note or one.reading.note,
        failure.about if failure else "",
    )
