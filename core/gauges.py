"""What rooms measure of themselves, for /metrics and /health/ready.

A gauge answers numbers by label; a warning answers a sentence while something is not
as it should be. Upper rooms register theirs, so that core need not know them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

LATE = 60.0  # seconds a timer may be late before we say so
Labels = tuple[tuple[str, str], ...]
Read = Callable[[datetime], Mapping[Labels, float]]


@dataclass(frozen=True, slots=True)
class Gauge:
    """One measure: its Prometheus name, what it says, and how it is read."""

    name: str
    says: str
    read: Read


_gauges: dict[str, Gauge] = {}
_warnings: dict[str, Callable[[datetime], list[str]]] = {}
_lateness: dict[str, Callable[[datetime], float]] = {}


def gauge(name: str, says: str, read: Read) -> None:
    """Add a measure; a second one of the same name replaces the first."""
    _gauges[name] = Gauge(name, says, read)


def registered() -> list[Gauge]:
    """All measures."""
    return list(_gauges.values())


def warning(name: str, read: Callable[[datetime], list[str]]) -> None:
    """Add sentences that are said while something is not as it should be."""
    _warnings[name] = read


def warnings(at: datetime) -> list[str]:
    """All that is said now."""
    return [sentence for read in _warnings.values() for sentence in read(at)]


def timer(name: str, seconds_late: Callable[[datetime], float]) -> None:
    """Add timers: how many seconds the oldest due one has waited."""
    _lateness[name] = seconds_late


def seconds_late(at: datetime) -> float:
    """How late the latest of all timers is."""
    return max((late(at) for late in _lateness.values()), default=0.0)
