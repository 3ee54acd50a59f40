"""What changes collide with, which freeze holds, and when time is free.

Whoever asks learns only of changes that they may see: neither a collision nor a time
that is taken tells of others.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet

from itsm.changes.calendar import collisions, freezing, reading
from itsm.changes.calendar.collisions import Kind, Window
from itsm.changes.calendar.reading import Planned
from itsm.changes.models import Change, Freeze
from itsm.tickets.models import Ticket
from people.models import Service, User
from people.rotas.specs import NO_ZONE, zone_named

AHEAD = timedelta(days=180)  # how far a free window is looked for
LONGEST = timedelta(days=366)  # of a window that freezes are looked for in
NORMAL = Change.Model.NORMAL.value


@dataclass(frozen=True, slots=True)
class Met:
    """One other change that is in the way, with everything both share.

    `kinds` come with the id of what is shared; `words.why` says them.
    """

    other: Planned
    kinds: tuple[tuple[Kind, int], ...]


@dataclass(frozen=True, slots=True)
class Frozen:
    """A freeze holds: from when on it may go, and what holds it until then."""

    until: datetime
    name: str
    freeze: int
    start: datetime
    end: datetime


def collisions_of(change: Ticket, user: User, at: datetime) -> list[Met]:
    """What a change collides with, of what this person may see; five queries.

    Nothing where it has no window or the window is over. Of others those count that are
    still to be done.
    """
    window = window_of(change)
    return [] if window is None or window.end <= at else collisions_with(window, user)


def collisions_with(window: Window, user: User) -> list[Met]:
    """The same for a window that nobody has saved yet; three queries."""
    others = reading.of_rows(_near(window, user))
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
    """The first window without a collision or freeze; five queries.

    None where there is none within half a year. `but` is the ticket that is to move.
    """
    if length > AHEAD:
        return None
    last = after + AHEAD
    pk = service.pk if service else None
    wanted = Window(*(but, after, last, pk, reading.needs(pk), team), frozenset(people))
    others = reading.of_rows(_near(wanted, user))
    met = collisions.of(wanted, (one.window for one in others))
    taken = [(one.other.start, one.other.end) for one in met]
    frozen = freezing.held(_rules(service, model), after, last)
    taken += [(one.start, one.end) for one in frozen]
    start = collisions.earliest(length, after, taken)
    return None if start + length > last else (start, start + length)


def window_of(change: Ticket) -> Window | None:
    """A change's window as it is saved; None where it has none. Three queries."""
    rows = Ticket.objects.filter(
        pk=change.pk, change__window_end__gt=F("change__window_start")
    )
    return next((one.window for one in reading.of_rows(rows)), None)


def _near(window: Window, user: User) -> QuerySet[Any]:
    """Those that may collide with a window: they share what it is about."""
    near = Q(pk__in=[])
    if window.service is not None:
        near |= Q(service_id__in={window.service, *window.needs})
        above = Service.depends_on.through.objects.filter(to_service=window.service)
        near |= Q(service_id__in=above.values("from_service_id"))
    if window.team is not None:
        near |= Q(team_id=window.team)
    if window.people:
        near |= Q(owner_id__in=window.people)
        near |= Q(pk__in=reading.helping(window.people))
    rows = reading.ticket_rows(user).filter(near).exclude(pk=window.key)
    return reading.to_be_done(rows, window.start, window.end)


def _rules(service: Service | None, model: str) -> list[freezing.Rule]:
    """The freezes that hold for a service and do not let this model through."""
    about = Q(services__isnull=True)
    if service is not None:
        about |= Q(services=service.pk)
    rows = Freeze.objects.filter(about, is_active=True)
    held = rows.exclude(allows__contains=[model]).distinct()
    return [rule_of(row) for row in held]


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
