"""Clocks of a synthetic load: told from what happened, as everywhere, and written by
COPY. Whoever makes the rows may be a process without a database."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from itsm.sla import clockwork
from itsm.sla.bringing import COLUMNS, skip_passed
from itsm.sla.following import missed, new_terms, next_of
from itsm.sla.models import Clock
from itsm.sla.rules import Looked
from itsm.sla.stories import Facts, Story
from itsm.tickets import kinds
from itsm.tickets.synthetic import Happened, Promised
from people.models import CalendarVersion
from processes.definition import Definition

TABLE = "itsm_clock"
FIELDS = [field.attname for field in Clock._meta.concrete_fields if field.name != "id"]
__all__ = ["COLUMNS", "TABLE", "Promises"]


class _Known(Looked):
    """Everything read beforehand: a forked process must not use its connection."""

    def __init__(self, definitions: Mapping[int, Definition]) -> None:
        super().__init__()
        self._definitions.update(definitions)
        self.always_on(0)
        self.is_machine(0)
        for entry in self.book.agreements:
            self._agreed(entry.id)
        for version in CalendarVersion.objects.values_list("pk", flat=True):
            self.hours(version)


class Promises:
    """What is promised of synthetic tickets by the agreements there are."""

    def __init__(
        self,
        definitions: Mapping[int, Definition],
        line: Callable[[Sequence[Any]], str],
    ) -> None:
        self._rules = _Known(definitions)
        self._line = line

    def __call__(
        self, ticket: int, happened: Sequence[Happened], at: datetime
    ) -> Promised:
        """See `itsm.tickets.synthetic.Ask`."""
        story, events = Story(ticket, Facts()), list[Happened]()
        for event in happened:
            story.facts.learn(event.changes)
            if clockwork.concerns(event):
                clockwork.follow(story, event, self._rules)
                self._record_late(story, events)
            events.append(event)
            if event.kind == kinds.OPEN:
                self._begin(story, events, event.at)
        clockwork.catch_up(story, at)
        self._record_late(story, events)
        skip_passed(story.clocks, self._rules, at)
        lines = "".join(map(self._row, story.clocks))
        return Promised(events, lines, next_of(story.clocks, at))

    def _begin(self, story: Story, events: list[Happened], at: datetime) -> None:
        changes = new_terms(story, self._rules, at)
        if changes:
            told = Happened(kinds.PROMISE, at, None, changes)
            clockwork.follow(story, told, self._rules)
            events.append(told)

    def _record_late(self, story: Story, events: list[Happened]) -> None:
        for clock in list(story.late):
            due, changes = clock.missed_at, missed(clock, self._rules)
            assert due is not None  # a promise without a due time is never late
            told = Happened(kinds.MISS, due, None, changes)
            clockwork.follow(story, told, self._rules)
            events.append(told)

    def _row(self, clock: Clock) -> str:
        return self._line([getattr(clock, name) for name in FIELDS])
