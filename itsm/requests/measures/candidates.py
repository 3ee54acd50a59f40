"""Steps that hands do often: candidates for automation, with count and hours."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection

from core.worktime import Calendar, CalendarError, between
from itsm.requests.measures.flow import Order
from itsm.requests.models import Task
from people.calendars.reading import default_version_id, worktime

LEAST = 5  # times in the period
SHOWN = 10
MOST = 20_000
DONE = """
SELECT DISTINCT ON (task) (changes->'task'->>1)::bigint AS task, at
FROM core_event
WHERE subject_type = 'ticket' AND subject_id = ANY(%s) AND kind = 'ticket.task'
    AND changes->'task_state'->>1 = 'done' AND actor_id IS NOT NULL
ORDER BY task, id DESC LIMIT %s
"""


@dataclass(slots=True)
class Candidate:
    """A step of an offering that people do by hand."""

    title: str
    offering: str
    count: int = 0
    length: timedelta = timedelta(0)  # working time from its turn until it was done
    tickets: list[int] = field(default_factory=list)

    @property
    def hours(self) -> float:
        """Working hours in all."""
        return self.length.total_seconds() / 3600


def candidates(found: Sequence[Order], *, least: int = LEAST) -> list[Candidate]:
    """The steps done by hand most often, by the hours they took. Three queries."""
    offerings = {order.ticket: order.offering for order in found}
    done = _done_by_hand(list(offerings))
    rows = Task.objects.filter(pk__in=done, automatic=None)
    calendar = worktime(default_version_id())
    grouped: dict[tuple[str, str], Candidate] = {}
    seen: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for pk, title, ticket, begun in rows.values_list(
        "pk", "title", "ticket_id", "begun_at"
    ):
        key = (offerings[ticket], title)
        one = grouped.setdefault(key, Candidate(title, offerings[ticket]))
        one.count += 1
        if begun is not None:
            one.length += _length(calendar, begun, done[pk])
        seen[key].add(ticket)
    for key, one in grouped.items():
        one.tickets = sorted(seen[key], reverse=True)
    often = [one for one in grouped.values() if one.count >= least]
    return sorted(often, key=lambda c: (-c.length, -c.count, c.title))[:SHOWN]


def _done_by_hand(tickets: list[int]) -> dict[int, datetime]:
    if not tickets:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(DONE, [tickets, MOST])
        return dict(cursor.fetchall())


def _length(calendar: Calendar, begun: datetime, done: datetime) -> timedelta:
    try:
        return between(calendar, begun, done)
    except CalendarError:
        return done - begun
