"""How sources are doing: a pure reading of what they sent and what was refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Count, Max, Min, Sum

from itsm.monitoring.models import Alert, Reception, Source, SourceHour, SourceLine

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
HOURS = 24  # of the chart, this hour the last
LINES_FOR, MOST_LINES = timedelta(days=7), 20
LATE = timedelta(seconds=30)  # waiting longer than this is trouble: no worker
COUNTED = (
    *("received", "signals", "alerts", "repeats", "acknowledged", "cleared"),
    *("dropped", "others", "changes", "unreadable"),
)


class State(StrEnum):
    """How it is, the worst first."""

    PAUSED = "paused"
    SILENT = "silent"
    TROUBLE = "trouble"
    NEVER = "never"
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class Waiting:
    """What was received and is not worked off yet."""

    n: int = 0
    since: datetime | None = None
    newest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One source at a glance; counts are of the last day."""

    source: Source
    at: datetime
    waiting: Waiting = Waiting()
    open_alerts: int = 0
    refused: int = 0
    unreadable: int = 0

    @property
    def heard_at(self) -> datetime | None:
        """When it was heard last, also where no worker has seen that yet."""
        known = [t for t in (self.source.heard_at, self.waiting.newest) if t]
        return max(known, default=None)

    @property
    def silent_since(self) -> datetime | None:
        """Since when it should have been heard; None where all is well."""
        silence = self.source.silent_after
        if silence is None:
            return None
        heard = self.heard_at or self.source.created_at
        return heard if self.at - heard > silence else None

    @property
    def is_barred(self) -> bool:
        """Whether as whom it acts may not act any more: then no incident is opened."""
        return not self.source.account.is_active

    @property
    def is_late(self) -> bool:
        """Whether what it sent waits for a worker."""
        since = self.waiting.since
        return since is not None and self.at - since > LATE

    @property
    def state(self) -> State:
        """In one word."""
        if self.source.paused_at is not None:
            return State.PAUSED
        if self.silent_since is not None:
            return State.SILENT
        if self.is_barred or self.refused or self.unreadable or self.is_late:
            return State.TROUBLE
        return State.GOOD if self.heard_at is not None else State.NEVER


@dataclass(frozen=True, slots=True)
class Hour:
    """What came within an hour; `counts` has all of `COUNTED`."""

    begins: datetime
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Health:
    """All there is to say of one source."""

    standing: Standing
    hours: Sequence[Hour]
    lines: Sequence[SourceLine]  # what could not be taken, the newest first

    @property
    def day(self) -> Mapping[str, int]:
        """The sums of the hours."""
        return {n: sum(hour.counts[n] for hour in self.hours) for n in COUNTED}


def standings(sources: Sequence[Source], *, at: datetime) -> list[Standing]:
    """Of each. Four queries."""
    ids = [source.pk for source in sources]
    waiting = _by_source(
        Reception.objects.filter(source__in=ids, worked_at=None),
        n=Count("pk"),
        since=Min("received_at"),
        newest=Max("received_at"),
    )
    alerts = _by_source(
        Alert.objects.filter(source__in=ids).exclude(status=Alert.Status.CLOSED),
        n=Count("pk"),
    )
    refused = _by_source(
        SourceLine.objects.filter(source__in=ids, last_at__gt=at - DAY), n=Sum("n")
    )
    unreadable = _by_source(
        SourceHour.objects.filter(source__in=ids, hour__gt=at - DAY),
        n=Sum("unreadable"),
    )
    return [
        Standing(
            source,
            at,
            Waiting(**waiting.get(source.pk, {})),
            alerts.get(source.pk, {}).get("n", 0),
            refused.get(source.pk, {}).get("n", 0),
            unreadable.get(source.pk, {}).get("n", 0),
        )
        for source in sources
    ]


def _by_source(rows: Any, **asked: Any) -> dict[int, dict[str, Any]]:
    found = rows.order_by().values("source_id").annotate(**asked)
    return {row.pop("source_id"): row for row in found}


def health(source: Source, *, at: datetime) -> Health:
    """Of one source. Six queries."""
    first = at.replace(minute=0, second=0, microsecond=0) - (HOURS - 1) * HOUR
    rows = SourceHour.objects.filter(source=source, hour__gte=first)
    known = {row.pop("hour"): row for row in rows.values("hour", *COUNTED)}
    nothing = dict.fromkeys(COUNTED, 0)
    hours = [
        Hour(begins, known.get(begins, nothing))
        for begins in (first + n * HOUR for n in range(HOURS))
    ]
    lines = SourceLine.objects.filter(source=source, last_at__gt=at - LINES_FOR)
    return Health(
        standings([source], at=at)[0],
        hours,
        list(lines.order_by("-last_at", "-pk")[:MOST_LINES]),
    )
