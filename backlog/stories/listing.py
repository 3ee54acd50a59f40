"""The ranked list of a process and the page of all processes, read page by page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import QueryDict

from backlog.increments.models import Increment
from backlog.mapping.models import Activity
from backlog.profile.models import Member, Profile, Stakeholder
from backlog.standing import profile_of
from backlog.stories.models import Criterion, Idea, Story
from backlog.stories.queries import id_of
from backlog.stories.querysets import StoryQuerySet
from core import prepared
from people.models import User
from processes.models import Process

PAGE = 50
OPEN = (Story.State.OPEN, Story.State.DOING)
STATES: Mapping[str, Sequence[str]] = {
    "": OPEN,
    "done": (Story.State.DONE,),
    "dropped": (Story.State.DROPPED,),
    "all": tuple(Story.State.values),
}
WITH = ("increment", "activity", "sprint", "assignee")
SHOWN = (  # of a row, and of what stands beside it
    *("title", "state", "points", "wsjf", "rank", "by_hand", "blocked", "process_id"),
    *("increment__name", "activity__name", "sprint__number", "assignee__name"),
)
HAS_CRITERIA = Exists(Criterion.objects.filter(story=OuterRef("pk")))
ONLY: Mapping[str, Q] = {
    "unestimated": Q(points__isnull=True),
    "unweighed": Q(wsjf__isnull=True),
    "vague": ~Q(HAS_CRITERIA),
    "ready": Q(HAS_CRITERIA) & Q(points__isnull=False),
    "hand": Q(by_hand=True),
    "blocked": ~Q(blocked=""),
    "unplanned": Q(sprint__isnull=True),
}
KNOWN = ("q", "state", "only", "increment", "activity", "assignee", "sprint")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the address asks for; whatever makes no sense is left out."""

    given: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, query: QueryDict) -> "Wish":
        """From the address."""
        given = {name: query.get(name, "").strip()[:100] for name in KNOWN}
        return cls({n: v.replace("\x00", "") for n, v in given.items() if v})

    def get(self, name: str) -> str:
        """One wish; empty where there is none."""
        return self.given.get(name, "")

    @property
    def address(self) -> str:
        """The same as the query of an address, without a leading mark."""
        query = QueryDict(mutable=True)
        query.update(self.given)
        return query.urlencode()

    def narrow(self, rows: StoryQuerySet) -> StoryQuerySet:
        """The rows that are left."""
        rows = rows.filter(state__in=STATES.get(self.get("state"), OPEN))
        if words := self.get("q"):
            found = Q(title__icontains=words) | Q(i_want__icontains=words)
            pk = id_of(words)
            rows = rows.filter(found if pk is None else found | Q(pk=pk))
        if (only := ONLY.get(self.get("only"))) is not None:
            rows = rows.filter(only)
        for name in ("increment", "activity", "assignee", "sprint"):
            value = self.get(name)
            if value == "none":
                rows = rows.filter(**{f"{name}__isnull": True})
            elif value.isascii() and value.isdigit() and len(value) < 19:
                rows = rows.filter(**{f"{name}_id": int(value)})
        return rows


@dataclass(frozen=True, slots=True)
class Ranked:
    """One page of the list. `first` is the place of its first row."""

    rows: list[Story]
    first: int
    total: int
    after: str  # the number after which the next page begins; empty: this is the last


def all_of(process: Process, user: User, wish: Wish) -> StoryQuerySet:
    """Those that fit, unsorted."""
    seen = Story.objects.visible_to(user).filter(process=process)
    return wish.narrow(seen)


def ranked(process: Process, user: User, wish: Wish, after: str = "") -> Ranked:
    """A page of the list by rank; three queries at most, two for the first page."""
    if user.is_staff and user.is_active and not wish.given and not after:
        return _first_page(process)
    found = all_of(process, user, wish)
    total, first = found.count(), 1
    if (pk := id_of(after)) is not None:
        rank = Story.objects.filter(pk=pk, process=process).values("rank")
        beyond = found.filter(rank__gt=Subquery(rank[:1]))
        first = total - beyond.count() + 1
        found = beyond
    rows = list(shown(found).order_by("rank")[: PAGE + 1])
    return _page(rows, first, total)


def _first_page(process: Process) -> Ranked:
    """The same for what is asked most, the list as it is opened; two queries."""

    def build(process: int) -> StoryQuerySet:
        rows = Story.objects.filter(process=process, state__in=OPEN)
        return shown(rows).order_by("rank")[: PAGE + 1]

    rows = prepared.instances("first of a backlog", build, process=process.pk)
    return _page(rows, 1, _count_open(process.pk))


def _count_open(process: int) -> int:
    def build(process: int) -> Any:
        return Story.objects.filter(process=process, state__in=OPEN).values("pk")

    return prepared.count("open stories", build, process=process)


def _page(rows: list[Story], first: int, total: int) -> Ranked:
    more = rows[PAGE - 1].number if len(rows) > PAGE else ""
    return Ranked(rows[:PAGE], first, total, more)


def shown(rows: StoryQuerySet) -> StoryQuerySet:
    """With all that a row of the list tells."""
    criteria = Criterion.objects.filter(story=OuterRef("pk")).order_by()
    counted = criteria.values("story").annotate(n=Count("pk")).values("n")
    met = criteria.filter(met_at__isnull=False)
    is_met = met.values("story").annotate(n=Count("pk")).values("n")
    return (
        rows.select_related(*WITH)
        .only(*SHOWN)
        .annotate(
            asked=Coalesce(Subquery(counted), 0), met=Coalesce(Subquery(is_met), 0)
        )
    )


def place_of(story: Story) -> int:
    """1 for the first of the open stories of its process; one query."""

    def build(process: int, rank: str) -> Any:
        rows = Story.objects.filter(process=process, state__in=OPEN)
        return rows.filter(rank__lt=rank).values("pk")

    of, rank = story.process_id, story.rank
    return prepared.count("place of a story", build, process=of, rank=rank) + 1


def neighbour(story: Story) -> str:
    """The number of the open story that comes next; empty at the end."""

    def build(process: int, rank: str) -> Any:
        rows = Story.objects.filter(process=process, state__in=OPEN)
        return rows.filter(rank__gt=rank).order_by("rank").values_list("pk")[:1]

    of, rank = story.process_id, story.rank
    found = prepared.fetch("next of a story", build, process=of, rank=rank)
    return f"STO-{found[0][0]}" if found else ""


Options = Mapping[str, list[tuple[Any, Any]]]


def options(process: Process, *, of_all: bool = True) -> Options:
    """What stories of this process can be given; five queries, four without whom it
    is for, by which no list is narrowed."""
    of = process.pk
    sprints = prepared.instances("sprints to fill", _sprints, process=of)
    return {
        "increment": prepared.fetch("increments to fill", _increments, process=of),
        "activity": prepared.fetch("activities of a map", _activities, process=of),
        "assignee": prepared.fetch("who improves", _team, process=of),
        "sprint": [(sprint.pk, sprint) for sprint in sprints],
        "stakeholder": list(_stakeholders(process)) if of_all else [],
    }


def _increments(process: int) -> Any:
    rows = Increment.objects.filter(process=process)
    rows = rows.exclude(state__in=("released", "dropped"))
    return rows.order_by("position", "number").values_list("pk", "name")


def _activities(process: int) -> Any:
    rows = Activity.objects.filter(process=process).order_by(
        Coalesce("parent__position", "position"),
        F("parent__position").asc(nulls_first=True),
        "position",
    )
    return rows.values_list("pk", "name")


def _team(process: int) -> Any:
    """Whoever improves it, and its owner."""
    members = Member.objects.filter(process=process).values("user")
    owner = Process.objects.filter(pk=process).values("owner")
    rows = User.objects.filter(Q(pk__in=members) | Q(pk__in=owner), is_active=True)
    return rows.order_by("name").values_list("pk", "name")


def _sprints(process: int) -> Any:
    rows = apps.get_model("backlog", "Sprint").objects.filter(process=process)
    rows = rows.filter(state__in=("planned", "running"))
    return rows.order_by("starts_on", "number")


def _stakeholders(process: Process) -> Any:
    rows = Stakeholder.objects.filter(process=process).order_by("position", "pk")
    return rows.values_list("pk", "name")


def processes(user: User) -> QuerySet[Process]:
    """Every process with its backlog in figures; one query.

    Those who do not work here see the ones that name them as a stakeholder.
    """
    open_ = Story.objects.filter(process=OuterRef("pk"), state__in=OPEN).order_by()
    if not user.is_staff:
        open_ = open_.filter(is_published=True)

    def count(rows: Any) -> Any:
        counted = rows.values("process").annotate(n=Count("pk")).values("n")
        return Coalesce(Subquery(counted), 0)

    mine = Member.objects.filter(process=OuterRef("pk"), user=user)
    rows = Process.objects.select_related("owner").annotate(
        stories_n=count(open_),
        ready_n=count(open_.filter(ONLY["ready"])),
        ideas_n=count_ideas(),
        mine=Exists(mine),
    )
    if not user.is_staff:
        named = Stakeholder.objects.filter(process=OuterRef("pk"), user=user)
        rows = rows.filter(Exists(named))
    return rows.order_by(F("mine").desc(), "name")


def count_ideas() -> Any:
    """How many ideas of a process wait for an answer."""
    rows = Idea.objects.filter(process=OuterRef("pk"), state=Idea.State.OPEN)
    counted = rows.order_by().values("process").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def running(processes: Sequence[Process]) -> Mapping[int, list[Any]]:
    """The running sprints of each process; one query."""
    sprints = apps.get_model("backlog", "Sprint").objects.filter(state="running")
    found: dict[int, list[Any]] = {}
    for sprint in sprints.filter(process__in=processes).order_by("ends_on"):
        found.setdefault(sprint.process_id, []).append(sprint)
    return found


def is_by_wsjf(process: Process) -> bool:
    """Whether numbers say the order; one query."""
    return profile_of(process).order == Profile.Order.WSJF
