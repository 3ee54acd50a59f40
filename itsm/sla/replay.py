"""Clocks told again from the event log: for what is undone, for imports, for doctor."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from core.context import Door
from core.models import Event
from itsm.sla import clockwork, stories
from itsm.sla.models import Clock
from itsm.sla.rules import Looked
from itsm.sla.stories import Facts, Story
from itsm.tickets import kinds
from itsm.tickets.models import Ticket

Ask = Callable[[Story, datetime], Mapping[str, Any]]
BATCH = 1000  # tickets told at once
TOLD = ("kind", "at", "door", "changes", "request_id", "subject_id")
COMPARED = (
    *("state", "agreement_id", "calendar_id", "target", "used", "since"),
    *("due_at", "started_at", "ended_at", "missed_at"),
)


@dataclass(slots=True)
class Told:
    """A ticket's clocks as its log tells them, and the events still to be written."""

    story: Story
    new: list[tuple[str, datetime, dict[str, Any]]] = field(default_factory=list)


def tell(
    ticket_id: int,
    events: Sequence[Event],
    rules: Looked,
    *,
    ask: Ask | None = None,
    until: datetime | None = None,
) -> Told:
    """Fold a ticket's events. `ask` says what is promised where the log does not.

    It is given for a history that came from elsewhere: what it answers, and what was
    missed by the way up to `until`, is then to be recorded (`new`).
    """
    told = Told(Story(ticket_id, Facts()))
    story = told.story
    for event in _in_order(_without_undone(events)):
        story.facts.learn(event.changes)
        if not clockwork.concerns(event):
            continue
        if story.facts.is_known:
            clockwork.follow(story, event, rules)
        if ask is None:
            continue
        _record_late(told, event.at, rules)
        changes = ask(story, event.at)
        if changes:
            _record(told, kinds.PROMISE, event.at, dict(changes), rules)
    if until is not None:
        clockwork.catch_up(story, until)
        _record_late(told, until, rules)
    return told


def retell(ticket: Ticket, event: Event, rules: Looked) -> None:
    """Tell a ticket's clocks again in an open action: something of it was undone.

    Also for a ticket that had none yet (it is older than clocks): its promises begin
    with its opening, under the terms of today.
    """
    from itsm.sla import following

    events = following.log_of(ticket)
    if any(e.kind == kinds.PROMISE for e in events):
        told = tell(ticket.pk, events, rules)
        following.replace(ticket, told.story, event.at)
        return
    told = tell(ticket.pk, events, rules, ask=asker(rules))
    following.keep(ticket, told, event.at)


def asker(rules: Looked) -> Ask:
    """Says what is promised by the agreements of today."""
    from itsm.sla.following import new_terms

    def ask(story: Story, at: datetime) -> Mapping[str, Any]:
        return new_terms(story, rules, at) if story.facts.is_known else {}

    return ask


def _record_late(told: Told, at: datetime, rules: Looked) -> None:
    from itsm.sla.following import missed

    for clock in list(told.story.late):
        due = clock.missed_at or at
        _record(told, kinds.MISS, due, missed(clock, rules), rules)


def _record(
    told: Told, kind: str, at: datetime, changes: dict[str, Any], rules: Looked
) -> None:
    event = Event(kind=kind, at=at, changes=changes)
    told.new.append((kind, at, changes))
    clockwork.follow(told.story, event, rules)


def _without_undone(events: Iterable[Event]) -> list[Event]:
    """What was taken back is as if it had not been."""
    kept: list[Event] = []
    for event in events:
        if event.kind == kinds.UNMERGE:
            merge = next((e for e in reversed(kept) if e.kind == kinds.MERGE), None)
            kept = [e for e in kept if e is not merge]
        act = (event.changes.get("act") or (None,))[0]
        if act:
            kept = _outside(kept, act)
        kept.append(event)
    return kept


def _outside(events: Iterable[Event], act: str) -> list[Event]:
    """Without what an act did; what it found overdue before it promised anything else

    was overdue without it.
    """
    kept: list[Event] = []
    has_promised = False
    for event in events:
        is_its = str(event.request_id) == act
        has_promised |= is_its and event.kind == kinds.PROMISE
        if not is_its or (event.kind == kinds.MISS and not has_promised):
            kept.append(event)
    return kept


def _in_order(events: Sequence[Event]) -> list[Event]:
    """As they happened: as the log has it, what was told afterwards by its time."""
    came = sorted((e for e in events if e.door == Door.IMPORT), key=_place)
    ordered: list[Event] = []
    for event in events:
        if event.door == Door.IMPORT:
            continue
        while came and _place(came[0]) < _place(event):
            ordered.append(came.pop(0))
        ordered.append(event)
    return [*ordered, *came]


def _place(event: Event) -> tuple[datetime, int]:
    """Of what happened at one instant the promise comes next to the opening."""
    first = {kinds.OPEN: 0, kinds.PROMISE: 1}
    return event.at, first.get(event.kind, 2)


def events_of(tickets: Sequence[int]) -> Mapping[int, list[Event]]:
    """The events of these tickets in the order of the log; one query."""
    found: dict[int, list[Event]] = defaultdict(list)
    rows = Event.objects.filter(
        subject_type=Ticket.subject_type, subject_id__in=tickets
    )
    for event in rows.order_by("pk").only(*TOLD).iterator():
        found[event.subject_id].append(event)
    return found


def differences(tickets: Sequence[int], rules: Looked) -> Iterator[str]:
    """Sentences about clocks of these tickets that are not what their log tells."""
    rows: dict[int, dict[Any, Clock]] = defaultdict(dict)
    for clock in Clock.objects.filter(ticket_id__in=tickets):
        rows[clock.ticket_id][tuple(stories.name_of(clock))] = clock
    events = events_of(tickets)
    for pk in tickets:
        told = tell(pk, events[pk], rules).story.clocks
        again = {tuple(stories.name_of(c)): c for c in told}
        yield from _compare(pk, rows[pk], again)


def _compare(
    pk: int, rows: Mapping[Any, Clock], again: Mapping[Any, Clock]
) -> Iterator[str]:
    for name in sorted(rows.keys() | again.keys(), key=str):
        row, told = rows.get(name), again.get(name)
        what = f"The {name[0]} promise {name[2]} of ticket {pk}"
        if row is None or told is None:
            yield f"{what} is {'not in the log' if told is None else 'missing'}."
            continue
        for column in COMPARED:
            is_, should = getattr(row, column), getattr(told, column)
            if is_ != should:
                yield f"{what} has {column} {is_}, its log says {should}."


def instant(text: str | None) -> datetime | None:
    """An instant as events keep it."""
    return parse_datetime(text) if text else None
