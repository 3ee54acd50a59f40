"""Cumulative flow and cycle times of a process's stories, from their events alone."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Protocol

DAY = timedelta(days=1)
OPEN, DOING, DONE, GONE = "open", "doing", "done", "dropped"


class Happening(Protocol):
    """As much of a story's event as is read here."""

    kind: str
    at: datetime
    subject_id: int
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Level:
    """How many stories stood where at the end of a local day."""

    date: date
    open: int
    doing: int
    done: int


@dataclass(frozen=True, slots=True)
class Cycle:
    """A story that is done: from when it was begun until it was done."""

    story: int
    begun: datetime
    done: datetime

    @property
    def days(self) -> float:
        """How long it took, in days."""
        return (self.done - self.begun) / DAY


@dataclass(slots=True)
class _Story:
    state: str = OPEN
    begun: datetime | None = None
    done: datetime | None = None


@dataclass(slots=True)
class Flow:
    """All stories of a process, while their events are read, oldest first."""

    stories: dict[int, _Story] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def read(self, event: Happening) -> None:
        """One more event."""
        story = self.stories.get(event.subject_id)
        if story is None:
            story = self.stories[event.subject_id] = _Story(state="")
            self._put(story, OPEN)
        state = _state(event)
        if state is None:
            return
        if state == DOING and story.begun is None:
            story.begun = event.at
        if state == DONE:
            story.done = event.at
            story.begun = story.begun or event.at
        elif story.state == DONE:
            story.done = None
        self._put(story, state)

    def _put(self, story: _Story, state: str) -> None:
        self.counts[story.state] -= 1
        self.counts[state] += 1
        story.state = state

    def level(self, on: date) -> Level:
        """Where the stories stand."""
        return Level(on, self.counts[OPEN], self.counts[DOING], self.counts[DONE])

    def cycles(self) -> list[Cycle]:
        """What is done, in the order in which it was."""
        found = [
            Cycle(pk, story.begun, story.done)
            for pk, story in self.stories.items()
            if story.begun and story.done and story.state == DONE
        ]
        return sorted(found, key=lambda cycle: (cycle.done, cycle.story))


def _state(event: Happening) -> str | None:
    """The state an event leaves its story in; None where it is about other things."""
    if "state" in event.changes and event.kind != "story.create":
        return str(event.changes["state"][1])
    match event.kind:
        case "story.drop" | "story.merge":
            return GONE
        case "story.restore":
            return OPEN
        case "story.sprint":  # out of a sprint, or into one: to be begun anew
            return OPEN
    return None


def flow(
    events: Iterable[Happening], *, zone: tzinfo, until: date
) -> tuple[list[Level], list[Cycle]]:
    """Each local day from the first event to `until`, and all cycles."""
    read, days = Flow(), list[Level]()
    today: date | None = None
    for event in events:
        on = event.at.astimezone(zone).date()
        today = on if today is None else _live(days, read, today, min(on, until))
        read.read(event)
    if today is not None:
        _live(days, read, today, until + DAY)
    return days, read.cycles()


def _live(days: list[Level], read: Flow, today: date, until: date) -> date:
    while today < until:
        days.append(read.level(today))
        today += DAY
    return today


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest of them that so large a share does not exceed (nearest rank)."""
    found = sorted(values)
    if not found:
        raise ValueError("there is nothing to take a percentile of")
    place = max(0, min(len(found) - 1, -(-int(share * 1000) * len(found) // 1000) - 1))
    return found[place]
