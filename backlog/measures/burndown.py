"""A sprint day by day, replayed from its events and nothing else.

Stories that are edited, moved on or deleted afterwards are not looked at, so a past
day cannot change.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Protocol

DAY = timedelta(days=1)
Points = dict[str, int | None]


class Happening(Protocol):
    """As much of an event as is read here."""

    kind: str
    at: datetime
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Day:
    """Where a sprint stood at the end of a local day, in its unit."""

    date: date
    forecast: int  # what it held when it began
    scope: int  # what it holds
    done: int  # of the scope

    @property
    def left(self) -> int:
        """Of the scope, not done."""
        return self.scope - self.done


@dataclass(frozen=True, slots=True)
class Change:
    """A change of scope after the start: stories came (+) or left (-)."""

    at: datetime
    stories: tuple[int, ...]
    by: int  # in the sprint's unit


@dataclass(slots=True)
class Replay:
    """A sprint while its events are read, oldest first."""

    points: Points = field(default_factory=dict)  # of what it holds
    forecast: Points = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    in_points: bool | None = None  # else whole stories are counted
    started_at: datetime | None = None
    ended_at: datetime | None = None
    changes: list[Change] = field(default_factory=list)

    def read(self, event: Happening) -> None:
        """One more event; whatever came before the start is in the start."""
        if event.kind == "sprint.start":
            self.started_at = event.at
            self.forecast = dict(event.changes["forecast"][1])
            self._hold(self.forecast)
        elif self.started_at is None or self.ended_at is not None:
            return
        elif event.kind == "sprint.add":
            self._hold(event.changes["stories"][1])
            self._named(event, event.changes["stories"][1], 1)
        elif event.kind == "sprint.remove":
            self._named(event, event.changes["stories"][0], -1)
            for story in event.changes["stories"][0]:
                self.points.pop(story, None)
                self.done.discard(story)
        else:
            self._go_on(event)

    def _go_on(self, event: Happening) -> None:
        match event.kind:
            case "sprint.estimate":
                story = str(event.changes["story"][1])
                if story in self.points:
                    self.points[story] = event.changes["points"][1]
            case "sprint.done":
                self.done |= self.points.keys() & event.changes["stories"][1].keys()
            case "sprint.undone":
                self.done -= event.changes["stories"][0].keys()
            case "sprint.close" | "sprint.cancel":
                self.ended_at = event.at

    def _hold(self, stories: Points) -> None:
        """The first stories decide the unit: points, unless none of them has any."""
        if self.in_points is None and stories:
            self.in_points = any(n is not None for n in stories.values())
        self.points |= stories

    def _named(self, event: Happening, stories: Points, sign: int) -> None:
        ids = tuple(sorted(int(story) for story in stories))
        now = {s: self.points.get(s, n) for s, n in stories.items()}
        self.changes.append(Change(event.at, ids, sign * self._sum(now)))

    def _sum(self, stories: Points) -> int:
        """Points, or how many; a story without points counts nothing in points."""
        if self.in_points is False:
            return len(stories)
        return sum(n or 0 for n in stories.values())

    def day(self, on: date) -> Day:
        """Where it stands."""
        done = {s: n for s, n in self.points.items() if s in self.done}
        return Day(
            on, self._sum(self.forecast), self._sum(self.points), self._sum(done)
        )


@dataclass(frozen=True, slots=True)
class Burndown:
    """Its days from the start to its end, or to today."""

    days: list[Day]
    in_points: bool
    changes: list[Change]
    unsized: int  # stories it holds that have no points

    @property
    def last(self) -> Day | None:
        """The newest day."""
        return self.days[-1] if self.days else None


def burndown(events: Iterable[Happening], *, zone: tzinfo, until: datetime) -> Burndown:
    """Replay events (oldest first); `until` is now, for a sprint that goes on."""
    replay, days = Replay(), list[Day]()
    today: date | None = None  # the day that is being lived through
    for event in events:
        on = event.at.astimezone(zone).date()
        if today is not None and replay.ended_at is None:
            today = _live(days, replay, today, on)
        replay.read(event)
        if today is None and replay.started_at is not None:
            today = on
    if today is not None:
        end = (replay.ended_at or until).astimezone(zone).date()
        _live(days, replay, today, end + DAY)
    unsized = sum(n is None for n in replay.points.values())
    in_points = replay.in_points is not False
    return Burndown(days, in_points, replay.changes, unsized if in_points else 0)


def _live(days: list[Day], replay: Replay, today: date, until: date) -> date:
    """Add the days before `until`, as things stand; answers the day that is next."""
    while today < until:
        days.append(replay.day(today))
        today += DAY
    return today
