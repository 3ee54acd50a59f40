"""Tasks as lists show them: whose turn it is, what is late, what has failed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from itsm.requests.fulfilment import answering
from itsm.requests.models import Automatic, Task
from itsm.tickets.models import Ticket
from itsm.tickets.states import OPEN
from people.models import Membership, User

SIZE = 50
SOON = timedelta(hours=2)
TABS = ("teams", "mine", "late", "failed")
FAILED = Q(automatic__state=Automatic.State.FAILED)


@dataclass(frozen=True, slots=True)
class Line:
    """One task in a list."""

    pk: int
    title: str
    number: str
    order: str  # the ticket's title, where this person sees it
    ticket_url: str
    requester: str
    team: str
    assignee: str
    begun_at: datetime | None
    due_at: datetime | None
    level: str  # of its clock: calm, soon, late; none without one
    state: str  # of an automatic one
    failure: str


def turn(user: User) -> QuerySet[Task]:
    """Open tasks whose turn it is, of those the person sees."""
    rows: QuerySet[Task] = Task.objects.visible_to(user).open()
    its_turn = Q(begun_at__isnull=False) | Q(stage=0)
    return rows.filter(its_turn, ticket__state_category__in=OPEN)


def _of(tab: str, user: User, at: datetime) -> Q:
    """The condition of a tab."""
    teams = Membership.objects.filter(user_id=user.pk).values("team_id")
    own = Q(assignee_id=user.pk) | Q(team_id__in=teams)
    by_hand = Q(automatic=None) | FAILED
    return {
        "mine": Q(assignee_id=user.pk) & by_hand,
        "teams": Q(team_id__in=teams) & by_hand,
        "late": own & Q(due_at__lte=at),
        "failed": FAILED,
    }[tab]


def counts(user: User, *, at: datetime) -> dict[str, int]:
    """How many stand in each tab; one query."""
    wanted: dict[str, Any] = {
        tab: Count("pk", filter=_of(tab, user, at), distinct=True) for tab in TABS
    }
    return dict(turn(user).aggregate(**wanted))


def lines(
    user: User, tab: str, *, at: datetime, page: int = 0, team: str = ""
) -> tuple[list[Line], bool]:
    """One page of a tab, the most urgent first, and whether there is more."""
    rows = turn(user).filter(_of(tab, user, at))
    if team:
        rows = rows.filter(team__slug=team)
    ordered = rows.order_by(F("due_at").asc(nulls_last=True), "begun_at", "pk")
    found = list(
        ordered.select_related(
            "ticket", "ticket__requester", "team", "assignee", "automatic"
        )[page * SIZE : (page + 1) * SIZE + 1]
    )
    shown = found[:SIZE]
    closed = hidden(shown, user)
    told = [of(task, at=at, is_hidden=task.ticket_id in closed) for task in shown]
    return told, len(found) > SIZE


def hidden(rows: Iterable[Task], user: User) -> set[int]:
    """The tickets of these that the person may not open; one query, none if all may."""
    closed = {task.ticket_id for task in rows if task.ticket.restricted}
    if closed:
        mine = Ticket.objects.visible_to(user).filter(pk__in=closed)
        closed -= set(mine.values_list("pk", flat=True))
    return closed


def of(task: Task, *, at: datetime, is_hidden: bool = False) -> Line:
    """One line; of a hidden ticket nothing but its number and for whom it is."""
    automatic = getattr(task, "automatic", None)
    ticket = task.ticket
    return Line(
        pk=task.pk,
        title=task.title,
        number=ticket.number,
        order="" if is_hidden else ticket.title,
        ticket_url="" if is_hidden else f"/{ticket.type}s/{ticket.number}/",
        requester=ticket.requester.name if ticket.requester else "",
        team=task.team.name if task.team else "",
        assignee=task.assignee.name if task.assignee else "",
        begun_at=task.begun_at,
        due_at=task.due_at,
        level=level(task, at),
        state=automatic.state if automatic else "",
        failure=answering.words(automatic.failure) if automatic else "",
    )


def level(task: Task, at: datetime) -> str:
    """How its clock looks: none, met, calm, soon, late."""
    if task.due_at is None or task.waived_reason:
        return ""
    if task.done_at is not None:
        return "met" if task.done_at <= task.due_at else "late"
    if task.due_at <= at:
        return "late"
    return "soon" if task.due_at - at < SOON else "calm"
