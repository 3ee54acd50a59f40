"""What a person finds under "My work": a few short lists, each one query."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from core.models import Event
from itsm.tickets import kinds, rows
from itsm.tickets.approving.queries import waiting_for
from itsm.tickets.checklist.models import Task
from itsm.tickets.drafts.reading import Left, left
from itsm.tickets.mentions.models import Mention
from itsm.tickets.mentions.reading import unread
from itsm.tickets.models import Ticket
from itsm.tickets.states import OPEN, WORKABLE, StateCategory
from itsm.tickets.together import news
from people.models import Membership, User

MOST = 25  # of each list; the rest is one link away
BACK = timedelta(days=3)  # how long a reply counts as news


@dataclass(frozen=True, slots=True)
class Decision:
    """An approval that waits for this person."""

    row: rows.Row
    name: str
    asked_at: datetime


@dataclass(slots=True)
class Work:
    """One person's lists. `next` is what to do first."""

    next: rows.Row | None = None
    offered: list[rows.Row] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    asked: list[news.Told] = field(default_factory=list)
    told: list[news.Told] = field(default_factory=list)
    back: list[rows.Row] = field(default_factory=list)
    mine: list[rows.Row] = field(default_factory=list)
    waiting: list[rows.Row] = field(default_factory=list)
    unowned: list[rows.Row] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    drafts: list[Left] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Nothing waits for this person."""
        return not (
            self.offered
            or self.decisions
            or self.asked
            or self.told
            or self.back
            or self.mine
            or self.waiting
            or self.unowned
            or self.mentions
            or self.drafts
            or self.tasks
        )


def of(user: User, *, at: datetime) -> Work:
    """Read all of it: seven queries, however much there is, one more for news."""
    visible = Ticket.objects.visible_to(user)
    own = _facts(visible.open().filter(owner_id=user.pk), 2 * MOST)
    came_back = _came_back(own, at)
    active = [f for f in own if f.category != StateCategory.WAITING]
    unowned = _facts(
        visible.workable().filter(owner_id__isnull=True, team_id__in=_teams(user)),
        MOST,
    )
    asked, told = news.of(user, at=at)
    work = Work(
        asked=asked,
        told=told,
        offered=_rows(_facts(visible.open().filter(offered_to_id=user.pk), MOST), at),
        decisions=_decisions(user, visible, at),
        back=_rows([f for f in active if f.pk in came_back], at),
        mine=_rows([f for f in active if f.pk not in came_back][:MOST], at),
        waiting=_rows(
            [f for f in own if f.category == StateCategory.WAITING][:MOST], at
        ),
        unowned=_rows(unowned, at),
        mentions=list(unread(user)[:MOST]),
        drafts=left(user, visible, most=MOST),
        tasks=_tasks(user),
    )
    work.next = next(iter([*work.back, *work.mine, *work.unowned]), None)
    return work


def _tasks(user: User) -> list[Task]:
    """Open tasks that this person does, the most urgent first."""
    mine = Task.objects.open().filter(assignee=user, ticket__state_category__in=OPEN)
    mine = mine.select_related("ticket")
    urgent = (F("due_at").asc(nulls_last=True), F("due_on").asc(nulls_last=True), "pk")
    return list(mine.order_by(*urgent)[:MOST])


def _facts(found: Any, most: int) -> list[rows.Facts]:
    ordered = found.in_order().values_list(*rows.COLUMNS)[:most]
    return [rows.Facts(*values) for values in ordered]


def _rows(facts: Sequence[rows.Facts], at: datetime) -> list[rows.Row]:
    return rows.worded(facts, at=at)


def _teams(user: User) -> list[int]:
    mine = Membership.objects.filter(user_id=user.pk)
    return list(mine.values_list("team_id", flat=True))


def _came_back(own: Sequence[rows.Facts], at: datetime) -> set[int]:
    """Of these, the ones that stopped waiting lately and have no answer of ours yet."""
    active = {f.pk: f for f in own if f.category in WORKABLE}
    if not active:
        return set()
    resumed = Event.objects.filter(
        subject_type=Ticket.subject_type,
        subject_id__in=active,
        kind=kinds.RESUME,
        at__gte=at - BACK,
    ).values_list("subject_id", "at")
    return {
        pk
        for pk, moment in resumed
        if (informed := active[pk].informed_at) is None or informed < moment
    }


def _decisions(user: User, visible: Any, at: datetime) -> list[Decision]:
    """What this person is among those asked for, and has not answered yet."""
    asked = list(
        waiting_for(user)
        .filter(ticket__in=visible)
        .order_by("asked_at", "id")
        .values_list("ticket_id", "name", "asked_at")[:MOST]
    )
    if not asked:
        return []
    found = visible.filter(pk__in=[pk for pk, _, _ in asked])
    worded = rows.worded(found.values_list(*rows.COLUMNS), at=at)
    by_ticket = {row.pk: row for row in worded}
    return [
        Decision(by_ticket[pk], name, moment)
        for pk, name, moment in asked
        if pk in by_ticket
    ]
