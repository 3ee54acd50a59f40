"""Words that were promised and are owed: the first thing under "My work"."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.http import HttpRequest

from core import prepared, slots
from itsm.sla.models import Clock, ClockKind, ClockState
from itsm.sla.rules import Looked
from itsm.sla.standing import Source, Stand, stand
from itsm.tickets import promising
from itsm.tickets.models import Ticket
from itsm.tickets.queries import get_ticket
from itsm.tickets.subjects import url
from people.models import User

MOST = 25
LATE = """
    SELECT ticket_id, due_at FROM itsm_clock
    WHERE ticket_id = ANY (%(tickets)s::bigint[]) AND kind = 'update'
        AND state IN ('running', 'missed') AND ended_at IS NULL AND due_at < %(at)s
"""
URGENT = frozenset({"soon", "late"})
OWED = Q(state=ClockState.RUNNING) | Q(state=ClockState.MISSED, ended_at=None)
WORDS = """
    SELECT ticket_id, min(due_at) FILTER (WHERE kind IN ('response', 'update')),
        min(due_at) FILTER (WHERE kind = 'resolution')
    FROM itsm_clock
    WHERE ticket_id = ANY (%(tickets)s::bigint[]) AND kind <> 'operational'
        AND state IN ('running', 'missed') AND ended_at IS NULL
    GROUP BY ticket_id
"""


@dataclass(frozen=True, slots=True)
class Owed:
    """One word that somebody waits for."""

    number: str
    url: str
    title: str
    requester: str
    stand: Stand


@dataclass(frozen=True, slots=True)
class Words:
    """The section: what is owed, oldest first, and when one promises the next word.

    `renewed` was put off a moment ago; `former` is when it was due before.
    """

    template: str
    owed: list[Owed]
    offer: datetime
    renewed: str = ""
    former: str = ""
    until: datetime | None = None


def owed_by(user: User, *, at: datetime) -> list[Owed]:
    """Updates of the person's own tickets that are late or soon will be; one query."""
    mine = Ticket.objects.visible_to(user).open().filter(owner_id=user.pk)
    clocks = Clock.objects.filter(OWED, kind=ClockKind.UPDATE, ticket__in=mine)
    rows = clocks.exclude(due_at=None).select_related("ticket__requester")
    rules, found = Looked(), []
    for clock in rows.order_by("due_at", "pk")[: 4 * MOST]:
        ticket = clock.ticket
        who = ticket.requester.name if ticket.requester else ""
        how = stand(clock, Source(), rules, at=at, who=who)
        if how.level in URGENT:
            number = ticket.number
            found.append(Owed(number, url(number), ticket.title, who, how))
    return found[:MOST]


def late_words(tickets: Sequence[int], at: datetime) -> dict[int, datetime]:
    """Which of these tickets owe a word that is late, and since when; one query."""
    return dict(prepared.select(LATE, tickets=list(tickets), at=at))


def owed_words(tickets: Sequence[int]) -> dict[int, promising.Owed]:
    """By when the requesters of these hear and have a solution; one query."""
    rows = prepared.select(WORDS, tickets=list(tickets))
    return {pk: promising.Owed(word, solution) for pk, word, solution in rows}


def first(request: HttpRequest, user: User, at: datetime) -> Words | None:
    """The section of "My work"; None where nobody waits for a word."""
    owed = owed_by(user, at=at)
    renewed = _renewed(request, user)
    if not owed and renewed is None:
        return None
    made = Words("itsm/sla/owed.html", owed, offer_of(at))
    if renewed is None:
        return made
    former = request.GET.get("former", "")
    is_ahead = bool(former) and former > at.isoformat()
    return Words(
        made.template,
        owed,
        made.offer,
        renewed.number,
        former if is_ahead else "",
        renewed.next_due_at,
    )


def _renewed(request: HttpRequest, user: User) -> Ticket | None:
    number = request.GET.get("renewed", "")[:20]
    return get_ticket(user, number) if number else None


def offer_of(at: datetime) -> datetime:
    """What one click promises: the next morning of a working day."""
    return next(o for o in promising.offers(at) if o.hour == promising.MORNING)


def register() -> None:
    """Stand first under "My work", and out in lists."""
    promising.on_words(late_words, owed_words)
    slots.fill("work.first", "owed", first, queries=1)
