"""JSON lines: one object per ticket with all it holds, its events and its comments."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TextIO

from core.models import Event
from itsm.tickets.exchange.cells import write_instant
from itsm.tickets.exchange.progress import Bar
from itsm.tickets.models import Comment, Ticket
from people.models import Category, Service, Team, User

CHUNK = 500
PLAIN = (
    "number",
    "type",
    "title",
    "description",
    "state",
    "state_category",
    "wait_reason",
    "impact",
    "urgency",
    "size",
    "affected",
    "restricted",
    "start_by",
    "next_due_at",
    "next_due_kind",
    "opened_at",
    "updated_at",
    "resolved_at",
    "closed_at",
    "resolution",
    "resolution_code",
    "verified_by",
    "external_ref",
    "extra",
)
NAMED = {  # our key: the column that names it
    "category": "category__slug",
    "requester": "requester__email",
    "owner": "owner__email",
    "team": "team__slug",
    "service": "service__slug",
    "organisation": "organisation__slug",
    "parent": "parent__number",
    "process_version": "process_version__number",
}
PERSONAL = frozenset(
    {"owner", "requester", "offered_to", "watcher", "copied", "resolved_by"}
)


def write(out: TextIO, *, restricted: bool, bar: Bar) -> int:
    """Write one line per ticket; how many. Times are UTC, people are e-mails."""
    tickets = (
        Ticket.objects.all() if restricted else Ticket.objects.filter(restricted=False)
    )
    columns = ("id", "priority", *PLAIN, *NAMED.values())
    rows = tickets.order_by("id").values(*columns).iterator(CHUNK)
    places = Places()
    written = 0
    for chunk in _chunks(rows):
        for line in _lines(chunk, places):
            json.dump(line, out, ensure_ascii=False, default=_plain)
            out.write("\n")
            written += 1
        bar.at(written)
    return written


class Places:
    """Slugs of teams, services and categories by id."""

    def __init__(self) -> None:
        self.slugs: dict[str, dict[int, str]] = {
            field: dict(model.objects.values_list("id", "slug"))
            for field, model in self._models().items()
        }

    @staticmethod
    def _models() -> dict[str, Any]:
        return {"team": Team, "service": Service, "category": Category}


def _chunks(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _lines(
    tickets: Sequence[dict[str, Any]], places: Places
) -> Iterator[dict[str, Any]]:
    """The tickets as they are written: three queries for a chunk."""
    ids = [ticket["id"] for ticket in tickets]
    events = defaultdict(list)
    for event in Event.objects.filter(
        subject_type=Ticket.subject_type, subject_id__in=ids
    ).order_by("id"):
        events[event.subject_id].append(event)
    comments = defaultdict(list)
    for comment in (
        Comment.objects.filter(ticket_id__in=ids)
        .order_by("id")
        .values(
            "id", "ticket_id", "author__email", "body", "is_public", "channel", "at"
        )
    ):
        comments[comment["ticket_id"]].append(comment)
    emails = _emails(event for listed in events.values() for event in listed)
    for ticket in tickets:
        yield {
            **{name: ticket[name] for name in PLAIN},
            "priority": f"P{ticket['priority']}",
            **{name: ticket[column] for name, column in NAMED.items()},
            "events": [_event(e, emails, places) for e in events[ticket["id"]]],
            "comments": [_comment(c) for c in comments[ticket["id"]]],
        }


def _emails(events: Iterator[Event]) -> dict[Any, str]:
    """The e-mails of everybody these events name."""
    ids: set[int] = set()
    for event in events:
        ids.add(event.actor_id or 0)
        for field in PERSONAL & event.changes.keys():
            ids.update(
                value for value in event.changes[field] if isinstance(value, int)
            )
    return dict(User.objects.filter(id__in=ids).values_list("id", "email"))


def _event(event: Event, emails: Mapping[Any, str], places: Places) -> dict[str, Any]:
    changes = {
        field: [_named(field, value, emails, places) for value in pair]
        for field, pair in event.changes.items()
    }
    return {
        "id": event.id,
        "kind": event.kind,
        "at": event.at,
        "actor": emails.get(event.actor_id),
        "door": event.door,
        "public": event.public,
        "changes": changes,
    }


def _named(field: str, value: Any, emails: Mapping[Any, str], places: Places) -> Any:
    """A value of a change with ids of people and places told by name."""
    if not isinstance(value, int) or isinstance(value, bool):
        return value
    if field in PERSONAL:
        return emails.get(value, value)
    return places.slugs.get(field, {}).get(value, value)


def _comment(comment: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": comment["id"],
        "author": comment["author__email"],
        "body": comment["body"],
        "public": comment["is_public"],
        "channel": comment["channel"],
        "at": comment["at"],
    }


def _plain(value: Any) -> str:
    return write_instant(value) if isinstance(value, datetime) else str(value)
