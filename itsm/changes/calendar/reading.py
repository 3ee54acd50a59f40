"""Reads planned changes, with all that says what they collide with and why."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from core import prepared
from core.conditions import any_of
from core.reader import phrase
from itsm.changes.calendar.collisions import Window
from itsm.changes.models import Change
from itsm.tickets.asking import ask
from itsm.tickets.checklist.models import Task
from itsm.tickets.models import Ticket
from itsm.tickets.rows import rules_of
from itsm.tickets.states import OPEN, StateCategory
from people.models import Service, User

COLUMNS = (
    *("pk", "change__window_start", "change__window_end", "service_id", "team_id"),
    *("owner_id", "owner__name", "number", "title", "state", "state_category"),
    *("process_version_id", "change__model", "change__risk", "change__ended_at"),
    *("service__slug", "service__name", "team__slug", "team__name"),
)
OPEN_VALUES = frozenset(one.value for one in OPEN)
CANCELLED = StateCategory.CANCELLED.value
People = Mapping[int, str]  # by id, what they are called
NOBODY: People = {}


class Planned(NamedTuple):
    """A change with a window: what stands in the calendar, and who it may meet."""

    window: Window
    people: People
    number: str
    title: str
    state: str
    category: str
    version: int
    model: str
    risk: str
    ended_at: datetime | None
    service_slug: str | None
    service: str | None
    team_slug: str | None
    team: str | None

    @property
    def url(self) -> str:
        """Its page."""
        return f"/changes/{self.number}/"

    @property
    def is_to_be_done(self) -> bool:
        """Whether it is still ahead or under way."""
        return self.category in OPEN_VALUES and self.ended_at is None


def in_range(user: User, start: datetime, end: datetime) -> list[Planned]:
    """The changes of this person's to see between two moments; three queries.

    What was called off is not among them; what is done is.
    """
    found = ask(user, "change calendar", _touching, start=start, end=end)
    helping = prepared.fetch("helping", _helping_between, start=start, end=end)
    return _made(found, _by_ticket(helping), _needs_of_all())


def of_rows(rows: QuerySet[Any]) -> list[Planned]:
    """The same of a few tickets, whoever may see them; three queries."""
    found = list(rows.values_list(*COLUMNS))
    helping = _open_tasks().filter(ticket_id__in=[row[0] for row in found])
    helping = helping.values_list("ticket_id", "assignee_id", "assignee__name")
    services = {row[3] for row in found} - {None}
    edges = Service.depends_on.through.objects.filter(from_service_id__in=services)
    needs = _by_service(edges.values_list("from_service_id", "to_service_id"))
    return _made(found, _by_ticket(helping), needs)


def to_be_done(rows: QuerySet[Any], start: datetime, end: datetime) -> QuerySet[Any]:
    """Of these tickets, changes still to be done with a window between two moments."""
    planned = _windows(start, end).filter(ended_at__isnull=True)
    found: QuerySet[Any] = rows.filter(
        any_of("pk", planned), type="change", state_category__in=OPEN_VALUES
    )
    return found.order_by("change__window_start", "pk")


def helping(people: Collection[int]) -> QuerySet[Any]:
    """The tickets on which any of these people does an open task."""
    return _open_tasks().filter(assignee_id__in=people).values("ticket_id")


def needs(service: int | None) -> frozenset[int]:
    """The services that a service itself depends on; one query."""
    if service is None:
        return frozenset()
    rows = Service.depends_on.through.objects.filter(from_service_id=service)
    return frozenset(rows.values_list("to_service_id", flat=True))


def state_names(found: Iterable[Planned]) -> dict[tuple[int, str], str]:
    """What the states of these are called, by version and state."""
    wanted = {(one.version, one.state) for one in found}
    rules = rules_of({version for version, _state in wanted})
    known = ((pair, rules[pair[0]].states.get(pair[1])) for pair in wanted)
    return {pair: phrase(s.name) if s else pair[1] for pair, s in known}


def _windows(start: datetime, end: datetime) -> QuerySet[Any]:
    """The tickets with a window between two moments, by id."""
    rows = Change.objects.filter(window_start__lt=end, window_end__gt=start)
    return rows.values("ticket_id")


def _touching(tickets: Any, *, start: datetime, end: datetime) -> QuerySet[Any]:
    rows: QuerySet[Any] = tickets.filter(
        any_of("pk", _windows(start, end)), type="change"
    )
    rows = rows.exclude(state_category=CANCELLED)
    return rows.order_by("change__window_start", "pk").values_list(*COLUMNS)


def _open_tasks() -> QuerySet[Any]:
    return Task.objects.filter(
        done_at=None, waived_reason="", assignee_id__isnull=False
    )


def _helping_between(*, start: datetime, end: datetime) -> QuerySet[Any]:
    rows = _open_tasks().filter(any_of("ticket_id", _windows(start, end)))
    return rows.values_list("ticket_id", "assignee_id", "assignee__name")


def _needs_of_all() -> Mapping[int, frozenset[int]]:
    def build() -> QuerySet[Any]:
        edges: QuerySet[Any] = Service.depends_on.through.objects.all()
        return edges.values_list("from_service_id", "to_service_id")

    return _by_service(prepared.fetch("services that depend", build))


def _by_service(edges: Iterable[Any]) -> Mapping[int, frozenset[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for one, other in edges:
        found[one].add(other)
    return {one: frozenset(others) for one, others in found.items()}


def _by_ticket(rows: Iterable[Any]) -> Mapping[int, People]:
    found: dict[int, dict[int, str]] = defaultdict(dict)
    for ticket, person, name in rows:
        found[ticket][person] = name
    return found


def _made(
    found: Iterable[Any],
    helping: Mapping[int, People],
    needs: Mapping[int, frozenset[int]],
) -> list[Planned]:
    nothing: frozenset[int] = frozenset()
    made = []
    for row in found:
        pk, start, end, service, team, owner, name, number, title, state, *more = row
        people = helping.get(pk, NOBODY)
        if owner is not None:
            people = {owner: name, **people}
        window = Window(
            *(pk, start, end, service, needs.get(service, nothing), team),
            frozenset(people),
        )
        made.append(Planned(window, people, number, title, state, *more))
    return made


def ticket_rows(user: User) -> QuerySet[Any]:
    """The tickets this person may see."""
    rows: QuerySet[Any] = Ticket.objects.visible_to(user)
    return rows
