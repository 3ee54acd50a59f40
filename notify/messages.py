"""Writing messages: when each is due, which one it joins, all with three statements.

An event on a thing joins the message about it that still waits and was not tried yet;
one that is urgent hurries it. Rows that wait are locked first, so that none is sent
while an event is put into it.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from notify import quiet
from notify.hearing import Heard, Person
from notify.models import Channel, Route
from notify.rooms import InRoom
from notify.rulebook import INBOX, PAGE, Rule

GATHER = timedelta(seconds=60)  # what happens within it on one thing is one message
DIGEST = ("", 0)  # a digest is about many things
# channel, person (0: a room), route (0: mail), type and id of the thing, is a digest
Key = tuple[str, int, int, str, int, bool]
FIND = """
SELECT m.id, m.channel, coalesce(m.user_id, 0), coalesce(m.route_id, 0),
       m.subject_type, m.subject_id, m.is_digest
FROM notify_message m
WHERE m.state = 'waiting' AND m.tries = 0 AND m.claimed_at IS NULL
  AND (m.user_id = ANY (%s) OR m.user_id IS NULL AND m.route_id = ANY (%s))
  AND m.subject_id = ANY (%s)
ORDER BY m.id FOR UPDATE
"""
JOIN = """
UPDATE notify_message m
SET events = m.events || new.events::jsonb,
    is_urgent = m.is_urgent OR new.urgent,
    due_at = CASE WHEN new.urgent THEN least(m.due_at, new.due) ELSE m.due_at END
FROM unnest(%s::bigint[], %s::text[], %s::boolean[], %s::timestamptz[])
     AS new (id, events, urgent, due)
WHERE m.id = new.id
"""
INSERT = """
INSERT INTO notify_message
    (channel, user_id, route_id, subject_type, subject_id, events, is_urgent,
     is_digest, state, created_at, due_at, tries, address, reference, failure)
SELECT channel, nullif(who, 0), nullif(route, 0), kind, what, events::jsonb, urgent,
       digest, 'waiting', made, due, 0, '', '', ''
FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::bigint[],
            %s::boolean[], %s::text[], %s::boolean[], %s::timestamptz[],
            %s::timestamptz[])
     AS new (channel, who, route, kind, what, digest, events, urgent, due, made)
"""


@dataclass(slots=True)
class _Draft:
    due: datetime
    events: list[tuple[str, int]] = field(default_factory=list)
    is_urgent: bool = False


def write(heard: Sequence[Heard], in_rooms: Sequence[InRoom], *, at: datetime) -> None:
    """Write what leaves the house; what only the inbox holds is not among it.

    `at` is when the log is read: nothing is due before, however late that is.
    """
    drafts: dict[Key, _Draft] = {}
    gateways = _gateways(heard)
    for one in heard:
        for key, due in _ways(one, gateways, at):
            _add(drafts, key, due, one.rule, one.event.id)
    for told in in_rooms:
        event, due = told.event, _due(told.rule, told.event.at, at)
        thing = (event.subject_type, event.subject_id)
        key = (Channel.CHAT.value, 0, told.route_id, *thing, False)
        _add(drafts, key, due, told.rule, event.id)
    if drafts:
        _keep(drafts, at)


def _add(
    drafts: dict[Key, _Draft], key: Key, due: datetime, rule: Rule, event: int
) -> None:
    draft = drafts.setdefault(key, _Draft(due))
    draft.events.append((rule.name, event))
    if rule.is_urgent or rule.is_page:
        draft.is_urgent, draft.due = True, min(draft.due, due)


def _ways(
    one: Heard, gateways: Iterable[tuple[int, str]], at: datetime
) -> Iterator[tuple[Key, datetime]]:
    """Which messages tell it, and when each is due; none for a line of the inbox."""
    person, rule = one.person, one.rule
    thing = (one.event.subject_type, one.event.subject_id)
    due = _due(rule, one.event.at, at)
    if one.channel == PAGE:
        for route in _routes(person, gateways):
            yield (PAGE, person.user_id, route, *thing, False), due
    elif one.channel != INBOX:
        zone = quiet.zone_of(person.time_zone)
        hurries = rule.is_urgent or rule.is_page
        if person.digest_at is not None and not hurries:
            key = (one.channel, person.user_id, 0, *DIGEST, True)
            yield key, quiet.next_digest(at, zone, person.digest_at)
            return
        if not rule.is_page:
            hours = (person.quiet_from, person.quiet_until)
            due = quiet.end_of_quiet(due, zone, *hours)
        yield (one.channel, person.user_id, 0, *thing, False), due


def _due(rule: Rule, happened: datetime, at: datetime) -> datetime:
    """At once where it is urgent, else a minute after it happened."""
    hurries = rule.is_urgent or rule.is_page
    return at if hurries else max(happened + GATHER, at)


def _gateways(heard: Iterable[Heard]) -> list[tuple[int, str]]:
    """The open gateways that page; one query, none where nobody is paged."""
    if all(one.channel != PAGE for one in heard):
        return []
    kinds = (Route.Kind.SMS, Route.Kind.NTFY)
    rows = Route.objects.filter(is_active=True, paused_at=None, kind__in=kinds)
    rows = rows.order_by("pk")
    return list(rows.values_list("pk", "kind"))


def _routes(person: Person, gateways: Iterable[tuple[int, str]]) -> list[int]:
    """The gateways that reach them; none: a row that says so when it is to be sent."""
    known = {Route.Kind.SMS: person.phone, Route.Kind.NTFY: person.topic}
    return [pk for pk, kind in gateways if known[Route.Kind(kind)]] or [0]


def _keep(drafts: dict[Key, _Draft], at: datetime) -> None:
    """Put what joins into what waits, and the rest into rows of their own."""
    with connection.cursor() as cursor:
        cursor.execute(
            FIND,
            [
                list({who for _channel, who, *_more in drafts if who}),
                list({key[2] for key in drafts if not key[1]}),
                list({key[4] for key in drafts}),
            ],
        )
        waiting: dict[Key, int] = {tuple(key): pk for pk, *key in cursor.fetchall()}
        joined = [(waiting[key], d) for key, d in drafts.items() if key in waiting]
        new = [(key, d) for key, d in drafts.items() if key not in waiting]
        if joined:
            rows = [(pk, json.dumps(d.events), d.is_urgent, d.due) for pk, d in joined]
            cursor.execute(JOIN, _columns(rows))
        if new:
            told = [
                (*key, json.dumps(d.events), d.is_urgent, d.due, at) for key, d in new
            ]
            cursor.execute(INSERT, _columns(told))


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
