"""What follows from each event on a change: its model, its risk, when it ran, and when
its result is asked for. Joined to the action, in its transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core import followers
from core.models import Event
from itsm.changes import facts, risk, trusting
from itsm.changes.models import Change
from itsm.changes.paths import asks, is_decided, picked, runs
from itsm.tickets import details, kinds
from itsm.tickets.models import Ticket
from itsm.tickets.reckoning import definition_of
from itsm.tickets.states import OPEN, LinkKind, StateCategory, TicketType
from people.calendars.reading import working_days_later

# what its risk rests on; `look` reads the rest anew with them
LOOKED_AT = frozenset(
    {
        *("service", "team", "size", "affected", "kind", "window", "test", "answers"),
        *("evidence", "process_version", "type"),
    }
)
KEPT = (
    *("model", "risk", "risk_score", "risk_lines"),
    *("started_at", "ended_at", "ask_result_at"),
)


def follow(event: Event, ticket: Ticket) -> None:
    """A change settles what follows; a link may speak against another change."""
    if ticket.type == TicketType.CHANGE:
        _settle(event, ticket)
    elif event.kind in {kinds.LINK, kinds.UNLINK}:
        _linked(event)


def _settle(event: Event, ticket: Ticket) -> None:
    changes, detail = event.changes, details.of(ticket.type)
    if detail is None or not _concerns(event.kind, changes):
        return
    row: Change = detail.load(ticket)
    before = {name: getattr(row, name) for name in KEPT}
    was = str(changes.get("state", (ticket.state, None))[0] or ticket.state)
    if not is_decided(definition_of(ticket), was):
        row.model = picked(row)
    if event.kind == kinds.OPEN or LOOKED_AT & changes.keys():
        count(ticket, row, at=event.at)
    if "state" in changes or "window" in changes:
        _time(ticket, row, was, changes, event.at)
    changed = [name for name in KEPT if getattr(row, name) != before[name]]
    if changed:
        row.save(update_fields=None if row._state.adding else changed)
    if changes.keys() & {"result", "kind"} or "ended_at" in changed:
        former = changes.get("kind", (None, None))[0]
        trusting.assess({row.kind_id, former}, at=event.at)


def _concerns(kind: str, changes: Mapping[str, Any]) -> bool:
    names = LOOKED_AT | {"state", "model", "result"}
    return kind == kinds.OPEN or bool(names & changes.keys())


def count(ticket: Ticket, row: Change, *, at: datetime) -> None:
    """Count the risk by the rules of its version; the caller saves."""
    rules = definition_of(ticket).risk
    if rules is None:
        row.risk, row.risk_score, row.risk_lines = "", None, []
        return
    score = risk.score(rules, facts.look(ticket, row, at=at), row.answers or {})
    row.risk, row.risk_score = score.level, score.points
    row.risk_lines = [line.told() for line in score.lines]


def _time(
    ticket: Ticket, row: Change, was: str, changes: Mapping[str, Any], at: datetime
) -> None:
    """When it began and ended, and when somebody has to be asked how it went."""
    definition, state = definition_of(ticket), ticket.state
    if "state" in changes:
        if runs(definition, state):
            row.started_at, row.ended_at = row.started_at or at, None
        elif runs(definition, was) and row.result:
            row.ended_at = row.ended_at or at
    if asks(definition, state):
        came = definition.states[was].category in OPEN and not asks(definition, was)
        if came or "window" in changes:
            row.ask_result_at = row.window_end
        return
    due = definition.states[state].due
    looks_again = due is not None and ticket.state_category == StateCategory.RESOLVED
    if not looks_again:
        row.ask_result_at = None
    elif "state" in changes and due is not None:
        row.ask_result_at = working_days_later(at, due)


def _linked(event: Event) -> None:
    """An incident that is said to come from a change, or no longer is."""
    for link in event.changes.get("link", ()):
        if link and link.get("kind") == LinkKind.CAUSED_BY_CHANGE:
            rows = Change.objects.filter(pk=link["ticket"])
            found = set(rows.values_list("kind_id", flat=True))
            trusting.assess(found, at=event.at)


def register() -> None:
    """Join the actions on tickets."""
    followers.follow(Ticket.subject_type, follow)
