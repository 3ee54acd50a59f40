"""Where promises join a ticket: `itsm.sla` registers here, as tickets know no clocks.

An opening asks before the row is written, so that it is written once; everything after
that joins as a follower of the log.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from itsm.tickets.models import Ticket
from itsm.tickets.states import DueKind


class Promise(NamedTuple):
    """The next promise to the requester and when it falls due.

    While their answer is awaited nothing falls due; `left` is the working time that
    stands still.
    """

    kind: DueKind | None
    due_at: datetime | None
    left: timedelta | None = None


NOTHING_PROMISED = Promise(None, None)
Begin = Callable[[Ticket, datetime], Promise]
Expect = Callable[[Sequence[Ticket]], None]


@dataclass(frozen=True, slots=True)
class Brought:
    """What tickets that came from elsewhere bring with them besides: further events,
    as their columns, and rows that `write(cursor)` writes."""

    events: Sequence[tuple[Any, ...]] = ()
    write: Callable[[Any], None] = lambda cursor: None


Rows = Sequence[dict[str, Any]]  # tickets by column, not yet written
Bring = Callable[[Rows, Sequence[tuple[Any, ...]], datetime], Brought]
_begin: list[Begin] = []
_expect: list[Expect] = []
_bring: list[Bring] = []


def register(begin: Begin, expect: Expect, bring: Bring) -> None:
    """Say who makes promises; the last one counts."""
    _begin[:], _expect[:], _bring[:] = [begin], [expect], [bring]


def begin(ticket: Ticket, *, at: datetime) -> Promise:
    """What is promised next of a ticket about to be opened."""
    return _begin[0](ticket, at) if _begin else NOTHING_PROMISED


def bring(rows: Rows, events: Sequence[tuple[Any, ...]], *, at: datetime) -> Brought:
    """Promises of tickets that come with their history; their rows are completed."""
    return _bring[0](rows, events, at) if _bring else Brought()


def expect(tickets: Sequence[Ticket]) -> None:
    """Many tickets are about to change in this action: read what they need at once."""
    if _expect:
        _expect[0](tickets)
