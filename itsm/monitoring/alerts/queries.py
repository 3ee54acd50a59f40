"""Page-shaped reads of alerts. How many queries each costs does not hang on how many
alerts there are: the list seven, one alert six."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from itsm.monitoring.alerts.wish import Options, Wish, narrow, visible_to
from itsm.monitoring.models import Alert, Severity
from itsm.tickets import counts, keyset
from itsm.tickets.models import Ticket
from people.models import User

SIZE = 50
KEY = ("first_at", "id")
OPEN = ~Q(status=Alert.Status.CLOSED)
RELATED = ("source", "service", "rule", "group", "team")


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """How many alerts a group holds."""

    n: int
    n_open: int


@dataclass(frozen=True, slots=True)
class Found:
    """One page of heads, newest first, and what stands around it.

    `alerts` counts every alert that is asked for, `lines` what is left of them when
    those that share an incident are folded; both are exact up to a thousand.
    """

    rows: list[Alert]
    groups: Mapping[int, GroupFacts]
    incidents: Mapping[int, Ticket]
    alerts: tuple[int, bool]
    lines: tuple[int, bool]
    after: str = ""
    before: str = ""


def folded(rows: QuerySet[Alert]) -> QuerySet[Alert]:
    """Of each group among these its newest alert, and all that are in none."""
    same = rows.filter(group_id=OuterRef("group_id")).order_by("-first_at", "-pk")
    return rows.filter(Q(group__isnull=True) | Q(pk=Subquery(same.values("pk")[:1])))


def listed(user: User, wish: Wish, known: Options, *, at: datetime) -> Found:
    """One page. Five queries at most."""
    every = narrow(user, wish, known, at=at)
    heads = every if wish.is_flat else folded(every)
    rows, after, before = _page(heads.select_related(*RELATED), wish)
    return Found(
        rows,
        group_facts(rows),
        incidents_of(user, rows),
        counts.capped(every),
        counts.capped(heads) if not wish.is_flat else (0, True),
        after,
        before,
    )


def _page(rows: QuerySet[Alert], wish: Wish) -> tuple[list[Alert], str, str]:
    """The rows, and the cursors of the pages beside them."""
    back = keyset.read(wish.before, (datetime, int)) if wish.before else None
    on = keyset.read(wish.after, (datetime, int)) if wish.after else None
    start = back or on
    if start is not None:
        rows = rows.filter(keyset.beyond(KEY, start, down=back is None))
    ordered = rows.order_by(*keyset.order(KEY, down=back is None, nulls=False))
    found = list(ordered[: SIZE + 1])
    more, found = len(found) > SIZE, found[:SIZE]
    if back is not None:
        found.reverse()
    if not found:
        return [], "", ""
    has_next = more or back is not None
    has_previous = more if back is not None else on is not None
    return (
        found,
        _cursor(found[-1]) if has_next else "",
        _cursor(found[0]) if has_previous else "",
    )


def _cursor(row: Alert) -> str:
    return keyset.write((row.first_at, row.pk))


def arrived(
    user: User, wish: Wish, known: Options, *, since: datetime, at: datetime
) -> int:
    """How many came after a page was made; no more than a thousand are counted."""
    every = narrow(user, wish, known, at=at)
    return counts.capped(every.filter(first_at__gt=since))[0]


def some(user: User, ids: Iterable[int]) -> list[Alert]:
    """The named ones as they are now."""
    rows = visible_to(user).filter(pk__in=list(ids)[: SIZE * 2])
    return list(rows.select_related(*RELATED))


def group_facts(rows: Sequence[Alert]) -> dict[int, GroupFacts]:
    """Of the groups of these; one query where there are any."""
    ids = {row.group_id for row in rows if row.group_id is not None}
    if not ids:
        return {}
    found = Alert.objects.filter(group_id__in=ids).order_by().values_list("group_id")
    told = found.annotate(n=Count("pk"), n_open=Count("pk", filter=OPEN))
    return {pk: GroupFacts(n, n_open) for pk, n, n_open in told}


def incidents_of(user: User, rows: Iterable[Alert]) -> dict[int, Ticket]:
    """Those of their incidents that this person sees; one query where there are any."""
    ids = {row.incident_id for row in rows if row.incident_id is not None}
    if not ids:
        return {}
    seen = Ticket.objects.visible_to(user).filter(pk__in=ids)
    columns = ("number", "title", "state", "state_category", "process_version")
    return {t.pk: t for t in seen.select_related("process_version").only(*columns)}


def before(alert: Alert, most: int) -> list[Alert]:
    """What the same source said of the same thing, newest first."""
    same = Alert.objects.filter(source_id=alert.source_id, key=alert.key)
    rows = same.exclude(pk=alert.pk).select_related(*RELATED).order_by("-pk")
    return list(rows[:most])


def beside(alert: Alert, most: int) -> list[Alert]:
    """The newest others of its group."""
    if alert.group_id is None:
        return []
    same = Alert.objects.filter(group_id=alert.group_id).exclude(pk=alert.pk)
    rows = same.select_related(*RELATED).order_by("-first_at", "-pk")
    return list(rows[:most])


def open_by_severity(user: User) -> dict[str, int]:
    """How many are open, by how bad they are; one query, of open ones alone."""
    rows = visible_to(user).filter(OPEN).order_by().values_list("severity")
    found: dict[str, Any] = dict(rows.annotate(n=Count("pk")))
    return {name: found.get(name, 0) for name in Severity.values}
