"""What the clocks look up: definitions, calendars and steps, by their id.

Versions never change, so they are read once per process. Agreements may: their steps
come from the book, which is read once per action.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from core import worktime
from itsm.sla import book as books
from itsm.sla import steps as step_rules
from itsm.sla.models import Agreement
from itsm.sla.steps import Step
from itsm.sla.terms import Book, Question, Terms, resolve
from itsm.tickets.rows import rules_of
from people.calendars.reading import worktime as hours_of
from people.models import Service, User
from processes.definition import Definition

Agreed = tuple[tuple[int, ...], tuple[Mapping[str, Any], ...]]


class Looked:
    """One action's view of them; the book is read when it is first asked for."""

    def __init__(self) -> None:
        self._book: Book | None = None
        self._definitions: dict[int, Definition] = {}
        self._steps: dict[tuple[int | None, str, timedelta], tuple[Step, ...]] = {}
        self._always_on: dict[int, bool] = {}
        self._is_machine: dict[int, bool] = {}
        self._machines: set[int] | None = None
        self._asked_at: datetime | None = None
        self._terms: dict[tuple[Question, int], Mapping[str, Terms]] = {}

    @property
    def book(self) -> Book:
        """The agreements, as they are now."""
        if self._book is None:
            self._book = books.load()
        return self._book

    def definition(self, version: int) -> Definition:
        """A process version's definition."""
        known = self._definitions.get(version)
        if known is None:
            known = self._definitions[version] = rules_of({version})[version]
        return known

    def hours(self, calendar: int | None) -> worktime.Calendar:
        """A calendar version's working time; None is around the clock."""
        return hours_of(calendar)

    def steps(
        self, agreement: int | None, kind: str, target: timedelta
    ) -> tuple[Step, ...]:
        """The steps of such a promise, in order."""
        key = agreement, str(kind), target
        known = self._steps.get(key)
        if known is None:
            warnings, escalations = self._agreed(agreement)
            known = self._steps[key] = step_rules.steps(
                target, warnings, escalations, promise=str(kind)
            )
        return known

    def _agreed(self, agreement: int | None) -> Agreed:
        if agreement is None:
            return step_rules.WARNINGS, ()
        for entry in self.book.agreements:
            if entry.id == agreement:
                return entry.warnings, entry.escalations
        row = Agreement.objects.get(pk=agreement)  # one that has ended
        return tuple(row.warnings), tuple(row.escalations)

    def escalation(self, agreement: int | None, index: int) -> Mapping[str, Any]:
        """One step of an agreement: who is told, and how."""
        return self._agreed(agreement)[1][index]

    def terms(
        self, question: Question, version: int, at: datetime
    ) -> Mapping[str, Terms]:
        """What is promised now; see `itsm.sla.terms`. The same is resolved once."""
        if at != self._asked_at:
            self._asked_at, self._terms = at, {}
        key = self._told_apart(question), version
        known = self._terms.get(key)
        if known is None:
            definition = self.definition(version)
            known = resolve(question, definition, self.book, at=at)
            self._terms[key] = known
        return known

    def _told_apart(self, question: Question) -> Question:
        """The same without what no agreement names: so many tickets ask one thing."""
        type_, priority, service, organisation, team, always_on = question
        services, organisations, teams = self._named
        return Question(
            type_,
            priority,
            service if service in services else None,
            organisation if organisation in organisations else None,
            team if team in teams else None,
            always_on,
        )

    @cached_property
    def _named(self) -> tuple[frozenset[int | None], ...]:
        """The services, organisations and teams that agreements name."""
        entries = self.book.agreements
        return (
            frozenset(entry.service for entry in entries),
            frozenset(entry.organisation for entry in entries),
            frozenset(entry.team for entry in entries),
        )

    def know(self, requester: User | None) -> None:
        """Whether a program asked is not looked up for somebody who is at hand."""
        if requester is not None:
            self._is_machine[requester.pk] = requester.is_machine

    def is_machine(self, user: int | None) -> bool:
        """Whether this is a program, which waits for no word of ours; one query."""
        if user is None:
            return False
        if user not in self._is_machine:
            if self._machines is None:
                rows = User.objects.filter(is_machine=True)
                self._machines = set(rows.values_list("pk", flat=True))
            self._is_machine[user] = user in self._machines
        return self._is_machine[user]

    def always_on(self, service: int | None) -> bool:
        """Whether a service runs around the clock; asked once per service."""
        if service is None:
            return False
        if service not in self._always_on:
            rows = dict(Service.objects.values_list("pk", "always_on"))
            self._always_on.update(rows)
        return self._always_on.get(service, False)
