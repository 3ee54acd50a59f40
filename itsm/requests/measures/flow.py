"""The flow of orders by offering, read from the log.

From the order to its end each moment counts once: it waits for somebody's yes, it is
worked on (a state of category active: process time), or it waits for anything else.
Times are by the clock on the wall; medians, because few that drag on say little of the
rest. An order counts as fulfilled without hands where nobody but time ended it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from itsm.requests.models import Request
from itsm.tickets.models import Ticket
from people.models import User
from processes import definition
from processes.models import ProcessVersion

MOST = 50_000  # orders of one report
# Each state an order was in, until it was first resolved or cancelled.
STATES = """
WITH moved AS (
    SELECT subject_id AS ticket, id, at, actor_id, kind,
        changes->'state'->>1 AS state, changes->'state_category'->>1 AS category
    FROM core_event
    WHERE subject_type = 'ticket' AND subject_id = ANY(%(tickets)s)
        AND changes ? 'state'
), ended AS (
    SELECT ticket, min(id) AS id FROM moved
    WHERE category IN ('resolved', 'cancelled', 'closed') GROUP BY ticket
), stood AS (
    SELECT m.ticket, m.id, m.state, m.at, m.category, m.actor_id,
        lead(m.at) OVER (PARTITION BY m.ticket ORDER BY m.id) - m.at AS length,
        e.id AS last
    FROM moved m LEFT JOIN ended e USING (ticket)
    WHERE e.id IS NULL OR m.id <= e.id
)
SELECT ticket,
    min(at),
    max(at) FILTER (WHERE id = last),
    max(category) FILTER (WHERE id = last),
    bool_or(actor_id IS NULL) FILTER (WHERE id = last),
    coalesce(sum(length) FILTER (WHERE state = ANY(%(asked)s)), '0'),
    coalesce(sum(length) FILTER (WHERE category = 'active'), '0')
FROM stood GROUP BY ticket
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """Orders of these days, by when they were ordered."""

    first: date
    last: date

    @property
    def query(self) -> str:
        """As an address says it."""
        return f"from={self.first.isoformat()}&to={self.last.isoformat()}"


@dataclass(frozen=True, slots=True)
class Order:
    """One order's way."""

    ticket: int
    offering: str
    ordered_at: datetime
    ended_at: datetime | None
    outcome: str  # done, cancelled, open
    without_hands: bool
    approval: timedelta
    process: timedelta

    @property
    def total(self) -> timedelta | None:
        """From the order to its end."""
        return self.ended_at - self.ordered_at if self.ended_at else None

    @property
    def fulfilment(self) -> timedelta | None:
        """All but the approval."""
        return None if self.total is None else self.total - self.approval

    @property
    def waiting(self) -> timedelta | None:
        """Neither worked on nor waiting for a yes."""
        if self.fulfilment is None:
            return None
        return max(self.fulfilment - self.process, timedelta(0))


@dataclass(frozen=True, slots=True)
class Line:
    """One offering's figures. Times are medians over what is done; None without any."""

    slug: str
    name: str
    ordered: int
    done: int
    cancelled: int
    open: int
    without_hands: int
    asked: int  # waited for a yes
    total: timedelta | None
    approval: timedelta | None  # over those that waited
    fulfilment: timedelta | None
    process: timedelta | None
    waiting: timedelta | None

    @property
    def share(self) -> float | None:
        """Of what is done, without hands."""
        return self.without_hands / self.done if self.done else None


def orders(user: User, wish: Wish) -> list[Order]:
    """Every order of these days that the person sees. Three queries."""
    known = dict(_requests(user, wish))
    if not known:
        return []
    with connection.cursor() as cursor:
        cursor.execute(STATES, {"tickets": list(known), "asked": approval_states()})
        rows = cursor.fetchall()
    outcomes = {"cancelled": "cancelled", None: "open"}
    return [
        Order(
            ticket=ticket,
            offering=known[ticket],
            ordered_at=begun,
            ended_at=ended,
            outcome=outcomes.get(category, "done"),
            without_hands=bool(by_itself) and category == "resolved",
            approval=approval,
            process=process,
        )
        for ticket, begun, ended, category, by_itself, approval, process in rows
    ]


def _requests(user: User, wish: Wish) -> QuerySet[Any, Any]:
    zone = timezone.get_current_timezone()
    begins = datetime.combine(wish.first, datetime.min.time(), zone)
    ends = datetime.combine(wish.last, datetime.min.time(), zone) + timedelta(days=1)
    tickets = Ticket.objects.visible_to(user).filter(
        type="request", opened_at__gte=begins, opened_at__lt=ends
    )
    rows = Request.objects.filter(ticket__in=tickets).exclude(offering=None)
    newest = rows.order_by("-ticket_id")
    return newest.values_list("ticket_id", "offering__slug")[:MOST]


def approval_states() -> list[str]:
    """The states in which orders wait for somebody's yes, of all versions."""
    found: set[str] = set()
    versions = ProcessVersion.objects.filter(process__slug="request")
    for version in versions.exclude(released_at=None):
        process = definition.of(version)
        verbs = {rule.verb for rule in process.approvals}
        found |= {s for r in process.rules if r.verb in verbs for s in r.from_}
    return sorted(found)


def lines(found: Sequence[Order], names: Mapping[str, str]) -> list[Line]:
    """By offering, what is ordered most first."""
    some: dict[str, list[Order]] = {}
    for order in found:
        some.setdefault(order.offering, []).append(order)
    told = [line(slug, names.get(slug, slug), rows) for slug, rows in some.items()]
    return sorted(told, key=lambda one: (-one.ordered, one.name))


def line(slug: str, name: str, rows: Sequence[Order]) -> Line:
    """One line of figures."""
    done = [order for order in rows if order.outcome == "done"]
    asked = [order for order in done if order.approval]
    return Line(
        slug=slug,
        name=name,
        ordered=len(rows),
        done=len(done),
        cancelled=sum(order.outcome == "cancelled" for order in rows),
        open=sum(order.outcome == "open" for order in rows),
        without_hands=sum(order.without_hands for order in done),
        asked=len(asked),
        total=_median([o.total for o in done]),
        approval=_median([o.approval for o in asked]),
        fulfilment=_median([o.fulfilment for o in done]),
        process=_median([o.process for o in done]),
        waiting=_median([o.waiting for o in done]),
    )


def _median(lengths: Sequence[timedelta | None]) -> timedelta | None:
    seconds = [one.total_seconds() for one in lengths if one is not None]
    return timedelta(seconds=median(seconds)) if seconds else None


BEHIND = ("ordered", "done", "cancelled", "open", "hands", "asked")


def behind(found: Sequence[Order], offering: str, what: str) -> list[Order]:
    """The orders behind a number, those that took longest first."""
    wanted = {
        "ordered": lambda o: True,
        "done": lambda o: o.outcome == "done",
        "cancelled": lambda o: o.outcome == "cancelled",
        "open": lambda o: o.outcome == "open",
        "hands": lambda o: o.without_hands,
        "asked": lambda o: o.outcome == "done" and bool(o.approval),
    }[what]
    rows = [o for o in found if o.offering == offering and wanted(o)]
    zero = timedelta(0)
    return sorted(rows, key=lambda o: (o.total or zero, o.ticket), reverse=True)
