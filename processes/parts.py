"""What upper rooms add to a process: who runs on which version, moving tickets.

Tickets live above this room, which may not import them. The room that knows them
registers these once when it starts.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from processes.crossing import Crossing
from processes.models import Process, ProcessVersion

Counts = Mapping[int, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Part:
    """Something that process versions govern.

    `count(process)`: for each version id, the things in each state (open and ended),
    in one query. `move(source, target, crossing, at, by)`: all of them from one version
    to the other inside the caller's transaction; the state a thing came from is kept
    with the event so that `move_back` can use it; answers how many moved. `move_back`
    the same in the other direction.
    """

    name: str
    count: Callable[[Process], Counts]
    move: Callable[..., int]
    move_back: Callable[..., int]


_parts: dict[str, Part] = {}


def register(part: Part) -> None:
    """Make a part known; a second one of the same name replaces the first."""
    _parts[part.name] = part


def registered() -> Sequence[Part]:
    """All parts."""
    return tuple(_parts.values())


def counts(process: Process) -> dict[int, dict[str, int]]:
    """For each version id, how many things are in each state; a query per part."""
    total: dict[int, dict[str, int]] = {}
    for part in _parts.values():
        for version_id, states in part.count(process).items():
            row = total.setdefault(version_id, {})
            for state, number in states.items():
                row[state] = row.get(state, 0) + number
    return total


def move(
    *,
    source: ProcessVersion,
    target: ProcessVersion,
    crossing: Crossing,
    back: bool,
    at: datetime,
    by: object,
) -> int:
    """Let every part move its things; how many moved."""
    return sum(
        (part.move_back if back else part.move)(
            source=source, target=target, crossing=crossing, at=at, by=by
        )
        for part in _parts.values()
    )
