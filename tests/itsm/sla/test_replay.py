"""Clocks told again from the log are the clocks there are, whatever happened."""

import pytest

from core.models import Event
from itsm.sla import replay, sweep
from itsm.sla.following import next_of
from itsm.sla.models import Clock
from itsm.tickets.models import Ticket
from tests.cast import AT
from tests.itsm.sla.lives import Lives

STEPS, TICKETS, LOOK = 250, 60, 6


def look(lives: Lives) -> None:
    """Replay equals the rows, and the tickets stand as their clocks say."""
    assert lives.differences() == []
    while sweep.sweep(at=lives.at):
        pass
    assert lives.differences() == []
    assert not Clock.objects.filter(next_at__lt=lives.at).exists()
    for ticket in Ticket.objects.filter(pk__in=lives.pks).prefetch_related("clocks"):
        promised = next_of(ticket.clocks.all(), lives.at)
        stands = ticket.next_due_kind, ticket.next_due_at, ticket.time_left
        kind = promised.kind.value if promised.kind else ""
        assert stands == (kind, promised.due_at, promised.left), ticket.number


def test_after_1500_random_events_the_log_tells_the_same(cast):
    lives = Lives(cast, seed=1, tickets=TICKETS)
    for _ in range(LOOK):
        lives.live(STEPS)
        look(lives)
    assert {"undo", "merge", "convert", "calendar"} < lives.done.keys()


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 9))
def test_after_10000_more_the_log_tells_the_same(cast, seed):
    lives = Lives(cast, seed=seed, tickets=TICKETS)
    for _ in range(LOOK):
        lives.live(STEPS)
        look(lives)


def test_what_was_over_at_once_was_promised_all_the_same():
    """Foreign logs know minutes: opened and resolved at one of them, then we came."""
    kinds = ("open", "resolve", "promise")
    log = [Event(kind=f"ticket.{k}", at=AT, door="import") for k in kinds]
    told = [e.kind.removeprefix("ticket.") for e in replay._in_order(log)]
    assert told == ["open", "promise", "resolve"]
    log[0].door = log[1].door = "page"  # a ticket that is older than clocks
    told = [e.kind.removeprefix("ticket.") for e in replay._in_order(log)]
    assert told == ["open", "promise", "resolve"]
