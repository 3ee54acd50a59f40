"""What the pages of feedback read; the signed link to one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.db.models import Avg, Count, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from itsm.feedback.models import MONTH, Feedback, FeedbackAsk
from itsm.feedback.policy import visible_to
from itsm.tickets.models import Ticket
from itsm.tickets.states import StateCategory
from people.models import User

PAGE = 30
SALT = "beeline.feedback"
LINK_LASTS = timedelta(days=60)
ASKED_FOR = timedelta(days=21)  # how long the portal's first page asks
FEWEST = 3  # pieces below which no average is told


@dataclass(frozen=True, slots=True)
class Figures:
    """How many, and what they come to; None while they are too few."""

    n: int
    satisfaction: float | None
    effort: float | None
    unanswered: int


def link_token(ask: FeedbackAsk) -> str:
    """What a mail's link carries: which question, signed."""
    return signing.dumps(ask.pk, salt=SALT, compress=False)


def ask_of(token: str) -> FeedbackAsk:
    """The question that a link carries. Raises Http404 for one that does not fit."""
    try:
        pk = signing.loads(token, salt=SALT, max_age=LINK_LASTS)
    except signing.BadSignature as wrong:
        raise Http404(_("This link no longer works.")) from wrong
    rows = FeedbackAsk.objects.select_related("ticket", "person")
    found = rows.filter(pk=pk, person__is_active=True).first()
    if found is None:
        raise Http404(_("This link no longer works."))
    return found


def open_ask(user: User, *, at: datetime) -> FeedbackAsk | None:
    """What the portal asks this person about now. One query."""
    rows = FeedbackAsk.objects.filter(
        person_id=user.pk,
        at__gt=at - ASKED_FOR,
        ticket__feedback=None,
        ticket__requester_id=user.pk,
        ticket__state_category__in=(StateCategory.RESOLVED, StateCategory.CLOSED),
    )
    return rows.select_related("ticket").order_by("-at").first()


def answered_lately(user: User, *, at: datetime) -> list[Feedback]:
    """Answers to what this person said, of the last weeks. One query."""
    rows = Feedback.objects.filter(
        person_id=user.pk, answered_at__gt=at - ASKED_FOR, redacted_at=None
    )
    return list(rows.select_related("ticket", "answered_by").order_by("-pk")[:3])


def of_ticket(ticket: Ticket) -> Feedback | None:
    """What was said of it. One query."""
    rows = Feedback.objects.filter(ticket_id=ticket.pk)
    return rows.select_related("answered_by").first()


def is_asked(ticket: Ticket, *, at: datetime) -> bool:
    """Whether its requester is asked how it was: they were, or are in a moment, as
    nothing else was asked of them for a month. One query.
    """
    asked = FeedbackAsk.objects.filter(
        Q(ticket_id=ticket.pk) | Q(person_id=ticket.requester_id, at__gt=at - MONTH)
    )
    about = list(asked.values_list("ticket_id", flat=True)[:10])
    return not about or ticket.pk in about


def get_piece(user: User, pk: int) -> Feedback:
    """The one getter. Raises Http404 for what is not theirs to see."""
    rows = visible_to(user).select_related("ticket__service", "ticket__team", "person")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no such feedback for you."))
    return found


def listing(
    user: User, *, which: str, before: int | None
) -> tuple[list[Feedback], int, int | None]:
    """One page: rows, how many there are in all, where it goes on. Two queries."""
    rows = narrowed(user, which)
    total = rows.count()
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(
        rows.select_related(
            "ticket__service", "ticket__team", "person__organisation", "owner"
        )
        .select_related("answered_by")
        .order_by("-pk")[: PAGE + 1]
    )
    more = len(found) > PAGE
    return found[:PAGE], total, found[PAGE - 1].pk if more else None


def narrowed(user: User, which: str) -> QuerySet[Feedback]:
    """All they may see, those to answer, or those about their own work."""
    rows = visible_to(user).exclude(person_id=user.pk)
    if which == "open":
        return rows.filter(owner_id=user.pk, answered_at=None)
    if which == "own":
        return rows.filter(ticket__owner_id=user.pk)
    return rows


def opinions() -> QuerySet[Any, Any]:
    """What people thought of each ticket, as figures of many of them ask."""
    return Feedback.objects.values("ticket_id", "satisfaction", "effort")


def figures(rows: QuerySet[Feedback]) -> Figures:
    """What they come to. One query."""
    found = rows.aggregate(
        n=Count("pk"),
        satisfaction=Avg("satisfaction"),
        effort=Avg("effort"),
        unanswered=Count("pk", filter=Q(answered_at=None)),
    )
    few = found["n"] < FEWEST
    return Figures(
        n=found["n"],
        satisfaction=None if few else found["satisfaction"],
        effort=None if few else found["effort"],
        unanswered=found["unanswered"],
    )
