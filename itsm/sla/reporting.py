"""Promises kept, by service, team, priority and week, beside what people thought.

A promise counts on the day on which it was decided: kept when what was promised was
done, missed when its time was used up. One that is not decided yet counts as open on
the day it is due, or, paused, on the day it began. Nothing is left out: withdrawn and
cancelled promises are counted apart, and are neither kept nor missed.

Two statements, whatever the numbers: the promises, and the tickets behind them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from itsm.sla import measures
from itsm.sla.models import ClockKind, ClockState
from itsm.tickets.models import Ticket
from people.models import User

WEEKS = 12
FEWEST = 3  # opinions below which none is told
GREEN, SOUR = 0.85, 3.5  # a share that looks good; a satisfaction that does not
KEPT = (ClockState.MET.value, ClockState.KEPT.value)
APART = (ClockState.WITHDRAWN.value, ClockState.CANCELLED.value)
DIMENSIONS = ("service", "team", "priority", "week")
TEAM = "coalesce(c.party_id, t.team_id)"
COUNTED = "coalesce(c.missed_at, c.ended_at, c.due_at, c.started_at)"
SETS = "((service), (team), (priority), (week), ())"


@dataclass(frozen=True, slots=True)
class Wish:
    """Which promises: of a kind, decided from a day to a day, of some tickets."""

    kind: str
    first: date
    last: date
    zone: ZoneInfo
    where: Mapping[str, int | str] = field(default_factory=dict)  # dimension: id

    @property
    def span(self) -> tuple[datetime, datetime]:
        """From the first day's beginning to the end of the last."""
        start = datetime.combine(self.first, time(), self.zone)
        end = datetime.combine(self.last + timedelta(days=1), time(), self.zone)
        return start, end


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of some promises. Times are medians of those that were decided."""

    kept: int = 0
    missed: int = 0
    apart: int = 0  # withdrawn or cancelled
    open: int = 0
    used: timedelta | None = None  # working time
    wall: timedelta | None = None  # from beginning to end
    paused: float | None = None  # the share of it that waited for the requester
    tickets: int = 0
    reopened: int = 0
    bounced: int = 0
    satisfaction: float | None = None
    effort: float | None = None

    @property
    def due(self) -> int:
        """All that were decided."""
        return self.kept + self.missed

    @property
    def share(self) -> float | None:
        """Of those that were decided, the kept ones, 0 to 1."""
        return self.kept / self.due if self.due else None

    @property
    def is_watermelon(self) -> bool:
        """Green outside, red inside: kept, and people are not content."""
        if self.share is None or self.satisfaction is None:
            return False
        return self.share >= GREEN and self.satisfaction < SOUR


@dataclass(frozen=True, slots=True)
class Report:
    """All of it, and by each dimension; None is what has no service or team."""

    total: Figures
    by: Mapping[str, Mapping[Any, Figures]]


def report(user: User, wish: Wish) -> Report:
    """What this person may see of it. Two statements."""
    found: dict[tuple[str, Any], dict[str, Any]] = {}
    for sql in (PROMISES, TICKETS):
        for key, values in _ask(sql, user, wish):
            found.setdefault(key, {}).update(values)
    by: dict[str, dict[Any, Figures]] = {name: {} for name in DIMENSIONS}
    total = Figures()
    for (name, value), values in found.items():
        if name:
            by[name][value] = Figures(**values)
        else:
            total = Figures(**values)
    return Report(total, by)


def behind(user: User, wish: Wish, outcome: str, most: int) -> list[tuple[Any, ...]]:
    """The newest behind a number: number, title, when, target, used, state.

    One statement.
    """
    condition = OUTCOMES.get(outcome, "true")
    text, params = _filled(BEHIND, user, wish, condition=condition)
    with connection.cursor() as cursor:
        cursor.execute(text, {**params, "most": most})
        return cursor.fetchall()


OUTCOMES = {
    "kept": "is_kept",
    "missed": "is_missed",
    "apart": "is_apart",
    "open": "NOT is_kept AND NOT is_missed AND NOT is_apart",
    "reopened": "reopens > 0",
    "bounced": "handovers > 0",
}
PICKED = """
WITH promise AS MATERIALIZED (
    SELECT c.id, c.ticket_id, c.state, c.used, c.target,
        c.state = ANY(%(kept)s) AS is_kept,
        c.state = %(missed)s AS is_missed,
        c.state = ANY(%(apart)s) AS is_apart,
        c.ended_at IS NOT NULL AND c.state <> ALL(%(apart)s) AS is_done,
        c.ended_at - c.started_at AS wall,
        coalesce(t.paused_for, '0') AS paused_for, {counted} AS counted,
        date_trunc('week', {counted} AT TIME ZONE %(zone)s)::date AS week,
        t.service_id AS service, {team} AS team,
        t.priority, t.reopens, t.handovers, t.number, t.title
    FROM itsm_clock c JOIN itsm_ticket t ON t.id = c.ticket_id
    WHERE c.kind = %(kind)s AND {counted} >= %(start)s AND {counted} < %(end)s
        AND c.ticket_id IN (SELECT id FROM ({visible}) seen) {where}
)
"""
PROMISES = """{picked}
SELECT grouping(service), grouping(team), grouping(priority), grouping(week),
    service, team, priority, week,
    count(*) FILTER (WHERE is_kept) AS kept,
    count(*) FILTER (WHERE is_missed) AS missed,
    count(*) FILTER (WHERE is_apart) AS apart,
    count(*) FILTER (WHERE NOT is_kept AND NOT is_missed AND NOT is_apart) AS open,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY used) FILTER (WHERE is_done) AS used,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY wall) FILTER (WHERE is_done) AS wall,
    (extract(epoch FROM sum(least(paused_for, wall)) FILTER (WHERE is_done))
        / nullif(extract(epoch FROM sum(wall) FILTER (WHERE is_done)), 0))::float
        AS paused
FROM promise GROUP BY GROUPING SETS {sets}
"""
TICKETS = """{picked}
, ticket AS (
    SELECT ticket_id, service, team, priority, min(week) AS week,
        bool_or(reopens > 0) AS is_reopened, bool_or(handovers > 0) AS is_bounced
    FROM promise GROUP BY ticket_id, service, team, priority
)
SELECT grouping(service), grouping(team), grouping(priority), grouping(week),
    service, team, priority, week,
    count(DISTINCT t.ticket_id) AS tickets,
    count(DISTINCT t.ticket_id) FILTER (WHERE is_reopened) AS reopened,
    count(DISTINCT t.ticket_id) FILTER (WHERE is_bounced) AS bounced,
    CASE WHEN count(DISTINCT t.ticket_id) FILTER (WHERE satisfaction IS NOT NULL)
        >= %(fewest)s THEN avg(satisfaction)::float END AS satisfaction,
    CASE WHEN count(DISTINCT t.ticket_id) FILTER (WHERE effort IS NOT NULL)
        >= %(fewest)s THEN avg(effort)::float END AS effort
FROM ticket t LEFT JOIN ({opinions}) opinion ON opinion.ticket_id = t.ticket_id
GROUP BY GROUPING SETS {sets}
"""
BEHIND = """{picked}
SELECT number, title, counted, target, used, state FROM promise
WHERE {condition} ORDER BY counted DESC, id DESC LIMIT %(most)s
"""
NO_OPINIONS = (
    "SELECT NULL::bigint AS ticket_id, NULL::int AS satisfaction, NULL::int AS effort"
)
COLUMNS = {
    "service": "t.service_id",
    "team": TEAM,
    "priority": "t.priority",
    "organisation": "t.organisation_id",
    "type": "t.type",
}


def _ask(
    sql: str, user: User, wish: Wish
) -> list[tuple[tuple[str, Any], dict[str, Any]]]:
    """The rows by dimension and value; ("", None) is all of it."""
    text, params = _filled(sql, user, wish)
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        names = [column[0] for column in cursor.description][8:]
        rows = cursor.fetchall()
    return [(_key(row), dict(zip(names, row[8:], strict=True))) for row in rows]


def _key(row: Sequence[Any]) -> tuple[str, Any]:
    for n, name in enumerate(DIMENSIONS):
        if row[n] == 0:
            return name, row[4 + n]
    return "", None


def _filled(
    sql: str, user: User, wish: Wish, **more: str
) -> tuple[str, dict[str, Any]]:
    """The statement with what this person sees and what they asked for."""
    start, end = wish.span
    params: dict[str, Any] = {
        "zone": str(wish.zone),
        "kind": wish.kind,
        "start": start,
        "end": end,
        "kept": list(KEPT),
        "missed": ClockState.MISSED.value,
        "apart": list(APART),
        "fewest": FEWEST,
        **{f"w_{name}": value for name, value in wish.where.items()},
    }
    where = [f"AND {COLUMNS[name]} = %(w_{name})s" for name in wish.where]
    visible = _named(Ticket.objects.visible_to(user).values("id"), "v", params)
    told = measures.opinions()
    opinions = NO_OPINIONS if told is None else _named(told, "o", params)
    picked = PICKED.format(
        counted=COUNTED, team=TEAM, visible=visible, where=" ".join(where)
    )
    return sql.format(picked=picked, opinions=opinions, sets=SETS, **more), params


def _named(rows: Any, prefix: str, params: dict[str, Any]) -> str:
    """A queryset's SQL, its values among `params` under names of their own."""
    sql, values = rows.order_by().query.sql_with_params()
    names = [f"{prefix}{n}" for n in range(len(values))]
    params.update(zip(names, values, strict=True))
    return str(sql % tuple(f"%({name})s" for name in names))


def first_wish(today: date, zone: ZoneInfo) -> Wish:
    """The resolutions of the last twelve weeks, this one included."""
    monday = today - timedelta(days=today.weekday())
    first = monday - timedelta(weeks=WEEKS - 1)
    return Wish(ClockKind.RESOLUTION.value, first, today, zone)
