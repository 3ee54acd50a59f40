"""What follows from a ticket's facts: priority, promises, place in the order, timer.

Pure but for one read of the definition (cached): everything is computed on events,
nothing as time passes. Promises count in calendar time until agreements and calendars
exist; the targets are the process version's.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from itsm.tickets.models import Ticket
from itsm.tickets.states import OPEN, DueKind, StateCategory
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
    "timer_at",
    "timer_verb",
)


class Promise(NamedTuple):
    """One promise to the requester and when it falls due."""

    kind: DueKind
    due_at: datetime


def definition_of(ticket: Ticket) -> Definition:
    """The rules this ticket runs on; parsed once per version and process."""
    return definitions.of(ticket.process_version)


def reckon(
    ticket: Ticket, *, at: datetime, facts: Mapping[str, Any] = NO_FACTS
) -> None:
    """Set everything that follows from the other fields; the caller saves."""
    definition = definition_of(ticket)
    due = next_promise(ticket, definition, at=at)
    ticket.next_due_at = due.due_at if due else None
    ticket.next_due_kind = due.kind.value if due else ""
    ahead = due.due_at if due and due.due_at > at else None
    ticket.band, ticket.start_by = engine.place(
        definition, order_facts(ticket, promise=ahead)
    )
    timer = engine.next_timer(
        definition,
        ticket.state,
        ticket.state_since,
        ticket.wake_at,
        facts,
        working_days_later,
    )
    ticket.timer_at, ticket.timer_verb = timer or (None, "")


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


def promises(ticket: Ticket, definition: Definition) -> list[Promise]:
    """The promises that are open, soonest first. None while nobody waits for us.

    Whoever works on what they asked for themselves owes nobody a first response.
    """
    if ticket.state_category not in OPEN:
        return []
    target = engine.targets(definition, ticket.priority)
    found: list[Promise] = []
    own = ticket.owner_id is not None and ticket.owner_id == ticket.requester_id
    if ticket.responded_at is None and target.response and not own:
        found.append(Promise(DueKind.RESPONSE, ticket.opened_at + target.response))
    if ticket.paused_since is not None:  # the requester has the ball
        return found
    if target.resolution:
        used = ticket.paused_for or NOTHING
        found.append(
            Promise(DueKind.RESOLUTION, ticket.opened_at + target.resolution + used)
        )
    if ticket.informed_at is not None and target.update:
        found.append(Promise(DueKind.UPDATE, ticket.informed_at + target.update))
    return sorted(found, key=lambda promise: promise.due_at)


def next_promise(
    ticket: Ticket, definition: Definition, *, at: datetime
) -> Promise | None:
    """The next promise that can still be kept; else the next-update promise, else late.

    A missed promise is replaced by the next-update promise, so that a lost ticket
    does not crowd out one that can be saved.
    """
    found = promises(ticket, definition)
    ahead = [promise for promise in found if promise.due_at > at]
    if ahead:
        return ahead[0]
    updates = [promise for promise in found if promise.kind is DueKind.UPDATE]
    return next(iter(updates or found), None)


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
