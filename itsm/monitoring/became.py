"""What became of receptions: the alerts their signals belong to, or why there is none.

A reception keeps no list of them; it is read again, and its keys found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from itsm.monitoring.formats.base import Reading, Unreadable
from itsm.monitoring.models import Alert, Reception, Source
from itsm.monitoring.placing import key_of
from itsm.monitoring.reading import read
from itsm.monitoring.source_words import why

MOST_KEYS = 500  # of one page; what has more shows the first


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
        if not self.code:
            return ""
        return f"{why(self.code)}: {self.about}" if self.about else why(self.code)


def became(source: Source, rows: Sequence[Reception]) -> list[Became]:
    """What became of each. One query."""
    read_rows = [_read(source, row) for row in rows]
    keys = {key for _row, _reading, keys, _no in read_rows for key in keys[:MOST_KEYS]}
    found: dict[str, list[Alert]] = {}
    if keys:
        alerts = Alert.objects.filter(source=source, key__in=keys)
        for alert in alerts.select_related("incident", "service").order_by("-pk"):
            found.setdefault(alert.key, []).append(alert)
    return [
        Became(
            row,
            _of(row, keys, found),
            len(reading.changes),
            no.code if no else row.note or reading.note,
            no.about if no else "",
        )
        for row, reading, keys, no in read_rows
    ]


def _read(
    source: Source, row: Reception
) -> tuple[Reception, Reading, list[str], Unreadable | None]:
    try:
        reading = read(row.format, bytes(row.body), row.headers, source.mapping)
    except Unreadable as no:
        return row, Reading(), [], no
    keys = list(dict.fromkeys(key_of(row, signal) for signal in reading.signals))
    return row, reading, keys, None


def _of(
    row: Reception, keys: Sequence[str], found: Mapping[str, Sequence[Alert]]
) -> list[Alert]:
    """Of each key the alert that was there when it came: the newest not after it."""
    alerts = []
    for key in keys:
        there = (a for a in found.get(key, ()) if a.first_at <= row.received_at)
        if (alert := next(there, None)) is not None:
            alerts.append(alert)
    return alerts
