"""What changes collide with, which freeze holds, and when time is free.

Whoever asks learns only of changes that they may see: neither a collision nor a time
that is taken tells of others.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from itsm.changes.calendar import collisions, freezing
from itsm.changes.calendar.collisions import Kind, Window
from itsm.changes.models import Change, Freeze
from itsm.tickets.checklist.models import Task
from itsm.tickets.models import Ticket
from people.models import Service, User
from people.rotas.specs import NO_ZONE, zone_named

AHEAD = timedelta(days=180)  # how far a free window is looked for
LONGEST = timedelta(days=366)  # of a window that freezes are looked for in
SPAN = "window_start", "window_end"
NORMAL = Change.Model.NORMAL.value


@dataclass(frozen=True, slots=True)
class Planned:
    """A planned change, as far as others need to know it."""

    window: Window
    number: str
    title: str
    state: str
    model: str
    risk: str

    @property
    def url(self) -> str:
        """Its page."""
        return f"/changes/{self.number}/"


@dataclass(frozen=True, slots=True)
class Met:
    """One other change that is in the way, with everything both share."""

    other: Planned
    kinds: tuple[tuple[Kind, int], ...]  # and the id of the service, team or person


@dataclass(frozen=True, slots=True)
class Frozen:
    """A freeze holds: from when on it may go, and what holds it until then."""

    until: datetime
    name: str
    freeze: int
    start: datetime
    end: datetime


def collisions_of(change: Ticket, user: User, at: datetime) -> list[Met]:
    """What a change collides with, of what this person may see; four queries.

    Nothing where it has no window or the window is over. Of others those count that are
    still to be done.
    """
    window = window_of(change)
    return [] if window is None or window.end <= at else collisions_with(window, user)


def collisions_with(window: Window, user: User) -> list[Met]:
    """The same for a window that nobody has saved yet; two queries."""
    others = planned(_near(window, window.start, window.end), user)
    by_key = {one.window.key: one for one in others}
    found: dict[int, list[tuple[Kind, int]]] = defaultdict(list)
    for met in collisions.of(window, (one.window for one in others)):
        found[met.other.key].append((met.kind, met.why))
    return [Met(by_key[key], tuple(kinds)) for key, kinds in found.items()]


def freeze_at(
    service: Service | None, model: str, start: datetime, end: datetime
) -> Frozen | None:
    """The freeze that keeps a change of this model and service from going; one query.

    `start` and `end` are its window, the same moment for what goes at once. Freezes of
    all services hold for a change without one.
    """
    end = min(end, start + LONGEST)
    spans = freezing.held(_rules(service, model), start, end + AHEAD)
    until = freezing.over(spans, start, end)
    if until is None:
        return None
    first = next(one for one in spans if one.end > start)
    return Frozen(until, first.rule.name, first.rule.key, first.start, first.end)


def earliest_free(
    service: Service | None,
    length: timedelta,
    team: int | None,
    after: datetime,
    *,
    user: User,
    model: str = NORMAL,
    people: Collection[int] = (),
    but: int = 0,
) -> tuple[datetime, datetime] | None:
    """The first window without a collision or freeze; four queries.

    None where there is none within half a year. `but` is the ticket that is to move.
    """
    if length > AHEAD:
        return None
    last = after + AHEAD
    pk = service.pk if service else None
    wanted = Window(but, after, last, pk, needs(pk), team, frozenset(people))
    others = planned(_near(wanted, after, last), user)
    met = collisions.of(wanted, (one.window for one in others))
    taken = [(one.other.start, one.other.end) for one in met]
    frozen = freezing.held(_rules(service, model), after, last)
    taken += [(one.start, one.end) for one in frozen]
    start = collisions.earliest(length, after, taken)
    return None if start + length > last else (start, start + length)


def window_of(change: Ticket) -> Window | None:
    """A change's window as it is saved; None where it has none. Three queries."""
    row = Change.objects.filter(pk=change.pk).only(*SPAN).first()
    if row is None or row.window is None:
        return None
    people = _people([change.pk])[change.pk]
    return Window(
        *(change.pk, *row.window, change.service_id, needs(change.service_id)),
        team=change.team_id,
        people=frozenset(people | {change.owner_id} if change.owner_id else people),
    )


def needs(service: int | None) -> frozenset[int]:
    """The services that a service itself depends on; one query."""
    if service is None:
        return frozenset()
    rows = Service.depends_on.through.objects.filter(from_service_id=service)
    return frozenset(rows.values_list("to_service_id", flat=True))


def planned(rows: QuerySet[Any], user: User) -> list[Planned]:
    """Changes of this person's to see with their windows; two queries, three where
    any has a service."""
    told = rows.visible_to(user).values_list(  # type: ignore[attr-defined]
        *("pk", "change__window_start", "change__window_end", "service_id", "team_id"),
        *("owner_id", "number", "title", "state", "change__model", "change__risk"),
    )
    found = list(told)
    carried = _needs(row[3] for row in found)
    people = _people([row[0] for row in found])
    return [
        Planned(
            Window(
                *(pk, start, end, service, carried.get(service, frozenset()), team),
                people=frozenset(people[pk] | ({owner} - {None})),
            ),
            *words,
        )
        for pk, start, end, service, team, owner, *words in found
    ]


def to_be_done(start: datetime, end: datetime) -> QuerySet[Any]:
    """Changes still to be done whose window touches the time between two moments."""
    rows: QuerySet[Any] = Ticket.objects.open().filter(
        type="change",
        change__window_start__lt=end,
        change__window_end__gt=start,
        change__ended_at__isnull=True,
    )
    return rows.order_by("change__window_start", "pk")


def _near(window: Window, start: datetime, end: datetime) -> QuerySet[Any]:
    """Those that may collide with a window: they share what it is about."""
    near = Q(pk__in=[])
    if window.service is not None:
        near |= Q(service_id__in={window.service, *window.needs})
        near |= Q(service__depends_on=window.service)
    if window.team is not None:
        near |= Q(team_id=window.team)
    if window.people:
        busy = _open_tasks().filter(assignee_id__in=window.people)
        near |= Q(owner_id__in=window.people) | Q(pk__in=busy.values("ticket_id"))
    return to_be_done(start, end).filter(near).exclude(pk=window.key).distinct()


def _open_tasks() -> QuerySet[Task]:
    return Task.objects.filter(done_at=None, waived_reason="")


def _people(tickets: Collection[int]) -> dict[int, set[int]]:
    """Who does open implementation tasks, by ticket."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = _open_tasks().filter(ticket_id__in=tickets, assignee_id__isnull=False)
    for ticket, person in rows.values_list("ticket_id", "assignee_id"):
        found[ticket].add(person)
    return found


def _needs(services: Iterable[int | None]) -> dict[int, frozenset[int]]:
    edges: dict[int, set[int]] = defaultdict(set)
    wanted = {one for one in services if one is not None}
    rows = Service.depends_on.through.objects.filter(from_service_id__in=wanted)
    for one, other in rows.values_list("from_service_id", "to_service_id"):
        edges[one].add(other)
    return {one: frozenset(others) for one, others in edges.items()}


def _rules(service: Service | None, model: str) -> list[freezing.Rule]:
    """The freezes that hold for a service and do not let this model through."""
    about = Q(services__isnull=True)
    if service is not None:
        about |= Q(services=service.pk)
    rows = Freeze.objects.filter(about).exclude(allows__contains=[model]).distinct()
    return [rule_of(row) for row in rows]


def rule_of(row: Freeze) -> freezing.Rule:
    """A freeze as the pure functions know it; a zone that vanished counts as UTC."""
    return freezing.Rule(
        row.pk,
        row.name,
        row.starts_at,
        row.ends_at,
        zone_named(row.time_zone) or NO_ZONE,
        row.repeat,
        row.until,
        frozenset(row.allows),
    )
