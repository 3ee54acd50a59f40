"""A reader of the log: whoever's ticket is solved is asked how it was."""

from collections.abc import Sequence

from core import consumers
from core.log import act
from core.models import Event
from itsm.feedback import actions
from itsm.tickets import kinds
from itsm.tickets.models import Ticket

NAME = "feedback"
QUIET = frozenset({"import", "seed"})
ENDS = frozenset({kinds.RESOLVE, kinds.CLOSE, kinds.of("fulfil")})


def register() -> None:
    """Join the readers of the log."""
    consumers.consume(NAME, ask_for, waits=True)


def ask_for(events: Sequence[Event]) -> None:
    """Ask about each ticket that ended in this batch, as far as may be asked."""
    ended = {
        e.subject_id: e.at
        for e in events
        if e.kind in ENDS and e.subject_type == "ticket" and e.door not in QUIET
    }
    if not ended:
        return
    with act():
        for ticket in Ticket.objects.filter(pk__in=ended).order_by("pk"):
            actions.ask(ticket=ticket, by=None, at=ended[ticket.pk])
