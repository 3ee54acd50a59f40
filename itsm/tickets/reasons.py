"""Why a ticket stands where it stands, in sentences a person reads."""

from dataclasses import dataclass
from datetime import datetime

from core.reader import gettext as _
from core.wording import clock_words, exact, iso
from itsm.tickets.models import Ticket
from itsm.tickets.reckoning import definition_of, order_facts
from itsm.tickets.states import WORKABLE
from processes import engine


@dataclass(frozen=True, slots=True)
class Why:
    """The reasons of one place: one line, the date behind it, and what it rests on."""

    line: str
    because: str
    exact: str
    iso: str
    reasons: list[str]


def why_here(ticket: Ticket, *, at: datetime) -> Why:
    """The order's reasons; no query beyond the ticket and its parsed version."""
    if ticket.state_category not in WORKABLE:
        return _elsewhere(ticket)
    due = ticket.next_due_at
    ahead = due if due and due > at else None
    place = engine.start_by(definition_of(ticket), order_facts(ticket, promise=ahead))
    deciding, *others = place.reasons
    when = clock_words(ticket.start_by, now=at)
    line = (
        _("Start by %(time)s.") if ticket.start_by > at else _("Was to start %(time)s.")
    )
    return Why(
        line=line % {"time": when},
        because=deciding.sentence,
        exact=exact(ticket.start_by),
        iso=iso(ticket.start_by),
        reasons=[f.sentence for f in others if f.name not in DATES],
    )


DATES = frozenset({"technique", "max_wait", "promise"})  # those that did not decide


def _elsewhere(ticket: Ticket) -> Why:
    """Not in the order: waiting, or done."""
    if ticket.state_category == "waiting":
        line = _("It waits, so it has left the order.")
        because = _("It comes back with the reply, or when its wake time comes.")
    else:
        line = _("It is done, so it has left the order.")
        because = _("It comes back if somebody reopens it.")
    return Why(line, because, "", "", [])
