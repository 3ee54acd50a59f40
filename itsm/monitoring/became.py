"""What became of receptions: the alerts their signals belong to, or why there is none.

A reception keeps no list of them; it is read again, as the worker reads it, and the
keys are found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from itsm.monitoring.models import Alert, Reception, Source
from itsm.monitoring.placing import Places
from itsm.monitoring.source_words import why
from itsm.monitoring.work import Read, read_one

MOST_KEYS = 500  # of one reception; what has more shows the first


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
    """What became of each. One query; two more where a mapping names rows."""
    places = Places()
    reads = [read_one(row, source, places) for row in rows]
    keys = {key for one in reads for key in _keys(one)}
    found: dict[str, list[Alert]] = {}
    if keys:
        alerts = Alert.objects.filter(source=source, key__in=keys)
        for alert in alerts.select_related("incident", "service").order_by("-pk"):
            found.setdefault(alert.key, []).append(alert)
    return [_became(one, found) for one in reads]


def _keys(one: Read) -> list[str]:
    """Each of its keys once, in their order."""
    return list(dict.fromkeys(placed.key for placed in one.placed))[:MOST_KEYS]


def _became(one: Read, found: Mapping[str, Sequence[Alert]]) -> Became:
    """Of each key the alert that was there when it came: the newest not after it."""
    there = (
        next((a for a in found.get(key, ()) if a.first_at <= one.row.received_at), None)
        for key in _keys(one)
    )
    failure = one.failure
    return Became(
        one.row,
        [alert for alert in there if alert is not None],
        len(one.reading.changes),
        failure.code if failure else one.row.note or one.reading.note,
        failure.about if failure else "",
    )
