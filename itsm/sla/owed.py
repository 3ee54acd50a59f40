"""Words that were promised and are owed: the first thing under "My work"."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.http import HttpRequest

from core import slots
from itsm.sla.models import Clock, ClockKind, ClockState
from itsm.sla.rules import Looked
from itsm.sla.standing import Source, Stand, stand
from itsm.tickets import promising
from itsm.tickets.models import Ticket
from itsm.tickets.queries import get_ticket
from itsm.tickets.subjects import url
from people.models import User

MOST = 25
URGENT = frozenset({"soon", "late"})
OWED = Q(state=ClockState.RUNNING) | Q(state=ClockState.MISSED, ended_at=None)


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
    return promising.offers(at)[-2]


def register() -> None:
    """Stand first under "My work"."""
    slots.fill("work.first", "owed", first, queries=1)
