"""What exports read: tickets and their events, streamed by server-side cursors."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection, transaction

from itsm.tickets import kinds
from itsm.tickets.exchange.roster import label_of
from people.models import Category, Service, Team, User

CHUNK = 2000
# Kinds that say something was said or seen, not that the ticket changed.
TALK = (
    kinds.COMMENT,
    kinds.NOTE,
    kinds.ATTACH,
    kinds.LINK,
    kinds.UNLINK,
    kinds.WATCH,
    kinds.UNWATCH,
    kinds.COPY,
    *(kinds.OFFER, kinds.DECLINE, kinds.WITHDRAW, kinds.ASK, kinds.KEEP),
    kinds.RESTRICT,
    kinds.REDACT,
    *(*kinds.CLOCKS, kinds.PAGE, kinds.ACKNOWLEDGE),
)
# An imported ticket goes out under the number it came with, unless that tells another
# practice or is the own number of another ticket here.
NUMBER = """
CASE WHEN t.extra ? 'imported' AND t.external_ref <> ''
    AND t.type = CASE upper(left(t.external_ref, 3)) WHEN 'REQ' THEN 'request'
        WHEN 'CHG' THEN 'change' WHEN 'PRB' THEN 'problem' ELSE 'incident' END
    AND NOT EXISTS (SELECT 1 FROM itsm_ticket o WHERE o.number = t.external_ref)
THEN t.external_ref ELSE t.number END
"""
VISIBLE = "(%(restricted)s OR NOT t.restricted)"
EVENTS = f"""
SELECT t.id, {NUMBER}, t.title, e.kind, e.at, e.actor_id, e.changes::text
FROM core_event e JOIN itsm_ticket t ON t.id = e.subject_id
WHERE e.subject_type = 'ticket' AND {VISIBLE} AND NOT e.kind = ANY(%(talk)s)
ORDER BY e.subject_id, e.id
"""  # noqa: S608 - our own names only
COUNT_EVENTS = """
SELECT count(*) FROM core_event e JOIN itsm_ticket t ON t.id = e.subject_id
WHERE e.subject_type = 'ticket' AND (%(restricted)s OR NOT t.restricted)
    AND NOT e.kind = ANY(%(talk)s)
"""


@dataclass(slots=True)
class Change:
    """One change of a ticket, and what the ticket was after it.

    `state` and its like are what the log adds up to; people and places are ids.
    """

    ticket_id: int
    number: str
    title: str
    kind: str
    at: datetime
    actor: int | None
    values: dict[str, Any]


class Names:
    """The names behind the ids that events carry."""

    def __init__(self) -> None:
        self.people: dict[int | None, str] = {
            user["id"]: label_of(user)
            for user in User.objects.values("id", "name", "email").iterator(CHUNK)
        }
        self.teams = self._all(Team)
        self.services = self._all(Service)
        self.categories = self._all(Category)

    def _all(self, model: Any) -> dict[int | None, str]:
        return dict(model.objects.values_list("id", "name"))


def stream(sql: str, given: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Rows of a query, a chunk in memory at a time."""
    with transaction.atomic(), closing(connection.chunked_cursor()) as cursor:
        cursor.execute(sql, given)
        while rows := cursor.fetchmany(CHUNK):
            yield from rows


def count_changes(*, restricted: bool) -> int:
    """How many changes `changes` will give."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_EVENTS, {"restricted": restricted, "talk": list(TALK)})
        return int(cursor.fetchone()[0])


def changes(*, restricted: bool) -> Iterator[Change]:
    """All changes, ticket by ticket, each ticket's by time.

    They are added up in the order of the log. Its times can run backwards where an
    imported source's do; each change still says what the ticket was after it.
    `restricted` says whether restricted tickets are among them.
    """
    given = {"restricted": restricted, "talk": list(TALK)}
    for _, rows in groupby(stream(EVENTS, given), key=itemgetter(0)):
        values: dict[str, Any] = {}
        past = []
        for pk, number, title, kind, at, actor, changed in rows:
            values = values | {
                field: pair[1] for field, pair in json.loads(changed).items()
            }
            past.append(Change(pk, number, title, kind, at, actor, values))
        yield from sorted(past, key=lambda change: change.at)
