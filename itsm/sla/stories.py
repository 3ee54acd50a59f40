"""What clocks ask of their ticket and of the house, and a ticket's clocks together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from core import worktime
from itsm.sla.models import Clock
from itsm.sla.steps import Step
from itsm.sla.terms import Terms
from processes.definition import Definition

TERMS_OF = ("type", "priority", "service", "organisation", "team", "process_version")
FACTS = (
    *(*TERMS_OF, "requester", "owner", "state", "wait_reason"),
    *("responded_at", "informed_at"),
)


class Rules(Protocol):
    """What the fold looks up: rows that never change, by their id."""

    def definition(self, version: int) -> Definition:
        """A process version's definition."""

    def hours(self, calendar: int | None) -> worktime.Calendar:
        """A calendar version's working time; None is around the clock."""

    def steps(
        self, agreement: int | None, kind: str, target: timedelta
    ) -> tuple[Step, ...]:
        """The warnings, escalations and the miss of such a promise, in order."""


class Happening(Protocol):
    """An event, as far as clocks ask."""

    @property
    def kind(self) -> str:
        """What happened."""

    @property
    def at(self) -> datetime:
        """When."""

    @property
    def changes(self) -> Mapping[str, Any]:
        """Old and new of what changed."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event that is not recorded (yet)."""

    kind: str
    at: datetime
    changes: Mapping[str, Any]


@dataclass(slots=True)
class Facts:
    """What clocks ask of their ticket."""

    type: str = ""
    priority: int = 0
    service: int | None = None
    organisation: int | None = None
    team: int | None = None
    process_version: int = 0
    requester: int | None = None
    owner: int | None = None
    state: str = ""
    wait_reason: str = ""
    responded_at: Any = None  # what came from elsewhere may know no more than this
    informed_at: Any = None

    @property
    def is_known(self) -> bool:
        """Whether the opening was told: without it nothing can be promised."""
        return bool(self.state and self.process_version and self.priority)

    @property
    def is_answered(self) -> bool:
        """Whether somebody has said something to the requester."""
        return (self.responded_at or self.informed_at) is not None

    def learn(self, changes: Mapping[str, Any]) -> bool:
        """Take over what an event says; whether the terms may be others now."""
        for name in FACTS:
            if name in changes:
                setattr(self, name, changes[name][1])
        return any(name in changes for name in TERMS_OF)


@dataclass(slots=True)
class Story:
    """One ticket's clocks, and what is known of it so far.

    `late` are promises found missed that nobody has recorded as missed yet.
    """

    ticket_id: int
    facts: Facts
    clocks: list[Clock] = field(default_factory=list)
    late: list[Clock] = field(default_factory=list)

    def of(self, kind: str, party: int | None = None) -> Clock | None:
        """The last cycle of one promise."""
        last: Clock | None = None
        for clock in self.clocks:
            if clock.kind == kind and clock.party_id == party:
                last = clock if last is None or clock.cycle > last.cycle else last
        return last

    def of_cycle(self, kind: str, cycle: int) -> Clock | None:
        """One cycle of a promise; cycle 0 of the updates keeps what was agreed."""
        for clock in self.clocks:
            if clock.cycle == cycle and clock.kind == kind:
                return clock
        return None

    def named(self, name: Iterable[Any]) -> Clock | None:
        """The clock an event names, see `name_of`."""
        wanted = tuple(name)
        return next((c for c in self.clocks if tuple(name_of(c)) == wanted), None)


def name_of(clock: Clock) -> list[Any]:
    """How events name a clock of their ticket."""
    return [str(clock.kind), clock.party_id, clock.cycle]


def terms_from(told: Mapping[str, Any]) -> Terms:
    """Terms as an event tells them."""
    target = timedelta(seconds=told["target"])
    return Terms(target, told.get("calendar"), told.get("agreement"))


def told_as(terms: Terms, party: int | None = None) -> dict[str, Any]:
    """Terms as events tell them: the target in seconds, the rest by id."""
    told: dict[str, Any] = {"target": terms.target.total_seconds()}
    for name, value in (
        ("calendar", terms.calendar),
        ("agreement", terms.agreement),
        ("party", party),
    ):
        if value is not None:
            told[name] = value
    return told


def terms_of(clock: Clock) -> Terms:
    """What was promised, by which calendar, out of which agreement."""
    return Terms(clock.target, clock.calendar_id, clock.agreement_id)
