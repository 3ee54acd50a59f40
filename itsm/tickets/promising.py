"""Where promises join a ticket: `itsm.sla` registers here, as tickets know no clocks.

An opening asks before the row is written, so that it is written once; everything after
that joins as a follower of the log.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from core.reader import gettext as _
from core.reader import local
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


class Wanted(NamedTuple):
    """A ticket that is about to be opened, as far as promises ask."""

    type: str
    priority: int
    process_version: int
    service_id: int | None = None
    organisation_id: int | None = None
    team_id: int | None = None


class Foreseen(NamedTuple):
    """What would be promised: by when, and out of which agreement ("" is none)."""

    kind: DueKind
    due_at: datetime
    agreement: str


class Owed(NamedTuple):
    """By when a requester hears, and when it was to be solved; also what is late."""

    word: datetime | None
    solution: datetime | None


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
Renew = Callable[..., Ticket]  # itsm.sla.renewing.renew_update
_bring: list[Bring] = []
LateWords = Callable[[Sequence[int], datetime], dict[int, datetime]]
OwedWords = Callable[[Sequence[int]], dict[int, Owed]]
Foresee = Callable[[Wanted, datetime], list[Foreseen]]
_renew: list[Renew] = []
_foresee: list[Foresee] = []
_owed: list[OwedWords] = []
_late: list[LateWords] = []
FURTHEST = timedelta(days=90)  # ahead of now that a word can be promised
MORNING, AFTERNOON = 10, 16  # hours that are offered, where the reader is
FRIDAY = 4


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


def on_renewal(renew: Renew) -> None:
    """Say who gives the requester a time; the last one counts."""
    _renew[:] = [renew]


def renew(**given: Any) -> Ticket:
    """Promise the requester the next word by a time; see `itsm.sla.renewing`."""
    return _renew[0](**given)


def on_outlook(foresee: Foresee) -> None:
    """Say who knows what a ticket would be promised; the last one counts."""
    _foresee[:] = [foresee]


def foresee(wanted: Wanted, *, at: datetime) -> list[Foreseen]:
    """What a ticket would be promised if it were opened now; a few queries."""
    return _foresee[0](wanted, at) if _foresee else []


def on_words(late: LateWords, owed: OwedWords) -> None:
    """Say who knows which words are late, and which are owed; the last one counts."""
    _late[:], _owed[:] = [late], [owed]


def late_words(tickets: Sequence[int], *, at: datetime) -> dict[int, datetime]:
    """Which of these owe their requester a word that is late, and since when.

    One query, and none where nothing is asked for.
    """
    return _late[0](tickets, at) if _late and tickets else {}


def owed(tickets: Sequence[int]) -> dict[int, Owed]:
    """By when the requesters of these hear and have a solution; one query."""
    return _owed[0](tickets) if _owed and tickets else {}


def fault_of(until: datetime, *, at: datetime) -> str:
    """What is wrong with an instant by which the next word is promised; or ""."""
    if until <= at:
        return _("Choose a time that is still ahead.")
    if until > at + FURTHEST:
        return _("Choose a time within the next %(n)d days.") % {"n": FURTHEST.days}
    return ""


def offers(at: datetime) -> list[datetime]:
    """Times that one promises a word by: this afternoon, and the next two mornings."""
    here = local(at)
    this = here.replace(hour=AFTERNOON, minute=0, second=0, microsecond=0)
    found = [this] if this - here > timedelta(minutes=30) else []
    morning = here.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    while len(found) < 3:
        morning += timedelta(days=1)
        if morning.weekday() <= FRIDAY:
            found.append(morning)
    return found
