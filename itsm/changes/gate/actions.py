"""What a pipeline does: it asks whether it may deploy, and says how it went."""

from dataclasses import dataclass
from datetime import datetime

from core.log import act
from itsm.changes.gate import opening
from itsm.changes.gate.reading import Asked
from itsm.changes.gate.standing import over, running
from itsm.changes.gate.walking import Hold, Walk, go_on, move_window, row_of
from itsm.changes.models import Change
from itsm.tickets.models import Ticket
from people.models import User
from people.policy import require

GO, WAIT, NO = "go", "wait", "no"


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether it may be deployed now, why, and until when not."""

    ticket: Ticket
    row: Change
    answer: str
    why: list[str]
    until: datetime | None = None


def ask(*, asked: Asked, by: User, at: datetime) -> Answer:
    """May this version be deployed now? It becomes a change once, however often asked.

    Where it may go it is begun. Raises Forbidden, Http404.
    """
    require(by, "change.gate")
    with act():
        release, ticket = opening.change_of(asked, by=by, at=at)
        row = row_of(ticket)
        if said := over(ticket, row):
            return Answer(ticket, row, NO, said)
        opening.add(ticket, row, asked, by=by, at=at)
        walk = Walk(ticket, release, by, at)
        if asked.window and asked.window != row.window and row.started_at is None:
            release.has_own_window = True
            release.save(update_fields=["has_own_window"])
            move_window(walk, asked.window)
        holds = go_on(walk)
        if holds:
            return _held(walk, holds)
        return Answer(walk.ticket, walk.row, GO, running(walk.ticket, walk.row, at))


def _held(walk: Walk, holds: list[Hold]) -> Answer:
    said = [hold.why for hold in holds]
    if any(hold.is_no for hold in holds):
        return Answer(walk.ticket, walk.row, NO, said)
    ends = [hold.until for hold in holds]
    until = None if None in ends else max(end for end in ends if end)
    return Answer(walk.ticket, walk.row, WAIT, said, until)
