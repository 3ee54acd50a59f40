"""Who is on duty when: rules over plain values. No clock, no database.

A rota has layers: the first on duty, the second, and so on. In a layer people take
turns in their order. A turn is counted on the clock on the wall of the layer's zone: it
begins every so many days, weeks or hours after the layer's first hand-over, so a turn
of a week has 167 or 169 hours over a clock change. A hand-over at a wall time that does
not exist happens at the first instant after the gap; at one that comes twice, the first
time (`people.rotas.local`). Hours of the week are read the same way.

Who has a turn is decided in this order: the layer's order of people; swaps; overrides
(the one made last wins); and whoever that is, while they are absent their cover, or the
cover's cover. Nobody left is a gap, and says so. A layer that keeps certain hours has
nobody outside of them, and neither overrides nor gaps.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

from people.rotas.local import instant, wall

DAY = timedelta(days=1)
Turn = tuple[int, int]  # layer's id, number of the turn


class Unit(StrEnum):
    """What the length of a turn is counted in."""

    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"


class Why(StrEnum):
    """Why somebody is on duty, or nobody."""

    TURN = "turn"
    SWAP = "swap"
    OVERRIDE = "override"
    COVER = "cover"
    GAP = "gap"  # somebody should be, and nobody is
    OFF = "off"  # nobody should be


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of one weekday (0 Monday); minutes after midnight, above 1440 next day."""

    weekday: int
    opens: int
    closes: int


@dataclass(frozen=True)
class Layer:
    """One order of people that counts from `begins` until `ends`.

    `position` says whether it is the first or second on duty; layers of one position
    never overlap. Turns are counted from `first`, the wall time of a hand-over.
    """

    id: int
    position: int
    zone: ZoneInfo
    people: tuple[int, ...]
    every: int
    unit: Unit
    first: datetime
    hours: tuple[Hours, ...] = ()
    begins: datetime | None = None
    ends: datetime | None = None

    @cached_property
    def length(self) -> timedelta:
        """A turn's length on the wall."""
        return timedelta(**{self.unit.value: self.every})

    def turn_begins(self, turn: int) -> datetime:
        """When a turn is handed over."""
        return instant(self.zone, self.first + turn * self.length)

    def turn_at(self, at: datetime) -> int:
        """The number of the turn at an instant."""
        turn = (wall(self.zone, at) - self.first) // self.length
        while self.turn_begins(turn) > at:
            turn -= 1
        while self.turn_begins(turn + 1) <= at:
            turn += 1
        return turn

    def in_order(self, turn: int) -> int:
        """Whose turn it is by the order of people alone."""
        return self.people[turn % len(self.people)]

    def turns(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """The hand-overs between two instants."""
        turn = self.turn_at(start) + 1
        while (at := self.turn_begins(turn)) < end:
            yield at
            turn += 1

    def counts_at(self, at: datetime) -> bool:
        """Whether the layer is in force."""
        return (self.begins is None or self.begins <= at) and (
            self.ends is None or at < self.ends
        )

    def part(self, start: datetime, end: datetime) -> tuple[datetime, datetime]:
        """As much of a time as the layer is in force; the end is not after the start
        where it is not."""
        return max(start, self.begins or start), min(end, self.ends or end)

    def is_open(self, at: datetime) -> bool:
        """Whether somebody should be on duty."""
        if not self.counts_at(at):
            return False
        return not self.hours or any(a <= at < b for a, b in self.windows(at, at))

    def windows(
        self, start: datetime, end: datetime
    ) -> Iterator[tuple[datetime, datetime]]:
        """The hours of the days around two instants; they may touch or overlap."""
        day = wall(self.zone, start).date() - 2 * DAY
        last = wall(self.zone, end).date()
        while day <= last:
            midnight = datetime.combine(day, time())
            for one in self.hours:
                if one.weekday == day.weekday():
                    opens, closes = (
                        instant(self.zone, midnight + timedelta(minutes=minutes))
                        for minutes in (one.opens, one.closes)
                    )
                    yield opens, closes
            day += DAY


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody instead of whoever has the turn."""

    position: int
    person: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Swap:
    """Two turns change hands, both or neither."""

    one: Turn
    other: Turn


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is away; `cover` takes their duty."""

    person: int
    start: datetime
    end: datetime
    cover: int | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """From when until when in a layer who is on duty, and why; nobody: None."""

    position: int
    start: datetime
    end: datetime
    person: int | None
    why: Why
    layer: int | None = None
    turn: int | None = None
    instead_of: int | None = None


@dataclass(frozen=True, slots=True)
class _Held:
    """Who is on duty at one instant in one position."""

    person: int | None
    why: Why
    layer: int | None = None
    turn: int | None = None
    instead_of: int | None = None


OFF = _Held(None, Why.OFF)


@dataclass(frozen=True)
class Away:
    """All absences, those made last at the end; `gone` are those without access."""

    absences: Sequence[Absence] = ()
    gone: frozenset[int] = frozenset()

    def stands_in(self, person: int, at: datetime) -> int | None:
        """Themselves, or whoever covers them; None where nobody is there."""
        return self._present(person, at, frozenset())

    def _present(self, person: int, at: datetime, asked: frozenset[int]) -> int | None:
        """The last absence that names a cover who is there decides."""
        away = [a for a in self.of(person) if a.start <= at < a.end]
        if not away and person not in self.gone:
            return person
        asked |= {person}
        for absence in reversed(away):
            if absence.cover is not None and absence.cover not in asked:
                found = self._present(absence.cover, at, asked)
                if found is not None:
                    return found
        return None

    def of(self, person: int) -> Sequence[Absence]:
        """The absences of one person."""
        return self._by_person.get(person, ())

    @cached_property
    def _by_person(self) -> dict[int, list[Absence]]:
        found: dict[int, list[Absence]] = {}
        for one in self.absences:
            found.setdefault(one.person, []).append(one)
        return found


@dataclass(frozen=True)
class Rota:
    """Layers and what was agreed besides; later overrides and swaps stand later."""

    layers: tuple[Layer, ...]
    overrides: tuple[Override, ...] = ()
    swaps: tuple[Swap, ...] = ()
    away: Away = field(default_factory=Away)

    @cached_property
    def positions(self) -> tuple[int, ...]:
        """First, second … as far as there are any."""
        return tuple(sorted({layer.position for layer in self.layers}))

    def kept(self, start: datetime, end: datetime) -> list[int]:
        """The positions that have a layer in force between two instants."""
        parts = ((layer.position, *layer.part(start, end)) for layer in self.layers)
        return sorted({position for position, since, until in parts if since < until})

    @cached_property
    def _swapped(self) -> dict[Turn, int]:
        """Who holds the turns that were swapped, one swap after the other."""
        held: dict[Turn, int] = {}
        layers = {layer.id: layer for layer in self.layers}
        for swap in self.swaps:
            if swap.one[0] in layers and swap.other[0] in layers:
                held[swap.one], held[swap.other] = (
                    held.get(turn, layers[turn[0]].in_order(turn[1]))
                    for turn in (swap.other, swap.one)
                )
        return held

    def holder(self, turn: Turn) -> int:
        """Whose turn it is after all swaps; KeyError for a layer that is not here."""
        layers = {layer.id: layer for layer in self.layers}
        return self._swapped.get(turn, layers[turn[0]].in_order(turn[1]))

    def held(self, position: int, at: datetime) -> _Held:
        """Who is on duty in one position at an instant, and why."""
        for layer in self.layers:
            if layer.position == position and layer.is_open(at):
                return self._in(layer, at)
        return OFF

    def _in(self, layer: Layer, at: datetime) -> _Held:
        turn = layer.turn_at(at)
        usual = person = layer.in_order(turn)
        why = Why.TURN
        if (layer.id, turn) in self._swapped:
            person, why = self._swapped[layer.id, turn], Why.SWAP
        for one in self.overrides:
            if one.position == layer.position and one.start <= at < one.end:
                person, why = one.person, Why.OVERRIDE
        there = self.away.stands_in(person, at)
        if there is None:
            return _Held(None, Why.GAP, layer.id, turn, person)
        if there != person:
            return _Held(there, Why.COVER, layer.id, turn, person)
        instead = usual if usual != person else None
        return _Held(person, why, layer.id, turn, instead)

    def _cuts(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """Every instant at which anything may change."""
        for layer in self.layers:
            since, until = layer.part(start, end)
            if since >= until:
                continue
            yield from (since, until)
            yield from layer.turns(since, until)
            for window in layer.windows(since, until) if layer.hours else ():
                yield from window
        for override in self.overrides:
            yield from (override.start, override.end)
        for absence in self.away.absences:
            yield from (absence.start, absence.end)


def on_duty(rota: Rota, at: datetime) -> list[int | None]:
    """The person of each position, first to last; None where nobody is on duty."""
    return [rota.held(position, at).person for position in rota.positions]


def is_gap(rota: Rota, at: datetime) -> bool:
    """Whether somebody should be on duty and nobody is, in any position."""
    return any(rota.held(p, at).why is Why.GAP for p in rota.positions)


def shifts(rota: Rota, start: datetime, end: datetime) -> list[Shift]:
    """The time between two instants, in each position cut into shifts without a rest.

    Sorted by position, then time; without positions that nobody keeps any more. Two
    turns of one person in a row are two shifts.
    """
    if start >= end:
        return []
    inner = {at for at in rota._cuts(start, end) if start < at < end}
    cuts = [start, *sorted(inner), end]
    found: list[Shift] = []
    for position in rota.kept(start, end):
        begun, now = start, rota.held(position, start)
        for at in cuts[1:-1]:
            then = rota.held(position, at)
            if then != now:
                found.append(_shift(position, begun, at, now))
                begun, now = at, then
        found.append(_shift(position, begun, end, now))
    return found


def _shift(position: int, start: datetime, end: datetime, held: _Held) -> Shift:
    return Shift(
        position,
        start,
        end,
        held.person,
        held.why,
        held.layer,
        held.turn,
        held.instead_of,
    )


def next_change(rota: Rota, at: datetime, within: timedelta) -> datetime | None:
    """The next instant at which other people are on duty; None if none is so near."""
    now = on_duty(rota, at)
    cuts = sorted({c for c in rota._cuts(at, at + within) if at < c < at + within})
    return next((c for c in cuts if on_duty(rota, c) != now), None)
