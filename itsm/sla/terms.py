"""Which promises hold: agreements against a question, the most specific first.

Pure over a `Book`, the agreements and calendars as they are (`itsm.sla.book.load`).
An agreement fits where every dimension it names is the question's. Of those that fit
and are valid on that day the one with the most named dimensions counts, then the one
that names the service, the organisation, the type. Where it has nothing for the
priority the next one counts, in the end the process version's own targets.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from itsm.sla.models import Agreement, ClockKind
from itsm.sla.steps import WARNINGS
from processes.definition import Definition

CUSTOMER = Agreement.Kind.CUSTOMER.value
OPERATIONAL = Agreement.Kind.OPERATIONAL.value
PROMISES = (ClockKind.RESPONSE, ClockKind.UPDATE, ClockKind.RESOLUTION)
AROUND_THE_CLOCK_PRIORITY = 1  # without an agreement

Targets = Mapping[str, timedelta]  # by promise; what is missing is not promised


class Terms(NamedTuple):
    """One promise: how much working time, by which calendar, out of which agreement.

    `calendar` is a CalendarVersion's id, None around the clock; `agreement` is None
    where the process version's own targets hold.
    """

    target: timedelta
    calendar: int | None
    agreement: int | None


class Question(NamedTuple):
    """What a ticket is, as far as promises ask; ids, and the priority's number."""

    type: str
    priority: int
    service_id: int | None
    organisation_id: int | None
    team_id: int | None
    always_on: bool  # its service runs around the clock


@dataclass(frozen=True, slots=True)
class Hours:
    """A calendar as it counts now."""

    id: int
    version: int
    name: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Entry:
    """An agreement as values. `targets` by priority and promise, none of them zero."""

    id: int
    slug: str
    name: str
    kind: str
    service: int | None
    organisation: int | None
    type: str
    team: int | None
    hours: Hours | None
    around_the_clock: frozenset[int]
    targets: Mapping[int, Targets]
    valid_from: date
    valid_until: date | None
    warnings: tuple[int, ...] = WARNINGS
    escalations: tuple[Mapping[str, Any], ...] = field(default=(), compare=False)

    @property
    def rank(self) -> tuple[int, bool, bool, bool, int]:
        """What makes one more specific than another; the newer one at last."""
        named = self.service is not None, self.organisation is not None, bool(self.type)
        return sum(named), *named, self.id

    def fits(self, question: Question) -> bool:
        """Whether every dimension it names is the question's."""
        return (
            self.service in {None, question.service_id}
            and self.organisation in {None, question.organisation_id}
            and self.type in {"", question.type}
            and (self.kind == CUSTOMER or self.team == question.team_id)
        )

    def calendar_for(self, priority: int) -> int | None:
        """By which calendar version a priority's time counts; None around the clock."""
        if self.hours is None or priority in self.around_the_clock:
            return None
        return self.hours.version


@dataclass(frozen=True, slots=True)
class Book:
    """All agreements and the calendars they name; `zone` where neither says one."""

    agreements: tuple[Entry, ...]
    default: Hours | None
    zone: ZoneInfo

    def day(self, entry: Entry, at: datetime) -> date:
        """The day that an agreement has at an instant."""
        hours = entry.hours or self.default
        return at.astimezone(hours.zone if hours else self.zone).date()

    def is_valid(self, entry: Entry, at: datetime) -> bool:
        """Whether it holds on that day, first and last one included."""
        day = self.day(entry, at)
        last = entry.valid_until
        return entry.valid_from <= day and (last is None or day <= last)

    def fitting(self, kind: str, question: Question, at: datetime) -> list[Entry]:
        """The agreements of a kind that fit, the most specific first."""
        found = [
            entry
            for entry in self.agreements
            if entry.kind == kind and entry.fits(question) and self.is_valid(entry, at)
        ]
        return sorted(found, key=lambda entry: entry.rank, reverse=True)


def resolve(
    question: Question, definition: Definition, book: Book, *, at: datetime
) -> dict[str, Terms]:
    """What is promised at an instant, by kind of clock; nothing for what is not."""
    terms: dict[str, Terms] = {}
    won = winner(book.fitting(CUSTOMER, question, at), question.priority)
    if won is not None:
        calendar = won.calendar_for(question.priority)
        targets = won.targets[question.priority]
    else:
        calendar = default_calendar(question, book)
        targets = of_process(definition, question.priority)
    for kind in PROMISES:
        if target := targets.get(kind.value):
            terms[kind.value] = Terms(target, calendar, won.id if won else None)
    within = winner(book.fitting(OPERATIONAL, question, at), question.priority)
    if within is not None and question.team_id is not None:
        target = within.targets[question.priority].get(ClockKind.RESOLUTION.value)
        if target:
            calendar = within.calendar_for(question.priority)
            terms[ClockKind.OPERATIONAL.value] = Terms(target, calendar, within.id)
    return terms


def winner(fitting: Iterable[Entry], priority: int) -> Entry | None:
    """The first that has something for the priority."""
    return next((entry for entry in fitting if entry.targets.get(priority)), None)


def of_process(definition: Definition, priority: int) -> Targets:
    """The process version's own targets of a priority, as an agreement has them."""
    target = definition.targets[priority]
    found = {kind.value: getattr(target, kind.value) for kind in PROMISES}
    return {kind: length for kind, length in found.items() if length}


def default_calendar(question: Question, book: Book) -> int | None:
    """By what time counts without an agreement; None around the clock."""
    always = question.always_on or question.priority == AROUND_THE_CLOCK_PRIORITY
    return None if always or book.default is None else book.default.version
