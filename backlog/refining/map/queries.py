"""What the story map reads: four queries, however many stories there are."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from backlog.increments.models import Increment
from backlog.increments.queries import open_of
from backlog.mapping.models import Activity
from backlog.mapping.queries import Branch, backbone
from backlog.stories.models import Story
from core import prepared
from people.models import User
from processes.models import Process

SHOWN = 600  # stories on the map; more than that no wall holds
BESIDE = 40  # of those that are not on it yet, the first of the rank


@dataclass(frozen=True, slots=True)
class Card:
    """A story on the map."""

    pk: int
    title: str
    state: str
    points: int | None
    place: int  # among all that are shown, by rank
    in_sprint: bool
    is_blocked: bool

    @property
    def number(self) -> str:
        """STO-12."""
        return f"STO-{self.pk}"


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a column and a row meet."""

    increment: Increment | None
    cards: list[Card]


@dataclass(frozen=True, slots=True)
class Column:
    """A step, or an activity's own stories, or (activity None) what is off the map."""

    activity: Activity | None
    name: str
    cells: list[Cell]

    @property
    def held(self) -> int:
        """How many stories stand in it."""
        return sum(len(cell.cards) for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Section:
    """An activity with its columns."""

    activity: Activity | None
    name: str
    columns: list[Column]

    @property
    def held(self) -> int:
        """How many stories stand in it."""
        return sum(column.held for column in self.columns)


@dataclass(frozen=True, slots=True)
class Row:
    """An increment, or (None) what has none yet, with what it holds."""

    increment: Increment | None
    held: int
    finished: int
    points: int


@dataclass(slots=True)
class Map:
    """The whole wall."""

    sections: list[Section]
    rows: list[Row]
    total: int
    left_out: int
    backbone: list[Branch] = field(default_factory=list)


Held = dict[tuple[int | None, int | None], list[Card]]
COLUMNS = ("pk", "title", "state", "points", "rank", "sprint_id", "blocked_at")
RANK = COLUMNS.index("rank")
OPEN = (Story.State.OPEN, Story.State.DOING)
OFF = Q(activity=None, increment=None)


def map_of(process: Process, user: User) -> Map:
    """The map of a process as this person may see it; four queries, five where not all
    of it fits."""
    branches, increments = backbone(process), open_of(process)
    if not user.is_staff:
        increments = [i for i in increments if i.state == Increment.State.DECIDED]
    seen: list[Increment | None] = [*increments, None]
    known = {increment.pk for increment in increments}
    on = _rows(process, user, SHOWN, is_off=False)
    off = _rows(process, user, BESIDE, is_off=True)
    total = len(on) + len(off)
    if len(on) == SHOWN or len(off) == BESIDE:
        total = _stories(process.pk, user).count()
    shown = [*on, *off]
    places = {rank: n for n, rank in enumerate(sorted(row[RANK] for row in shown))}
    held: Held = defaultdict(list)
    for row in shown:
        pk, title, state, points, rank, sprint, blocked, activity, increment = row
        place, in_sprint = places[rank], sprint is not None
        card = Card(pk, title, state, points, place, in_sprint, bool(blocked))
        held[activity, increment if increment in known else None].append(card)
    return Map(
        sections=_sections(branches, seen, held),
        rows=[_row(increment, held) for increment in seen],
        total=total,
        left_out=total - len(shown),
        backbone=branches,
    )


def _rows(
    process: Process, user: User, most: int, *, is_off: bool
) -> list[tuple[Any, ...]]:
    """The first of them in rank order: those on the map, or those beside it."""

    def build(process: int) -> QuerySet[Any]:
        rows = _stories(process, user).order_by("rank")
        rows = rows.filter(OFF) if is_off else rows.exclude(OFF)
        return rows.values_list(*COLUMNS, "activity_id", "increment_id")[:most]

    if not (user.is_staff and user.is_active):  # whose they are is asked then
        return list(build(process.pk))
    return prepared.fetch(("story map", is_off), build, process=process.pk)


def _stories(process: int, user: User) -> QuerySet[Story]:
    """All that is open, and what is finished in an increment that is being filled."""
    filled = (Increment.State.PLANNED, Increment.State.DECIDED)
    is_done = Q(state=Story.State.DONE, increment__state__in=filled)
    rows = Story.objects.visible_to(user).filter(process=process)
    return rows.filter(Q(state__in=OPEN) | is_done)


def _sections(
    branches: list[Branch], increments: list[Increment | None], held: Held
) -> list[Section]:
    sections = []
    for branch in branches:
        columns = [_column(step, step.name, increments, held) for step in branch.steps]
        own = _column(branch.activity, branch.activity.name, increments, held)
        if own.held or not columns:
            columns.insert(0, own)
        sections.append(Section(branch.activity, branch.activity.name, columns))
    off = _column(None, _("Not on the map yet"), increments, held)
    if off.held or not sections:
        sections.append(Section(None, off.name, [off]))
    return sections


def _column(
    activity: Activity | None,
    name: str,
    increments: list[Increment | None],
    held: Held,
) -> Column:
    pk = activity.pk if activity else None
    cells = [Cell(i, held.get((pk, i.pk if i else None), [])) for i in increments]
    return Column(activity, name, cells)


def _row(increment: Increment | None, held: Held) -> Row:
    pk = increment.pk if increment else None
    cards = [c for (_a, i), cards in held.items() if i == pk for c in cards]
    done = [card for card in cards if card.state == Story.State.DONE]
    return Row(increment, len(cards), len(done), sum(c.points or 0 for c in cards))
