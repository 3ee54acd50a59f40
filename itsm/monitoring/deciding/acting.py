"""What was decided is done: incidents are opened and joined, for many alerts at once.

One decider at a time holds an advisory lock for its transaction; then alerts, then
tickets. A batch decides what is due (`book`), opens incidents through the ordinary
action as the source's own account, and writes alerts and groups set-based. What follows
for incidents that are there already (cleared, acknowledged, worse, still firing) is
done one incident at a time by `following`.
"""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count

from core.context import Door, through
from core.log import act, record
from itsm.monitoring.deciding import following, opening, state
from itsm.monitoring.deciding.book import Book, Decision, Group
from itsm.monitoring.deciding.rules import Seen
from itsm.monitoring.deciding.turns import take_turn
from itsm.monitoring.models import Alert, AlertGroup
from itsm.tickets import kinds
from itsm.tickets.models import Ticket
from itsm.tickets.queries import lock
from itsm.tickets.states import OPEN

log = logging.getLogger(__name__)
BATCH = 200  # alerts of one transaction, and so at most incidents
AFTER_FAULT = timedelta(minutes=5)  # a decision that failed is tried again then
Outcome = Alert.Decision
NO_INCIDENT = (Outcome.RECORDED, Outcome.SUPPRESSED)
UNDECIDED = (Outcome.WAITING, *NO_INCIDENT)  # the others if they became worse, say
GROUPS = """
UPDATE itsm_alertgroup g SET last_at = v.last_at, service_id = v.service,
    services = v.services::bigint[], size = v.size, closed_at = v.closed_at
FROM unnest(%s::bigint[], %s::timestamptz[], %s::bigint[], %s::text[], %s::int[],
    %s::timestamptz[]) AS v(id, last_at, service, services, size, closed_at)
WHERE g.id = v.id
"""
ABOUT = """
UPDATE itsm_alertgroup g SET incident_id = v.incident
FROM unnest(%s::bigint[], %s::bigint[]) AS v(id, incident) WHERE g.id = v.id
"""
DECIDED = """
UPDATE itsm_alert a SET decide_at = v.until, decision = v.decision,
    why = v.why::jsonb, rule_id = v.rule, group_id = v.grp, incident_id = v.incident
FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[], %s::text[], %s::bigint[],
    %s::bigint[], %s::bigint[]) AS v(id, until, decision, why, rule, grp, incident)
WHERE a.id = v.id
"""


def decide(*, at: datetime, batches: int = 20) -> int:
    """Decide what is due; how many alerts were looked at."""
    done = 0
    with through(Door.SOURCE):
        for _ in range(batches):
            count = _batch(at, BATCH)
            done += count
            if not count:
                break
    return done


def look_again(services: Iterable[int], *, at: datetime) -> int:
    """Decide anew what was only recorded because of maintenance; how many."""
    rows = Alert.objects.exclude(status=Alert.Status.CLOSED).filter(
        decision=Outcome.RECORDED,
        decide_at__isnull=False,
        service__in=list(services),
    )
    return rows.update(decide_at=at)


def seconds_late(at: datetime) -> float:
    """How long the oldest alert that is due has waited."""
    due = Alert.objects.filter(decide_at__lt=at)
    oldest = due.order_by("decide_at").values_list("decide_at", flat=True).first()
    return 0.0 if oldest is None else (at - oldest).total_seconds()


def _batch(at: datetime, most: int) -> int:
    """One batch; where an alert breaks it, fewer at once until it is alone."""
    try:
        return _decided(at, most)
    except Exception:
        log.exception("a batch of at most %s decisions failed", most)
    if most > 1:
        return _batch(at, most // 10 or 1)
    return _put_off(at)


def _decided(at: datetime, most: int) -> int:
    done = following.follow(_ended_before(at, most), at=at)
    with act():
        if not take_turn():
            return done
        alerts = _due(at, most)
        fresh = [alert for alert in alerts if alert.decision in UNDECIDED]
        n = _decide(fresh, at) if fresh else 0
    fresh_ids = {alert.pk for alert in fresh}
    settled = [a for a in alerts if a.pk not in fresh_ids]
    return done + n + following.follow(settled, at=at)


def _ended_before(at: datetime, most: int) -> list[Alert]:
    """What ended before the first that is new began: in this order it happened."""
    due = list(
        Alert.objects.filter(decide_at__lte=at).order_by("decide_at", "pk")[:most]
    )
    new = [a.first_at for a in due if a.decision in UNDECIDED and a.cleared_at is None]
    if not new:
        return []
    first = min(new)
    ended = [a for a in due if a.incident_id and a.cleared_at is not None]
    return [a for a in ended if a.cleared_at and a.cleared_at <= first]


def _due(at: datetime, most: int) -> list[Alert]:
    """Due alerts, the oldest first; those that a worker writes just now come later."""
    due = Alert.objects.filter(decide_at__lte=at).order_by("decide_at", "pk")
    locked = due.select_for_update(of=("self",), no_key=True, skip_locked=True)
    return list(locked.select_related("source__account", "service", "team")[:most])


def _put_off(at: datetime) -> int:
    """The alert that cannot be decided is tried again later, so that others are."""
    with transaction.atomic():
        first = [alert.pk for alert in _due(at, 1)]
        rows = Alert.objects.filter(pk__in=first)
        return rows.update(decide_at=at + AFTER_FAULT)


def _decide(alerts: Sequence[Alert], at: datetime) -> int:
    over = [a for a in alerts if a.cleared_at and a.decision in NO_INCIDENT]
    if over:
        Alert.objects.filter(pk__in=[a.pk for a in over]).update(decide_at=None)
    rows = {a.pk: a for a in alerts if a not in over}
    if not rows:
        return len(alerts)
    seen = [Seen.of(alert) for alert in rows.values()]
    book = state.load(seen, at)
    decisions = book.decide(seen, at)
    _write_groups(book, decisions, at)
    incidents = _act_on(decisions, rows, at)
    _write_incidents(decisions)
    _write_alerts(decisions)
    _tell(incidents, decisions, rows, at)
    return len(decisions) + len(over)


def _write_groups(book: Book, decisions: Sequence[Decision], at: datetime) -> None:
    """Close those whose window has rolled on, then make and keep the others."""
    over = [group.pk for group in book.closed if group.pk is not None]
    AlertGroup.objects.filter(pk__in=over, closed_at=None).update(closed_at=at)
    groups = _groups(decisions)
    made = [group for group in groups if group.pk is None]
    is_over = {id(group) for group in book.closed}
    rows = AlertGroup.objects.bulk_create(
        AlertGroup(
            kind=group.kind,
            key=group.key,
            rule_id=group.rule,
            opened_at=group.opened_at,
            last_at=group.last_at,
            service_id=group.service,
            services=group.services,
            size=group.size,
            closed_at=at if id(group) in is_over else None,
        )
        for group in made
    )
    for group, row in zip(made, rows, strict=True):
        group.pk = row.pk
    fresh = {id(group) for group in made}
    kept = [
        (
            *(group.pk, group.last_at, group.service),
            "{" + ",".join(str(service) for service in group.services) + "}",
            group.size,
            None if book.groups.get(group.key) is group else at,
        )
        for group in groups
        if id(group) not in fresh
    ]
    _run(GROUPS, kept)


def _groups(decisions: Iterable[Decision]) -> list[Group]:
    """The groups of these decisions, once each."""
    found = {id(d.group): d.group for d in decisions if d.group is not None}
    return list(found.values())


def _act_on(
    decisions: Sequence[Decision], rows: Mapping[int, Alert], at: datetime
) -> dict[int, Ticket]:
    """Open incidents in the order of their alerts; those that are joined, locked."""
    tickets: dict[int, Ticket] = {}
    teams = opening.Teams([alert.service_id for alert in rows.values()])
    for decision in decisions:
        group = decision.group
        if group is None:
            continue
        if group.incident is None and group.adopts is not None:
            group.incident = group.adopts.incident
        if group.incident is None:
            ticket = opening.open_incident(rows[decision.alert.pk], decision, teams, at)
            group.incident, tickets[ticket.pk] = ticket.pk, ticket
    joined = {g.incident for g in _groups(decisions) if g.incident is not None}
    for pk in sorted(joined - tickets.keys()):
        tickets[pk] = lock(Ticket(pk=pk))
    return tickets


def _write_incidents(decisions: Sequence[Decision]) -> None:
    """Which incident each group is about; a storm takes the others' alerts over."""
    groups = _groups(decisions)
    _run(ABOUT, [(group.pk, group.incident) for group in groups])
    for group in groups:
        taken = [one.pk for one in group.absorbs if one.pk is not None]
        if taken:
            moved = Alert.objects.filter(group__in=taken)
            moved.update(group=group.pk, decide_at=group.opened_at)
            group.absorbs = []


def _write_alerts(decisions: Sequence[Decision]) -> None:
    values = [
        (
            decision.alert.pk,
            decision.until,
            decision.outcome.value,
            json.dumps(decision.why),
            decision.rule.pk,
            decision.group.pk if decision.group else None,
            decision.group.incident if decision.group else None,
        )
        for decision in decisions
    ]
    _run(DECIDED, values)


def _run(sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(sql, [list(column) for column in zip(*rows, strict=True)])


def _tell(
    tickets: Mapping[int, Ticket],
    decisions: Sequence[Decision],
    rows: Mapping[int, Alert],
    at: datetime,
) -> None:
    """One event for each incident, and what its new alerts make of it."""
    joined: dict[int, list[Decision]] = {}
    for decision in decisions:
        if decision.group is not None and decision.group.incident is not None:
            joined.setdefault(decision.group.incident, []).append(decision)
    now = open_alerts(joined)
    for pk, ticket in sorted(tickets.items()):
        found = joined.get(pk, [])
        alerts = [rows[decision.alert.pk] for decision in found]
        if not alerts:
            continue
        n = now.get(pk, 0)
        changes = {"alerts": (n - len(alerts), n), "alert": (None, alerts[0].pk)}
        by = alerts[0].source.account
        record(kinds.ALERT, subject=ticket, by=by, at=at, changes=changes)
        if ticket.state_category in OPEN:  # else: see following
            following.worsen(ticket, alerts, at=at)
            following.move(ticket, found[0].group, by=by, at=at)
        else:
            ids = [alert.pk for alert in alerts]
            Alert.objects.filter(pk__in=ids).update(decide_at=at)


def open_alerts(incidents: Iterable[int]) -> dict[int, int]:
    """How many of each incident's alerts are not over."""
    rows: Any = Alert.objects.filter(incident__in=list(incidents))
    still = rows.exclude(status=Alert.Status.CLOSED).values_list("incident")
    return dict(still.annotate(n=Count("pk")).order_by())
