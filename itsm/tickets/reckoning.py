"""What follows from a ticket's facts: priority, promises, place in the order, timer.

Pure but for one read of the definition (cached): everything is computed on events,
nothing as time passes. Which promises there are and when they fall due is said by
`itsm.sla`, through `itsm.tickets.promising`.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from itsm.tickets.models import Ticket
from itsm.tickets.promising import Promise
from itsm.tickets.states import StateCategory
from people.calendars.reading import working_days_later
from processes import definition as definitions
from processes import engine
from processes.definition import Definition, State

NOTHING = timedelta(0)
NO_FACTS: Mapping[str, Any] = {}
COMPUTED = (
    "band",
    "start_by",
    "next_due_at",
    "next_due_kind",
    "time_left",
    "timer_at",
    "timer_verb",
)


def definition_of(ticket: Ticket) -> Definition:
    """The rules this ticket runs on; parsed once per version and process."""
    return definitions.of(ticket.process_version)


def reckon(
    ticket: Ticket, *, at: datetime, facts: Mapping[str, Any] = NO_FACTS
) -> None:
    """Set everything that follows from the other fields; the caller saves."""
    _place(ticket, at)
    set_timer(ticket, facts)


def set_timer(ticket: Ticket, facts: Mapping[str, Any]) -> bool:
    """Set what happens by itself, and when; whether it is another now."""
    before = ticket.timer_at, ticket.timer_verb
    timer = engine.next_timer(
        definition_of(ticket),
        ticket.state,
        ticket.state_since,
        ticket.wake_at,
        facts,
        working_days_later,
    )
    ticket.timer_at, ticket.timer_verb = timer or (None, "")
    return before != (ticket.timer_at, ticket.timer_verb)


def promise(ticket: Ticket, due: Promise, *, at: datetime) -> bool:
    """Set what is promised next, and its place with it; whether it is another now."""
    kind = due.kind.value if due.kind else ""
    promised = due.due_at, kind, due.left
    if promised == (ticket.next_due_at, ticket.next_due_kind, ticket.time_left):
        return False
    ticket.next_due_at, ticket.next_due_kind, ticket.time_left = promised
    _place(ticket, at)
    return True


def _place(ticket: Ticket, at: datetime) -> None:
    due = ticket.next_due_at
    ticket.band, ticket.start_by = engine.place(
        definition_of(ticket),
        order_facts(ticket, promise=due if due and due > at else None),
    )


def order_facts(ticket: Ticket, *, promise: datetime | None) -> engine.OrderFacts:
    """What the order of work looks at."""
    return engine.OrderFacts(
        opened_at=ticket.opened_at,
        priority=ticket.priority,
        impact=ticket.impact,
        urgency=ticket.urgency,
        size=ticket.size,
        affected=ticket.affected,
        promise=promise,
    )


def enter(ticket: Ticket, move: engine.Move, *, at: datetime) -> None:
    """Put the ticket into the state a move leads to, and its pauses and dates."""
    if move.to_state != ticket.state:
        ticket.state_since = at
    ticket.state, ticket.state_category = move.to_state, move.category
    if not move.pauses:
        _go_on(ticket, at)
    elif ticket.paused_since is None:
        ticket.paused_since = at
    if move.category != StateCategory.WAITING:
        ticket.wait_reason, ticket.wake_at = "", None
    if move.category == StateCategory.RESOLVED:
        ticket.resolved_at = ticket.resolved_at or at
    elif move.category in {StateCategory.CLOSED, StateCategory.CANCELLED}:
        ticket.closed_at = at
    else:
        ticket.resolved_at = ticket.closed_at = None


def settle(ticket: Ticket, state: State, *, at: datetime) -> None:
    """Fit waiting and pauses to a state of another version that the ticket came to."""
    reason = state.reasons.get(ticket.wait_reason)
    if reason is None or not reason.pauses:
        _go_on(ticket, at)
    if reason is None:
        ticket.wait_reason = ""
    if state.category != StateCategory.WAITING:
        ticket.wake_at = None


def _go_on(ticket: Ticket, at: datetime) -> None:
    """The clock runs again, with exactly what it had left."""
    if ticket.paused_since is not None:
        ticket.paused_for = (ticket.paused_for or NOTHING) + (at - ticket.paused_since)
        ticket.paused_since = None
