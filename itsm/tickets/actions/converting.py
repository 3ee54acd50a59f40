"""A misfiled ticket changes its type: another process, another number, the same work.

Conversation, used time, people and facts stay. The former number leads here for ever,
and converting back gives the ticket its former number and, where it still stands in the
same category, its former state.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Forbidden, Invalid, Refused
from core.log import act, record
from itsm.tickets import details, kinds
from itsm.tickets.actions.common import changed_since, logged, require_open, save
from itsm.tickets.checklist.models import Task
from itsm.tickets.joining.models import FormerNumber
from itsm.tickets.models import Ticket
from itsm.tickets.policy import approvals_of, require_on
from itsm.tickets.queries import lock, next_number
from itsm.tickets.reckoning import definition_of, settle
from itsm.tickets.states import PREFIXES, StateCategory, TicketType
from people.models import User
from processes.definition import Definition, State
from processes.queries import version_for

MOVED = ("type", "number", "process_version", "state", "state_category")
WRITTEN = (
    *MOVED,
    *("wait_reason", "wake_at", "state_since", "paused_since", "paused_for"),
)


def convert(*, ticket: Ticket, by: User, at: datetime, type: str) -> Ticket:
    """Make it a ticket of another practice. Raises Forbidden, WrongState, Invalid."""
    with act():
        ticket = lock(ticket)
        require_on(by, "ticket.convert", ticket)
        require_open(ticket, "convert", by, at=at)
        _check(ticket, type, by)
        before = logged(ticket, (*MOVED, "wait_reason"))
        former = FormerNumber.objects.filter(
            ticket=ticket, number__startswith=f"{PREFIXES[TicketType(type)]}-"
        ).first()
        _keep_number(ticket, at, before)
        _become(ticket, type, former)
        _settle_state(ticket, former, at)
        if former is not None:
            former.delete()
        _own_row(ticket)
        changes = changed_since(ticket, before)
        save(ticket, at=at, fields=WRITTEN)
        record(
            kinds.CONVERT, subject=ticket, by=by, at=at, changes=changes, public=True
        )
    return ticket


def _check(ticket: Ticket, type_: str, by: User) -> None:
    words = {"n": ticket.number}
    if type_ == ticket.type:
        raise Invalid({"type": [_("It is one already.")]})
    if type_ in {TicketType.CHANGE, TicketType.PROBLEM} and not by.is_staff:
        raise Forbidden(
            _("Changes and problems are opened by the people who work here.")
        )
    if any(not row.decision for row in approvals_of(ticket)):
        raise Refused(_("Somebody is asked to decide on %(n)s first.") % words)
    asked = definition_of(ticket).approvals
    if asked and any(row.decision == "approved" for row in approvals_of(ticket)):
        raise Refused(_("%(n)s was approved as what it is; open a new one.") % words)
    if Task.objects.filter(ticket=ticket, done_at=None, waived_reason="").exists():
        raise Refused(_("Steps of %(n)s are open; finish or waive them first.") % words)


def _keep_number(ticket: Ticket, at: datetime, before: dict[str, Any]) -> None:
    FormerNumber.objects.update_or_create(
        number=ticket.number, defaults={"ticket": ticket, "at": at, "before": before}
    )


def _become(ticket: Ticket, type_: str, former: FormerNumber | None) -> None:
    ticket.type = type_
    ticket.number = former.number if former else next_number(type_)
    ticket.process_version = version_for(
        type_, ticket_key=ticket.number, team=ticket.team_id
    )
    ticket.detail_row = ticket.approval_rows = None


def _settle_state(ticket: Ticket, former: FormerNumber | None, at: datetime) -> None:
    """The state of the same category; the one it had, where it had one."""
    definition = definition_of(ticket)
    before = (former.before or {}) if former else {}
    state = definition.states.get(str(before.get("state")))
    if state is None or state.category != ticket.state_category:
        state = state_for(definition, ticket)
    else:
        ticket.wait_reason = before.get("wait_reason", ticket.wait_reason)
    if state.slug != ticket.state:
        ticket.state_since = at
    ticket.state, ticket.state_category = state.slug, state.category
    settle(ticket, state, at=at)


def state_for(definition: Definition, ticket: Ticket) -> State:
    """Where it goes on in another process: by its category and what it waits for.

    States in which a decision is awaited are passed by: nobody was asked for one. What
    waits for a reason that is not known there is worked on.
    """
    if ticket.state_category == StateCategory.NEW:
        return definition.initial
    verbs = {rule.verb for rule in definition.approvals}
    decided = {s for r in definition.rules if r.verb in verbs for s in r.from_}
    known = [s for s in definition.states.values() if s.slug not in decided]
    if ticket.state_category == StateCategory.WAITING:
        waits = [s for s in known if ticket.wait_reason in s.reasons]
        found = _first(waits, StateCategory.WAITING)
        return found or _first(known, StateCategory.ACTIVE) or definition.initial
    return _first(known, StateCategory.ACTIVE) or definition.initial


def _first(states: Iterable[State], category: str) -> State | None:
    return next((s for s in states if s.category == category), None)


def _own_row(ticket: Ticket) -> None:
    """The practice's own row, where each of its tickets has one."""
    practice = details.of(ticket.type)
    if practice is not None and practice.always:
        row = practice.load(ticket)
        if row._state.adding:
            row.save(force_insert=True)
