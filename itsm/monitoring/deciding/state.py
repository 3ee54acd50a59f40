"""The book as the database has it: a dozen statements, however many alerts."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from itsm.monitoring.deciding.book import Book, Former, Group, Window
from itsm.monitoring.deciding.rules import DEFAULT, By, Rule, Seen, rules_of
from itsm.monitoring.deciding.services import Graph
from itsm.monitoring.models import AlertGroup, AlertRule, Maintenance
from itsm.tickets.joining.models import Merged
from itsm.tickets.models import Ticket
from itsm.tickets.states import OPEN, StateCategory
from people.models import Service

BEFORE = 5  # earlier alerts of a key that are looked at
NEAR = 200  # alerts of a service that are counted for a storm
REOPENED = (StateCategory.RESOLVED, StateCategory.CLOSED)
HISTORY = """
SELECT v.source, v.key, h.cleared_at, h.incident_id, h.group_id
FROM unnest(%s::bigint[], %s::text[], %s::bigint[]) AS v(source, key, id)
CROSS JOIN LATERAL (
    SELECT a.id, a.cleared_at, a.incident_id, a.group_id FROM itsm_alert a
    WHERE a.source_id = v.source AND a.key = v.key AND a.id < v.id
    ORDER BY a.id DESC LIMIT %s) h
ORDER BY h.id DESC
"""
ALONE = """
SELECT v.service, a.first_at, a.group_id FROM unnest(%s::bigint[]) AS v(service)
CROSS JOIN LATERAL (
    SELECT first_at, group_id, decision FROM itsm_alert
    WHERE service_id = v.service AND first_at > %s AND first_at < %s
        AND decision IN ('opened', 'joined', 'reopened')
    ORDER BY first_at DESC LIMIT %s) a
JOIN itsm_alertgroup g ON g.id = a.group_id AND g.kind = 'alert'
"""
Row = Mapping[str, Any]


def load(alerts: Sequence[Seen], at: datetime) -> Book:
    """What has to be known to decide these."""
    book = Book(
        rules=live_rules(),
        graph=graph(),
        windows=windows(at),
        names=dict(Service.objects.values_list("pk", "name")),
    )
    loading = _Groups()
    history = _history(alerts)
    alone = _alone(alerts, book.rules)
    known = {row[4] for row in history} | {row[2] for row in alone}
    loading.read(known - {None}, book, alerts)
    for group in loading.open():
        if loading.is_alive(group.pk):
            book.groups[group.key] = group
        else:  # a person ended it, or it was cleared
            group.is_over = True
            book.closed.append(group)
    for source, key, cleared_at, incident, group in history:
        name = source, key
        if cleared_at is not None:
            book.closings.setdefault(name, []).append(cleared_at)
        if incident is not None and group is not None and name not in book.former:
            book.former[name] = loading.former(group)
    for service, first_at, group in alone:
        if loading.is_alive(group):
            near = book.alone.setdefault(service, [])
            near.append((first_at, loading.groups[group]))
    return book


def live_rules() -> tuple[Rule, ...]:
    """The rules that are switched on."""
    return rules_of(list(AlertRule.objects.filter(is_active=True)))


def graph() -> Graph:
    """What depends on what."""
    needs: dict[int, list[int]] = {}
    rows = Service.depends_on.through.objects.order_by("to_service")
    for one, other in rows.values_list("from_service", "to_service"):
        needs.setdefault(one, []).append(other)
    return Graph(needs)


def windows(at: datetime) -> list[Window]:
    """The maintenance that goes on."""
    return [
        window_of(row)
        for row in Maintenance.objects.filter(ends_at__gt=at, starts_at__lte=at)
        .order_by("ends_at", "pk")
        .prefetch_related("services")
    ]


def window_of(row: Maintenance) -> Window:
    """A row as a value."""
    services = frozenset(service.pk for service in row.services.all())
    return Window(row.name, services, row.source_id, row.starts_at, row.ends_at)


def alive(incidents: Collection[int]) -> dict[int, Ticket]:
    """Where each goes on: itself, or what it was merged into."""
    into = {pk: pk for pk in incidents}
    ahead = set(incidents)
    while ahead:
        rows = Merged.objects.filter(ticket_id__in=ahead)
        found = dict(rows.values_list("ticket_id", "into_id"))
        into = {pk: found.get(here, here) for pk, here in into.items()}
        ahead = set(found.values())
    columns = ("number", "state_category", "state_since", "owner_id")
    tickets = Ticket.objects.only(*columns).in_bulk(set(into.values()))
    return {pk: tickets[here] for pk, here in into.items() if here in tickets}


class _Groups:
    """Groups by id, one instance of each, with the incidents that they are about."""

    def __init__(self) -> None:
        self.groups: dict[int, Group] = {}
        self._is_open: set[int] = set()
        self._by_pk: dict[int, Ticket] = {}

    def read(self, known: set[int], book: Book, alerts: Sequence[Seen]) -> None:
        """These, and the open ones that the alerts might join."""
        still = AlertGroup.objects.filter(closed_at=None)
        rows = list(still.filter(key__in=book.keys(alerts)))
        if any(rule.group_by == By.DEPENDENCIES for rule in book.rules):
            kind = AlertGroup.Kind.DEPENDENCIES
            rows += still.filter(kind=kind)
        rows += AlertGroup.objects.filter(pk__in=known - {row.pk for row in rows})
        ids = {row.incident_id for row in rows if row.incident_id is not None}
        tickets = alive(ids)
        self._by_pk = {ticket.pk: ticket for ticket in tickets.values()}
        for row in rows:
            self.groups.setdefault(row.pk, _group(row))
            if row.closed_at is None:
                self._is_open.add(row.pk)
            if row.incident_id in tickets:
                self.groups[row.pk].incident = tickets[row.incident_id].pk

    def open(self) -> list[Group]:
        """Those that are not closed."""
        return [self.groups[pk] for pk in sorted(self._is_open)]

    def is_alive(self, pk: int | None) -> bool:
        """Whether somebody is still meant to work on its incident."""
        ticket = self._ticket(pk)
        return ticket is not None and ticket.state_category in OPEN

    def former(self, pk: int) -> Former:
        """What became of its incident."""
        group, ticket = self.groups[pk], self._ticket(pk)
        if ticket is None or ticket.state_category in OPEN:
            return Former(group, None)
        may_reopen = ticket.state_category in REOPENED
        return Former(group, ticket.state_since, may_reopen)

    def _ticket(self, pk: int | None) -> Ticket | None:
        group = None if pk is None else self.groups.get(pk)
        incident = None if group is None else group.incident
        return None if incident is None else self._by_pk.get(incident)


def _group(row: AlertGroup) -> Group:
    return Group(
        kind=row.kind,
        key=row.key,
        rule=row.rule_id,
        opened_at=row.opened_at,
        last_at=row.last_at,
        service=row.service_id,
        services=list(row.services),
        pk=row.pk,
        incident=row.incident_id,
        size=row.size,
    )


def _history(alerts: Sequence[Seen]) -> list[tuple[Any, ...]]:
    """When each of these ended before, and what became of it; the newest first."""
    columns = zip(*((a.source, a.key, a.pk) for a in alerts), strict=True)
    return _ask(HISTORY, *(list(column) for column in columns), BEFORE)


def _alone(alerts: Sequence[Seen], rules: Iterable[Rule]) -> list[tuple[Any, ...]]:
    """Alerts of the same services about that time, which had incidents of their own."""
    longest = max((rule.window for rule in (DEFAULT, *rules)), default=timedelta(0))
    first = min(alert.first_at for alert in alerts) - longest
    last = max(alert.first_at for alert in alerts) + longest
    services = sorted({alert.service for alert in alerts})
    return _ask(ALONE, services, first, last, NEAR)


def _ask(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
