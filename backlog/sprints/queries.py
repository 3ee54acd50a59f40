"""What the pages and the API of sprints read; each says how many queries it costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import Count, F, Prefetch, Q, QuerySet, Sum
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from backlog.increments.models import Increment
from backlog.profile.models import Member, Profile
from backlog.sprints.formats import ACT
from backlog.sprints.models import (
    Capacity,
    DailyNote,
    Impediment,
    RetroNote,
    ReviewPiece,
    Sprint,
    SprintStory,
)
from backlog.standing import allows_on
from backlog.stories.models import Story
from core import prepared
from people.models import Absence, User
from people.policy import allows
from processes.models import Process

DAY, WEEK = timedelta(days=1), 5  # working days
MOST = 2**63 - 1  # of a key
ON_CARD = (
    *("title", "state", "column", "points", "blocked", "blocked_at", "rank"),
    *("process_id", "sprint_id", "assignee__name", "assignee__is_machine"),
)


def visible_to(user: User) -> QuerySet[Sprint]:
    """Sprints are for those who work here; others see what was published of stories."""
    rows = Sprint.objects.select_related("process__owner", "team")
    return rows if user.is_staff and allows(user, "backlog.see") else rows.none()


def get_sprint(user: User, pk: int) -> Sprint:
    """One of them, or Http404; one query."""
    if not (user.is_staff and allows(user, "backlog.see")):
        raise Http404(_("There is no such sprint for you."))

    def build(pk: int) -> QuerySet[Sprint]:
        return visible_to(user).filter(pk=pk)

    found = prepared.instances("a sprint", build, pk=min(pk, MOST))
    if not found:
        raise Http404(_("There is no such sprint for you."))
    return found[0]


def get_reviewed(user: User, pk: int) -> Sprint:
    """One to whose review this person is asked, or Http404; up to two queries."""
    found = Sprint.objects.select_related("process__owner").filter(pk=pk).first()
    if found is None or not allows_on(user, "review.give", found.process):
        raise Http404(_("There is no such sprint for you."))
    return found


def impediments(user: User) -> QuerySet[Impediment]:
    """As far as this person may see them."""
    rows = Impediment.objects.select_related(
        *("process__owner", "sprint", "story", "by", "owner")
    )
    return rows if user.is_staff and allows(user, "backlog.see") else rows.none()


def open_impediments(sprint: Sprint, user: User) -> list[Impediment]:
    """Those of the sprint and of its process that nobody has removed, oldest first."""
    rows = impediments(user).filter(process_id=sprint.process_id, resolved_at=None)
    return list(rows.filter(Q(sprint=sprint) | Q(sprint=None)).order_by("at", "pk"))


def with_stories(user: User) -> QuerySet[Any]:
    """The same as `visible_to`, with what the API tells of each; two more queries."""
    held = SprintStory.objects.filter(removed_at=None).order_by("story__rank")
    return visible_to(user).prefetch_related(
        Prefetch("held", queryset=held.select_related("story"))
    )


def stories_of(sprint: Sprint) -> list[Story]:
    """What it holds, in the backlog's order; one query.

    A sprint that is over holds what it held, whatever became of it.
    """
    rows = Story.objects.select_related("assignee", "increment", "process")
    if sprint.ended_at is None:
        return list(rows.filter(sprint=sprint).order_by("rank"))
    ids = sprint.held.filter(removed_at=None).values("story")
    return list(rows.filter(pk__in=ids).order_by("rank"))


def cards_of(sprint: Sprint) -> list[Story]:
    """The same with what a card tells and no more; one query."""
    if sprint.ended_at is not None:
        return stories_of(sprint)

    def build(sprint: int) -> QuerySet[Story]:
        rows = Story.objects.filter(sprint=sprint).select_related("assignee")
        return rows.only(*ON_CARD).order_by("rank")

    return prepared.instances("cards of a board", build, sprint=sprint.pk)


def candidates(sprint: Sprint, most: int = 100) -> list[Story]:
    """What could come in, first what stands first; one query."""
    rows = Story.objects.filter(process_id=sprint.process_id, sprint=None)
    open_ = rows.filter(state__in=(Story.State.OPEN, Story.State.DOING))
    return list(open_.order_by("rank")[:most])


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody of the team: working days, days away, days for the sprint."""

    user: User
    proposed: Decimal  # what their share of the week comes to without absences
    away: int  # working days
    days: Decimal  # what was said, or what is proposed

    @property
    def is_said(self) -> bool:
        """Whether somebody set it."""
        return self.days != self.proposed


def hands(sprint: Sprint) -> list[Hand]:
    """The improvement team (the owner too), with absences; three queries."""
    members = Member.objects.filter(process_id=sprint.process_id).select_related("user")
    people = {m.user: m.days_a_week for m in members}
    said = {c.user: c.days for c in sprint.people.select_related("user")}
    for user in said:
        people.setdefault(user, Decimal(1))
    away = _away(sprint, list(people))
    work = workdays(sprint.starts_on, sprint.ends_on)
    found = []
    for user, a_week in sorted(people.items(), key=lambda pair: pair[0].name.lower()):
        off = len(away.get(user.pk, set()) & set(work))
        proposed = _tenths(a_week * (len(work) - off) / WEEK)
        found.append(Hand(user, proposed, off, said.get(user, proposed)))
    return found


def workdays(first: date, last: date) -> list[date]:
    """Mondays to Fridays."""
    days = (first + n * DAY for n in range((last - first).days + 1))
    return [day for day in days if day.isoweekday() <= WEEK]


def _away(sprint: Sprint, users: Sequence[User]) -> dict[int, set[date]]:
    """The local days on which somebody is away, whole or in part."""
    rows = Absence.objects.filter(
        user__in=users,
        starts_at__date__lte=sprint.ends_on,
        ends_at__date__gte=sprint.starts_on,
    )
    found: dict[int, set[date]] = {}
    for row in rows:
        day = timezone.localtime(row.starts_at).date()
        last = timezone.localtime(row.ends_at - timedelta(microseconds=1)).date()
        while day <= last:
            found.setdefault(row.user_id, set()).add(day)
            day += DAY
    return found


def _tenths(days: Decimal) -> Decimal:
    return (days * 2).quantize(Decimal(1)) / 2


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the board with its cards."""

    slug: str
    name: str
    category: str
    limit: int | None
    cards: Sequence[Story]

    @property
    def level(self) -> str:
        """How it stands to its limit: "", full, over."""
        if not self.limit or len(self.cards) < self.limit:
            return ""
        return "full" if len(self.cards) == self.limit else "over"


@dataclass(frozen=True, slots=True)
class Lane:
    """A swimlane: somebody's cards, or nobody's; or all of them."""

    person: User | None
    columns: Sequence[Column]

    @property
    def count(self) -> int:
        """How many cards."""
        return sum(len(column.cards) for column in self.columns)


def board(
    stories: Sequence[Story], profile: Profile, *, by_person: bool
) -> tuple[list[Column], list[Lane]]:
    """All columns, and the same by lanes; no query.

    A story whose column the board no longer has stands in the first of its state.
    """
    whole = _columns(stories, profile)
    if not by_person:
        return whole, [Lane(None, whole)]
    people = {s.assignee for s in stories}
    ordered = sorted((p for p in people if p is not None), key=lambda p: p.name.lower())
    lanes = [Lane(p, _columns(_of(stories, p), profile)) for p in ordered]
    rest = _of(stories, None)
    return whole, [*lanes, *([Lane(None, _columns(rest, profile))] if rest else [])]


def _of(stories: Sequence[Story], person: User | None) -> list[Story]:
    return [s for s in stories if s.assignee_id == (person.pk if person else None)]


def _columns(stories: Sequence[Story], profile: Profile) -> list[Column]:
    known = {column["slug"] for column in profile.columns}
    category = {Story.State.OPEN: "todo", Story.State.DOING: "doing"}
    cards: dict[str, list[Story]] = {slug: [] for slug in known}
    for story in stories:
        slug = story.column
        if slug not in known:
            wanted = category.get(Story.State(story.state), "done")
            slug = next(
                (c["slug"] for c in profile.columns if c["category"] == wanted),
                profile.columns[0]["slug"],
            )
        cards[slug].append(story)
    return [Column(**_plain(c), cards=cards[c["slug"]]) for c in profile.columns]


def _plain(column: dict[str, Any]) -> dict[str, Any]:
    names = ("slug", "name", "category", "limit")
    return {name: column.get(name) for name in names}


def today(at: datetime) -> date:
    """The local day of an instant."""
    return timezone.localtime(at).date()


def sprints_of(process: Process, user: User) -> list[Sprint]:
    """A process's sprints, the newest first; one query."""
    rows = visible_to(user).filter(process=process)
    return list(rows.order_by("-number")[:60])


def capacity_days(sprint: Sprint) -> Decimal | None:
    """The days all have together, where somebody said it; one query."""
    found = Capacity.objects.filter(sprint=sprint).values_list("days", flat=True)
    days = list(found)
    return sum(days, Decimal(0)) if days else None


@dataclass(frozen=True, slots=True)
class Line:
    """A sprint in the list of its process."""

    sprint: Sprint
    stories: int
    done: int


def listed(process: Process, user: User) -> list[Line]:
    """A process's sprints with what they held and got done; one query."""
    kept = Q(held__removed_at=None)
    done = kept & Q(held__done_at__isnull=False)
    rows: Any = visible_to(user).filter(process=process).order_by("-number")[:60]
    rows = rows.annotate(
        n=Count("held", filter=kept),
        n_done=Count("held", filter=done),
    )
    return [Line(r, r.n, r.n_done) for r in rows]


def team(sprint: Sprint) -> list[User]:
    """The improvement team and the owner, by name; one query."""
    process = sprint.process
    ids = Member.objects.filter(process_id=sprint.process_id).values("user")
    rows = User.objects.people().filter(Q(pk__in=ids) | Q(pk=process.owner_id))
    return list(rows.order_by("name"))


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says on one day, and what they said they would do."""

    user: User
    note: DailyNote | None
    before: DailyNote | None  # of the last day on which they said something


def daily(sprint: Sprint, on: date) -> list[Said]:
    """The team's words of one day, with those before; two queries."""
    notes: dict[int, list[DailyNote]] = {}
    rows = sprint.dailies.filter(on__lte=on).select_related("user").order_by("-on")
    for note in rows:
        notes.setdefault(note.user_id, []).append(note)
    people = {user.pk: user for user in team(sprint)}
    people |= {n[0].user_id: n[0].user for n in notes.values() if n[0].on == on}
    return [_said(user, notes.get(user.pk, []), on) for user in people.values()]


def _said(user: User, notes: Sequence[DailyNote], on: date) -> Said:
    now = next((n for n in notes if n.on == on), None)
    return Said(user, now, next((n for n in notes if n.on < on), None))


def pieces(sprint: Sprint, user: User) -> list[ReviewPiece]:
    """What was said at its review, unanswered ones first; one query.

    Who does not work here reads what they said themselves.
    """
    rows = sprint.pieces.select_related("by", "answered_by", "became", "story")
    if not user.is_staff:
        rows = rows.filter(by=user)
    return list(rows.order_by(F("answered_at").asc(nulls_first=True), "at"))


def shown(sprint: Sprint, user: User) -> list[tuple[Increment | None, list[Story]]]:
    """What was finished in it by increment, last what belongs to none; one query.

    As far as this person may see it.
    """
    ids = sprint.held.filter(removed_at=None, done_at__isnull=False).values("story")
    rows = Story.objects.visible_to(user).select_related("increment", "process")
    found = rows.filter(pk__in=ids).order_by("increment__position", "increment", "rank")
    return [
        (increment, list(stories))
        for increment, stories in groupby(found, key=lambda story: story.increment)
    ]


@dataclass(frozen=True, slots=True)
class Heap:
    """Notes that say the same; `votes` of all, and those of the reader."""

    note: RetroNote
    under: Sequence[RetroNote]
    votes: int
    mine: int


def heaps(sprint: Sprint, voter: str) -> dict[str, list[Heap]]:
    """A retrospective's notes by category; one query.

    The most voted first, once votes are given: sooner, their order would tell them.
    """
    all_votes = Sum("votes__n")
    mine = Sum("votes__n", filter=Q(votes__voter_key=voter))
    rows = sprint.notes.select_related("became", "became__process").annotate(
        all_votes=all_votes, my_votes=mine
    )
    notes: list[Any] = list(rows.order_by("position", "pk"))
    found: dict[str, list[Heap]] = {}
    for head in notes:
        if head.group_id is not None:
            continue
        under = [n for n in notes if n.group_id == head.pk]
        together = [head, *under]
        votes = sum(n.all_votes or 0 for n in together)
        of_me = sum(n.my_votes or 0 for n in together)
        found.setdefault(head.category, []).append(Heap(head, under, votes, of_me))
    if sprint.retro_phase == ACT:
        for listed_ in found.values():
            listed_.sort(key=lambda heap: -heap.votes)
    return found


def last_actions(sprint: Sprint) -> tuple[Sprint | None, list[RetroNote]]:
    """What the retrospective before this one wanted done; two queries."""
    before = (
        Sprint.objects.filter(process_id=sprint.process_id, number__lt=sprint.number)
        .filter(notes__is_action=True)
        .order_by("-number")
        .first()
    )
    if before is None:
        return None, []
    rows = before.notes.filter(is_action=True).select_related("became__process")
    return before, list(rows.order_by("pk"))
