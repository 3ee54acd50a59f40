"""Reads of decisions: what waits for whom, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.reader import phrase
from itsm.tickets import subjects
from itsm.tickets.approving import naming
from itsm.tickets.approving.models import YES, Approval, Vote
from itsm.tickets.approving.seats import seats_of
from itsm.tickets.models import Ticket
from itsm.tickets.states import StateCategory
from people.models import User

ENDED = (StateCategory.CLOSED, StateCategory.CANCELLED)


def waiting_for(user: User) -> QuerySet[Approval]:
    """Decisions that this person is among those asked for, and gave no yes to yet."""
    said = Vote.objects.filter(
        approval=OuterRef("pk"), by=user.pk, void_at=None, answer__in=YES
    )
    rows = Approval.objects.filter(
        ~Exists(said), decision="", asked__contains=[user.pk]
    )
    return rows.exclude(ticket__state_category__in=ENDED)


def how_many_wait(user: User) -> int:
    """How many of them there are; one query, by an index."""
    return waiting_for(user).order_by().count()


# Pages ------------------------------------------------------------------------

MOST = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One decision in a list. `url` is empty where the ticket is not theirs to see."""

    number: str
    title: str
    url: str
    requester: str
    service: str
    asked_at: datetime
    expires_at: datetime | None
    decision: str
    decided_at: datetime | None
    who: str
    is_again: bool = False
    question: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """Some lines, and how many there are in all."""

    lines: list[Line]
    total: int


RELATED = ("ticket__requester", "ticket__service", "approver", "group", "decided_by")


def mine(user: User) -> Lines:
    """What waits for this person, the oldest first; four queries."""
    rows = waiting_for(user)
    found = list(rows.select_related(*RELATED).order_by("asked_at", "pk")[:MOST])
    asked = Vote.objects.filter(
        approval__in=found, by=user, void_at=None, answer=Vote.Answer.ASKED
    )
    questions = dict(asked.values_list("approval_id", "words"))
    lines = [_line(row, question=questions.get(row.pk, "")) for row in found]
    total = len(found) if len(found) < MOST else how_many_wait(user)
    return Lines(lines, total)


def asked_by(user: User) -> Lines:
    """Decisions that this person's own tickets wait for; two queries."""
    rows = Approval.objects.filter(
        Q(ticket__requester=user.pk) | Q(ticket__owner=user.pk), decision=""
    ).exclude(ticket__state_category__in=ENDED)
    found = list(rows.select_related(*RELATED).order_by("asked_at", "pk")[:MOST])
    total = len(found) if len(found) < MOST else rows.count()
    return Lines([_line(row) for row in found], total)


def decided_by(user: User) -> Lines:
    """What this person answered, the newest first; three queries.

    A ticket that is not theirs to see any more is named by its number alone.
    """
    votes = Vote.objects.filter(by=user, answer__in=(*YES, Vote.Answer.REJECTED))
    rows = Approval.objects.filter(pk__in=votes.values("approval")).exclude(decision="")
    found = list(rows.select_related(*RELATED).order_by("-decided_at", "-pk")[:MOST])
    ids = [row.ticket_id for row in found]
    visible = Ticket.objects.visible_to(user).filter(pk__in=ids)
    seen = set(visible.values_list("pk", flat=True))
    total = len(found) if len(found) < MOST else rows.count()
    return Lines([_line(row, is_seen=row.ticket_id in seen) for row in found], total)


def _line(row: Approval, *, is_seen: bool = True, question: str = "") -> Line:
    ticket = row.ticket
    return Line(
        number=ticket.number,
        title=ticket.title if is_seen else "",
        url=f"{subjects.url(ticket.number)}approval/" if is_seen else "",
        requester=ticket.requester.name if ticket.requester else "",
        service=ticket.service.name if ticket.service and is_seen else "",
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        decision=row.decision,
        decided_at=row.decided_at,
        who=whom(row),
        is_again=row.former_id is not None,
        question=question,
    )


def whom(row: Approval) -> str:
    """Whose decision it is, in words."""
    if row.approver is not None:
        return row.approver.name
    if row.group is not None:
        return row.group.name
    return phrase(row.authority.replace("_", " ").capitalize())


def of_ticket(ticket: Ticket) -> list[Approval]:
    """All decisions of a ticket, with all that their page names; one query."""
    related = ("approver", "group", "decided_by", "former__former__former")
    rows = Approval.objects.filter(ticket_id=ticket.pk).select_related(*related)
    found = list(rows.order_by("id"))
    for row in found:
        row.ticket = ticket
    ticket.approval_rows = found
    return found


def votes(row: Approval) -> list[Vote]:
    """What was answered so far, the oldest first; one query."""
    rows = row.votes.filter(void_at=None).select_related("by", "on_behalf_of")
    return list(rows.order_by("at", "pk"))


def waits_for(row: Approval | None) -> list[str]:
    """The names of those it is asked of, while nothing is decided; one query."""
    if row is None or row.decision:
        return []
    names = User.objects.filter(pk__in=row.asked).order_by("name")
    return list(names.values_list("name", flat=True))


def seat_of(user: User, deciding: Mapping[str, int], row: Approval | None) -> str:
    """In whose place somebody decides; empty for their own."""
    pk = deciding.get(row.name) if row is not None else None
    if row is None or pk is None or pk == user.pk:
        return ""
    if row.approver is not None and row.approver.pk == pk:
        return row.approver.name
    return User.objects.filter(pk=pk).values_list("name", flat=True).first() or ""


def fills_in(row: Approval, at: datetime) -> str:
    """Why an administrator is asked, where one is."""
    (found,) = seats_of([row], at)
    return naming.too_few(row.authority) if found.fills_in else ""
