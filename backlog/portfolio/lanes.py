"""Sprints side by side in time: where each begins and ends, as shares of the width."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from backlog.portfolio.queries import Portfolio
from backlog.sprints.models import Sprint

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Lane:
    """One sprint's bar."""

    sprint: Sprint
    left: float
    width: float
    is_in_step: bool


@dataclass(frozen=True, slots=True)
class Lanes:
    """The picture: weeks from Monday on, bars, and where today is."""

    weeks: Sequence[tuple[date, float]]
    lanes: Sequence[Lane]
    today: float


def draw(found: Portfolio) -> Lanes | None:
    """None where no sprint runs or is planned."""
    sprints = found.sprints
    if not sprints:
        return None
    first = min(found.today, *(s.starts_on for s in sprints))
    last = max(found.today, *(s.ends_on for s in sprints))
    first -= timedelta(days=first.weekday())
    last += timedelta(days=6 - last.weekday())
    days = (last - first).days + 1

    def share(day: date) -> float:
        return round((day - first).days / days, 4)

    weeks = [(first + WEEK * n, share(first + WEEK * n)) for n in range(days // 7)]
    lanes = [
        Lane(
            sprint=one,
            left=share(one.starts_on),
            width=round(((one.ends_on - one.starts_on).days + 1) / days, 4),
            is_in_step=one.state != Sprint.State.RUNNING or found.is_in_step(one),
        )
        for one in sprints
    ]
    return Lanes(weeks, lanes, share(found.today))
