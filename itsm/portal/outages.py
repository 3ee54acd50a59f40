"""Known outages: what requesters are told of what is broken, in our own sentences.

An open incident is told of where those who work here chose to (`announce`), or by
itself where it is P1 or P2, hits more than one person, and was reported by the reader's
own organisation or by those who work here. Restricted ones never are, by whatever way.
Only the service, the instant and one of a few sentences are told: nobody's words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from core.wording import clock_words
from itsm.knowledge.search import words_of
from itsm.portal.models import MeToo, Outage
from itsm.tickets.models import Ticket
from itsm.tickets.states import OPEN, Level, StateCategory, TicketType
from people import queries as visible
from people.models import User

MOST = 5
URGENT = (1, 2)
AGE = timedelta(days=14)  # what is older is no news; it can still be announced
AFTERWARDS = timedelta(hours=24)  # how long those who have it too are told of the end


@dataclass(frozen=True, slots=True)
class Known:
    """One outage as a requester is told of it."""

    number: str
    service: str
    sentence: str
    more: str
    since: datetime
    is_mine: bool  # they said that they have it too
    others: int  # how many said so besides
    is_over: bool


def told_to(user: User, *, at: datetime) -> QuerySet[Ticket]:
    """Incidents that this person is told of as an outage. One query when read."""
    services = visible.services(user).filter(is_active=True, is_restricted=False)
    own = Q(organisation_id=None)
    if user.organisation_id is not None:
        own |= Q(organisation_id=user.organisation_id)
    if user.is_staff:
        own = Q()
    by_itself = Q(
        own,
        outage=None,
        priority__in=URGENT,
        impact__in=(Level.MEDIUM, Level.HIGH),
        opened_at__gte=at - AGE,
    )
    return Ticket.objects.filter(
        by_itself | Q(outage__shown=True),
        type=TicketType.INCIDENT,
        restricted=False,
        parent=None,
        state_category__in=OPEN,
        service__in=services.values("pk"),
    )


def known(user: User, *, at: datetime) -> list[Known]:
    """What the portal opens with, one for each service. Two queries.

    Those who have it too are told for a day that it is over.
    """
    mine = MeToo.objects.filter(user_id=user.pk, ticket=OuterRef("pk"))
    rows = _rows(told_to(user, at=at)).annotate(mine=Exists(mine))
    open_ones = list(rows.order_by("-mine", "priority", "opened_at")[: MOST * 4])
    first: dict[int | None, Any] = {}
    for row in open_ones:
        first.setdefault(row.service_id, row)
    ended = _rows(
        Ticket.objects.filter(
            also_affected__user_id=user.pk,
            restricted=False,
            resolved_at__gte=at - AFTERWARDS,
            state_category__in=(StateCategory.RESOLVED, StateCategory.CLOSED),
        )
    )
    shown = [_told(row, is_mine=row.mine) for row in list(first.values())[:MOST]]
    over = [_told(row, is_mine=True) for row in ended.order_by("-resolved_at")[:MOST]]
    return [*shown, *over]


def fitting(user: User, typed: str, *, at: datetime) -> list[Known]:
    """The open ones whose service is named in what somebody types. Two queries."""
    words = set(words_of(typed))
    if not words:
        return []
    return [
        one
        for one in known(user, at=at)
        if not one.is_over and _names(words, one.service)
    ]


def _names(words: set[str], service: str) -> bool:
    named = words_of(service.replace("-", ""))
    return any(w in named or w == service.lower() for w in words) or any(
        w.startswith(n) for w in words for n in named if len(n) > 2
    )


def _rows(rows: QuerySet[Ticket]) -> QuerySet[Ticket]:
    named = rows.select_related("service", "outage")
    return named.only(
        *("number", "service__name", "affected", "opened_at", "resolved_at"),
        *("state_category", "outage__wording", "outage__expected_at", "priority"),
    ).annotate(since=F("opened_at"))


def _told(row: Ticket, *, is_mine: bool) -> Known:
    service = row.service.name if row.service else ""
    is_over = row.resolved_at is not None and row.state_category not in OPEN
    outage = getattr(row, "outage", None)
    words = {"service": service, "when": clock_words(row.opened_at)}
    expected = outage.expected_at if outage and not is_over else None
    if is_over:
        sentence = _("%(service)s should work again.") % words
    else:
        sentence = (
            SENTENCES[outage.wording if outage else Outage.Wording.KNOWN]() % words
        )
    return Known(
        number=row.number,
        service=service,
        sentence=sentence,
        more=_("We expect it to work again by %(when)s.")
        % {"when": clock_words(expected)}
        if expected
        else "",
        since=row.opened_at,
        is_mine=is_mine,
        others=max(0, row.affected - 1),
        is_over=is_over,
    )


SENTENCES = {
    Outage.Wording.KNOWN: lambda: _(
        "We know about a problem with %(service)s since %(when)s."
    ),
    Outage.Wording.SLOW: lambda: _(
        "%(service)s is slow since %(when)s. We are working on it."
    ),
    Outage.Wording.DOWN: lambda: _(
        "%(service)s does not work since %(when)s. We are working on it."
    ),
    Outage.Wording.SOME: lambda: _(
        "%(service)s does not work for some people since %(when)s."
    ),
    Outage.Wording.SUPPLIER: lambda: _(
        "A supplier has a problem with %(service)s since %(when)s. We keep at them."
    ),
}


def choices() -> Sequence[tuple[str, str]]:
    """The sentences staff choose from, in short."""
    return [
        (Outage.Wording.KNOWN, _("We know about a problem")),
        (Outage.Wording.SLOW, _("It is slow")),
        (Outage.Wording.DOWN, _("It does not work")),
        (Outage.Wording.SOME, _("It does not work for some people")),
        (Outage.Wording.SUPPLIER, _("A supplier has a problem")),
    ]


def state_for_staff(ticket: Ticket) -> tuple[bool, Outage | None]:
    """Whether requesters are told of it now, and what was chosen. One query."""
    chosen = Outage.objects.filter(pk=ticket.pk).first()
    if ticket.restricted or ticket.type != TicketType.INCIDENT:
        return False, chosen
    if ticket.service is None or ticket.service.is_restricted or ticket.parent_id:
        return False, chosen
    if ticket.state_category not in OPEN:
        return False, chosen
    if chosen is not None:
        return chosen.shown, chosen
    is_urgent = ticket.priority in URGENT and ticket.impact != Level.LOW
    return is_urgent, None
