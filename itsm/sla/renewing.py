"""A time given to the requester: when they hear next, whatever was agreed."""

from datetime import datetime

from django.utils.translation import gettext as _

from core.errors import Invalid, WrongState
from core.log import act, record
from itsm.sla.following import apply, story_of
from itsm.sla.models import ClockKind, ClockState
from itsm.tickets import kinds, promising
from itsm.tickets.actions.common import (
    check_version,
    require_open,
    save,
    verb_names,
)
from itsm.tickets.actions.talking import add_comment
from itsm.tickets.models import Ticket
from itsm.tickets.policy import require_on
from itsm.tickets.queries import lock
from people.models import User

OWED = frozenset({ClockState.RUNNING, ClockState.MISSED})


def renew_update(
    *,
    ticket: Ticket,
    by: User,
    at: datetime,
    until: datetime,
    comment: str = "",
    version: int | None = None,
) -> Ticket:
    """Promise the requester the next word by `until`.

    A comment is a public text that goes out with it. Raises Invalid for an instant
    that is over or too far ahead, WrongState while nothing can be promised.
    """
    with act():
        ticket = lock(ticket)
        require_on(by, "ticket.renew", ticket)
        check_version(ticket, version)
        require_open(ticket, "promise", by, at=at)
        _require_our_turn(ticket, by, at)
        if wrong := promising.fault_of(until, at=at):
            raise Invalid({"until": [wrong]})
        if comment.strip():
            require_on(by, "ticket.comment", ticket)
            add_comment(ticket=ticket, by=by, at=at, body=comment, public=True)
        former = _owed(ticket, by, at)
        save(ticket, at=at)
        event = record(
            kinds.RENEW,
            subject=ticket,
            by=by,
            at=at,
            changes={"until": (former, until.isoformat())},
            public=True,
        )
        apply(ticket, event)
    return ticket


def _require_our_turn(ticket: Ticket, by: User, at: datetime) -> None:
    if ticket.paused_since is not None:
        raise WrongState(
            _("%(number)s waits for its requester: they have the next word.")
            % {"number": ticket.number},
            allowed=verb_names(ticket, by, at=at),
        )


def _owed(ticket: Ticket, by: User, at: datetime) -> str | None:
    """When the next word was owed until now; None where it was not yet."""
    clock = story_of(ticket).of(ClockKind.UPDATE)
    if clock is None:
        raise WrongState(
            _("The process of %(number)s promises no updates.")
            % {"number": ticket.number},
            allowed=verb_names(ticket, by, at=at),
        )
    is_owed = clock.state in OWED and clock.ended_at is None and clock.due_at
    return clock.due_at.isoformat() if is_owed and clock.due_at else None


def register() -> None:
    """Answer the tickets' verb."""
    promising.on_renewal(renew_update)
