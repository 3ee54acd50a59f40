"""What is promised now of many locked tickets, asked at once and written set-based."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from core.log import record
from itsm.sla import clockwork, moves, stories, sweep
from itsm.sla.following import facts_of, missed, new_terms, next_of
from itsm.sla.models import Clock, ClockState
from itsm.sla.rows import PLACE, TIMER, living, loaded, save, update
from itsm.sla.rules import Looked
from itsm.sla.stories import Story
from itsm.tickets import kinds
from itsm.tickets.actions.common import set_timer
from itsm.tickets.models import Ticket
from itsm.tickets.reckoning import promise
from itsm.tickets.states import OPEN
from people.models import User

NEEDED = tuple(
    vars(Ticket)[name].field.attname
    for name in dict.fromkeys(
        (
            *("id", "number", "state_category", "state_since", "wake_at"),
            *(*stories.FACTS, *sweep.ORDER, *TIMER),
        )
    )
)
OPEN_VALUES = frozenset(category.value for category in OPEN)
Effect = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Changed:
    """A ticket of which something else is promised now; `was` are its clocks before."""

    ticket: Ticket
    was: list[dict[str, Any]]
    clocks: list[Clock]

    def effect(self) -> Effect:
        """Which promises fall due at another time now, for a page and a program."""
        before = {(was["kind"], was["cycle"]): was["due_at"] for was in self.was}
        dues = {}
        for clock in self.clocks:
            old, new = before.get((clock.kind, clock.cycle)), clock.due_at
            if old != new:
                dues[str(clock.kind)] = [
                    moment.isoformat() if moment else None for moment in (old, new)
                ]
        return {"ticket": self.ticket.pk, "number": self.ticket.number, "due": dues}


def locked(rows: QuerySet[Any], most: int) -> list[Ticket]:
    """The first of these tickets, locked, with what is needed of them."""
    rows = rows.select_for_update(no_key=True).order_by("pk")
    tickets: list[Ticket] = loaded(rows[:most], NEEDED)
    sweep.with_versions(tickets)
    return tickets


def ask(
    tickets: Sequence[Ticket], *, by: User | None, at: datetime, dry: bool = False
) -> list[Changed]:
    """Ask what is promised now, and when timers come; of which it is another."""
    opened = [ticket for ticket in tickets if ticket.state_category in OPEN_VALUES]
    timed = [ticket for ticket in tickets if ticket.timer_at is not None]
    rules, told = Looked(), _stories(opened)
    changed: list[Changed] = []
    clocks: list[Clock] = []
    for ticket in opened:
        story = told[ticket.pk]
        was = [vars(clock).copy() for clock in story.clocks]
        if _change(ticket, story, rules, by, at, dry):
            changed.append(Changed(ticket, was, story.clocks))
        _fit(story, rules, at)
        clocks += _other_than(was, story.clocks)
    if not dry:
        save(clocks)
        update(Ticket, PLACE, [one.ticket for one in changed if _moved(one, at)])
        update(Ticket, TIMER, [ticket for ticket in timed if set_timer(ticket)])
    return changed


def _stories(tickets: Iterable[Ticket]) -> dict[int, Story]:
    told = {t.pk: Story(t.pk, facts_of(t)) for t in tickets}
    for clock in living(told):
        told[clock.ticket_id].clocks.append(clock)
    return told


def _change(
    ticket: Ticket,
    story: Story,
    rules: Looked,
    by: User | None,
    at: datetime,
    dry: bool,
) -> bool:
    """Move its clocks to what is promised now; whether anything changed."""
    changes = new_terms(story, rules, at)
    if not changes:
        return False
    if dry:
        told = stories.Told(kinds.PROMISE, at, changes)
        clockwork.follow(story, told, rules)
        return True
    event = record(kinds.PROMISE, subject=ticket, by=by, at=at, changes=changes)
    clockwork.follow(story, event, rules)
    for clock in list(story.late):  # fell due, and nobody had said so yet
        said = record(
            kinds.MISS, subject=ticket, by=None, at=at, changes=missed(clock, rules)
        )
        clockwork.follow(story, said, rules)
    return True


def _fit(story: Story, rules: Looked, at: datetime) -> None:
    """Set when each is looked at next: its agreement may warn at other shares now.

    One that was given other terms at this instant has been.
    """
    for clock in story.clocks:
        is_late = clock.state == ClockState.MISSED and clock.ended_at is None
        if is_late or (clock.state == ClockState.RUNNING and clock.since != at):
            moves.fit(clock, rules)


def _other_than(was: Sequence[dict[str, Any]], clocks: Sequence[Clock]) -> list[Clock]:
    """The clocks that are new, or not as they were."""
    known = [c for c, before in zip(clocks, was, strict=False) if vars(c) != before]
    return [*known, *clocks[len(was) :]]


def _moved(one: Changed, at: datetime) -> bool:
    return promise(one.ticket, next_of(one.clocks, at), at=at)
