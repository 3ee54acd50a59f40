"""What people who work here ask and tell each other in the demo's last half hour."""

from datetime import datetime, timedelta
from typing import Any

from core.log import open_act
from itsm.demo.cast import Cast
from itsm.demo.simulation import Life, Simulation
from itsm.tickets import actions
from itsm.tickets.models import Ticket
from itsm.tickets.states import WORKABLE

BEGINS = timedelta(minutes=25)  # before the end
# whose open ticket, who says it, how many minutes before the end, what
NOTES = (
    ("bob", "alice", 24, "@bob they called again. Can you look before noon?"),
    ("alice", "bob", 17, "@alice I had the same last week; my note on it helps."),
    ("erin", "alice", 11, "@erin is this the gateway again, or something new?"),
)
ASKED, OFFERED = 8, 5


def life(sim: Simulation, cast: Cast) -> Life:
    """Mentions, one question for a ticket, and one offer."""

    def before_the_end(minutes: int) -> datetime:
        return sim.end - timedelta(minutes=minutes)

    for owner, by, minutes, words in NOTES:
        yield before_the_end(minutes)
        if (ticket := _newest(cast, owner)) is not None:
            said: dict[str, Any] = {"body": words, "public": False}
            actions.comment(ticket=ticket, by=cast.people[by], at=sim.now, **said)
    bob, erin = cast.people["bob"], cast.people["erin"]
    yield before_the_end(ASKED)
    if (ticket := _newest(cast, "alice", skip=1)) is not None:
        words = "I know the site and can be there after lunch."
        actions.ask(ticket=ticket, by=bob, at=sim.now, comment=words)
    yield before_the_end(OFFERED)
    if (ticket := _newest(cast, "erin", skip=1)) is not None:
        actions.assign(ticket=ticket, by=erin, at=sim.now, owner=bob)


def _newest(cast: Cast, login: str, *, skip: int = 0) -> Ticket | None:
    """One of somebody's newest tickets that is to be worked on; None where none is.

    As the open action has them: their rows are written when it ends.
    """
    owner = cast.people[login].pk
    mine = [
        ticket
        for ticket in open_act().held.values()
        if isinstance(ticket, Ticket)
        and ticket.owner_id == owner
        and ticket.state_category in WORKABLE
    ]
    mine.sort(key=lambda ticket: (ticket.opened_at, ticket.pk), reverse=True)
    return mine[: skip + 1][-1] if mine else None
