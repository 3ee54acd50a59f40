"""Many signals become few rows: each alert's words are folded in the order they came.

Pure. One key of one source is one alert for as long as it is open, whatever it says;
two keys are never one. A trigger after a resolve begins a new alert; an acknowledge or
resolve with nothing open is dropped and counted.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from itsm.monitoring.formats.base import Action, Signal
from itsm.monitoring.models import MOST_RECENT, Alert
from itsm.tickets.states import Level

OPEN, ACKNOWLEDGED, CLOSED = (
    Alert.Status.OPEN.value,
    Alert.Status.ACKNOWLEDGED.value,
    Alert.Status.CLOSED.value,
)
BADNESS = {Level.LOW.value: 0, Level.MEDIUM.value: 1, Level.HIGH.value: 2}
MOST_AGED = timedelta(days=366)  # a clock that says an alert is older is wrong
Name = tuple[int, str]  # source and key


@dataclass(frozen=True, slots=True)
class Placed:
    """A signal, and where its source's mapping puts it."""

    signal: Signal
    key: str
    service: int
    team: int | None
    impact: str
    urgency: str
    host: str


@dataclass(slots=True, eq=False)
class Standing:
    """An alert as the fold knows it; `pk` None is one that it made."""

    source: int
    key: str
    status: str
    pk: int | None = None
    count: int = 0
    recent: list[datetime] = field(default_factory=list)
    began_at: datetime | None = None
    first_at: datetime | None = None
    last_at: datetime | None = None
    acknowledged_at: datetime | None = None
    cleared_at: datetime | None = None
    impact: str = ""
    urgency: str = ""
    is_waiting: bool = True  # for its decision
    is_orphan: bool = False  # its incident has ended, and it is still open
    placed: Placed | None = None  # as it was triggered last
    is_due: bool = False  # there is something to decide

    def trigger(self, placed: Placed, at: datetime) -> None:
        """It is so, still or anew."""
        if self.pk is None and self.first_at is None:
            self.began_at, self.first_at = _credible(placed.signal.at, at), at
        self.count += 1
        self.last_at = max(self.last_at or at, at)
        self.recent = [*self.recent, at][-MOST_RECENT:]
        is_worse = _badness(placed.impact, placed.urgency) > _badness(
            self.impact, self.urgency
        )
        self.impact, self.urgency = placed.impact, placed.urgency
        self.placed = placed
        if self.status == OPEN:  # an acknowledged one stays silent
            self.is_due |= self.is_waiting or self.is_orphan or is_worse

    def acknowledge(self, at: datetime) -> None:
        """Somebody is on it."""
        self.status = ACKNOWLEDGED
        self.acknowledged_at = self.acknowledged_at or at
        self.is_due = True

    def clear(self, at: datetime) -> None:
        """It is over."""
        self.status, self.cleared_at, self.is_due = CLOSED, at, True


class Fold:
    """The alerts of a batch; `known` are those that were open before it."""

    def __init__(self, known: Iterable[Standing] = ()) -> None:
        self._open: dict[Name, Standing] = {(a.source, a.key): a for a in known}
        self._touched: dict[int, Standing] = {}  # by identity, in order

    def take(self, source: int, placed: Placed, at: datetime) -> str:
        """Fold one signal in; which counter of its hour it belongs to."""
        name = (source, placed.key)
        alert = self._open.get(name)
        action = placed.signal.action
        if action == Action.TRIGGER:
            return self._trigger(name, alert, placed, at)
        if alert is None:
            return "dropped"
        self._touched[id(alert)] = alert
        if action == Action.ACKNOWLEDGE:
            alert.acknowledge(at)
            return "acknowledged"
        alert.clear(at)
        del self._open[name]
        return "cleared"

    def made(self) -> list[Standing]:
        """New alerts; of one key at most the last is open."""
        return [alert for alert in self._touched.values() if alert.pk is None]

    def changed(self) -> list[Standing]:
        """Alerts that were open before, by id."""
        found = [alert for alert in self._touched.values() if alert.pk is not None]
        return sorted(found, key=lambda alert: alert.pk or 0)

    def _trigger(
        self, name: Name, alert: Standing | None, placed: Placed, at: datetime
    ) -> str:
        counter = "repeats"
        if alert is None:
            alert = self._open[name] = Standing(*name, status=OPEN)
            counter = "alerts"
        self._touched[id(alert)] = alert
        alert.trigger(placed, at)
        return counter


@dataclass(slots=True)
class Tally:
    """What came of each source in each hour."""

    counts: dict[tuple[int, datetime], Counter[str]] = field(default_factory=dict)

    def add(self, source: int, at: datetime, counts: Mapping[str, int]) -> None:
        """Count these."""
        hour = at.replace(minute=0, second=0, microsecond=0)
        self.counts.setdefault((source, hour), Counter()).update(counts)


def _badness(impact: str, urgency: str) -> tuple[int, int]:
    one, other = BADNESS.get(impact, -1), BADNESS.get(urgency, -1)
    return one + other, max(one, other)


def _credible(told: datetime | None, at: datetime) -> datetime:
    """When it began by the tool's clock, unless that is ahead or far behind ours."""
    return told if told is not None and at - MOST_AGED <= told <= at else at
