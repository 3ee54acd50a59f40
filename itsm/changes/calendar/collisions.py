"""Which planned windows get in each other's way. Pure: no clock, no database.

Two windows collide where they overlap and share a service, a team or a person, or where
one service depends on the other: directly, in either direction, one step of the graph.
Ends are open: one that begins when another ends does not collide with it.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

Span = tuple[datetime, datetime]
QUARTER = timedelta(minutes=15)


class Kind(StrEnum):
    """What two windows share, the most telling first."""

    SERVICE = "service"
    DEPENDENCY = "dependency"
    TEAM = "team"
    PERSON = "person"


class Window(NamedTuple):
    """A planned time: of which change, on what, by whom.

    `key` is the ticket's id, 0 for a change not made yet; `needs` are the services that
    its own depends on.
    """

    key: int
    start: datetime
    end: datetime
    service: int | None = None
    needs: frozenset[int] = frozenset()
    team: int | None = None
    people: frozenset[int] = frozenset()


class Collision(NamedTuple):
    """With which other window, and why: the id of what both share.

    For a dependency it is the service that the other's service depends on.
    """

    kind: Kind
    other: Window
    why: int


def of(window: Window, others: Iterable[Window]) -> list[Collision]:
    """What one window collides with, by time; of each pair every reason."""
    met = [
        Collision(kind, other, why)
        for other in others
        if other.key != window.key and overlap(window, other)
        for kind, why in _shared(window, other)
    ]
    return sorted(met, key=_order)


def overlap(one: Window, other: Window) -> bool:
    """Whether both are under way at some moment."""
    return one.start < other.end and other.start < one.end


def among(windows: Iterable[Window]) -> dict[int, list[Collision]]:
    """What each of many windows collides with, by key; what collides with nothing is
    left out. One sweep through time: the cost follows what is under way at once."""
    met: dict[int, list[Collision]] = defaultdict(list)
    under_way: dict[Hashable, list[Window]] = defaultdict(list)
    for window in sorted(windows, key=lambda one: (one.start, one.key)):
        seen = {window.key}
        for place in _looked_at(window):
            here = [one for one in under_way[place] if one.end > window.start]
            under_way[place] = here
            for other in here:
                if other.key in seen:
                    continue
                seen.add(other.key)
                for kind, why in _shared(window, other):
                    met[window.key].append(Collision(kind, other, why))
                    met[other.key].append(Collision(kind, window, why))
        for place in _stands_at(window):
            under_way[place].append(window)
    return {key: sorted(found, key=_order) for key, found in met.items()}


def earliest(length: timedelta, after: datetime, taken: Iterable[Span]) -> datetime:
    """The first quarter of an hour from `after` on with nothing taken for `length`."""
    return first_free(length, after, taken, tidy=_quarter)


def first_free(
    length: timedelta,
    after: datetime,
    taken: Iterable[Span],
    *,
    tidy: Callable[[datetime], datetime] = lambda at: at,
) -> datetime:
    """The first moment from `after` on with nothing taken for `length`."""
    start = tidy(after)
    for begin, end in sorted(taken):
        if begin >= start + length:
            break
        if end > start:
            start = tidy(end)
    return start


def _quarter(at: datetime) -> datetime:
    """This quarter of an hour if it begins now, else the next."""
    past = timedelta(
        minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond
    )
    return at - past + QUARTER if past else at


def _shared(one: Window, other: Window) -> Iterator[tuple[Kind, int]]:
    if one.service is not None and one.service == other.service:
        yield Kind.SERVICE, one.service
    else:  # each may depend on the other
        if other.service is not None and other.service in one.needs:
            yield Kind.DEPENDENCY, other.service
        if one.service is not None and one.service in other.needs:
            yield Kind.DEPENDENCY, one.service
    if one.team is not None and one.team == other.team:
        yield Kind.TEAM, one.team
    for person in sorted(one.people & other.people):
        yield Kind.PERSON, person


def _stands_at(window: Window) -> Iterator[Hashable]:
    """Where others find it while it is under way."""
    yield "service", window.service
    yield "team", window.team
    yield from (("needs", one) for one in window.needs)
    yield from (("person", one) for one in window.people)


def _looked_at(window: Window) -> Iterator[Hashable]:
    """Where those stand that it may collide with."""
    if window.service is not None:
        yield "service", window.service
        yield "needs", window.service
    if window.team is not None:
        yield "team", window.team
    yield from (("service", one) for one in window.needs)
    yield from (("person", one) for one in window.people)


_RANK = {kind: rank for rank, kind in enumerate(Kind)}


def _order(met: Collision) -> tuple[datetime, int, int, int]:
    return met.other.start, met.other.key, _RANK[met.kind], met.why
