"""What a timeline is made of, as plain rows: four questions at most.

Rows are tuples and not models: of fifty events half the time went into making models.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, CharField, QuerySet, Value

from core import prepared
from core.models import Event, TextVersion
from itsm.tickets.asking import AnyOf, ask
from itsm.tickets.models import Attachment, Comment, Ticket
from people.models import Category, Service, Team, User

NEWEST = 200  # events of one page; the rest is asked for
MOST = 3_000
TEXTS = frozenset({"resolution", "why"})
PEOPLE = frozenset({"owner", "offered_to", "requester", "watcher", "copied"})
MODELS: Mapping[str, tuple[Any, str]] = {
    "user": (User, "name"),
    "team": (Team, "name"),
    "service": (Service, "name"),
    "category": (Category, "name"),
    "ticket": (Ticket, "number"),
}


class Happened(NamedTuple):
    """One event. `changes`: what changed, by name, from what to what."""

    pk: int
    kind: str
    at: datetime
    actor_id: int | None
    changes: dict[str, Any]


class Message(NamedTuple):
    """One message of the conversation."""

    pk: int
    author_id: int | None
    body: str
    is_public: bool
    channel: str
    at: datetime
    redacted_at: datetime | None


class File(NamedTuple):
    """One attached file; `size` in bytes. It begins as a `Message` does."""

    pk: int
    author_id: int | None
    name: str
    is_public: bool
    content_type: str
    at: datetime
    redacted_at: datetime | None
    size: int
    comment_id: int | None


@dataclass(frozen=True, slots=True)
class Names:
    """Names by id."""

    user: Mapping[int, str] = field(default_factory=dict)
    team: Mapping[int, str] = field(default_factory=dict)
    service: Mapping[int, str] = field(default_factory=dict)
    category: Mapping[int, str] = field(default_factory=dict)
    ticket: Mapping[int, str] = field(default_factory=dict)


def happened(
    ticket: Ticket, *, public: bool, whole: bool
) -> tuple[list[Happened], bool]:
    """The newest events, oldest first, and whether there are earlier ones."""
    most = MOST if whole else NEWEST

    def build(pk: int) -> QuerySet[Any, Any]:
        found = Event.objects.filter(subject_type=Ticket.subject_type, subject_id=pk)
        found = found.filter(public=True) if public else found
        return found.order_by("-id").values_list(*Happened._fields)[: most + 1]

    newest = prepared.fetch(("timeline", public, most), build, pk=ticket.pk)
    events = [
        Happened(pk, kind, at, actor, json.loads(changes))
        for pk, kind, at, actor, changes in reversed(newest[:most])
    ]
    return events, len(newest) > most


def said(
    ticket: Ticket, *, public: bool, since: datetime | None
) -> tuple[list[Message], list[File]]:
    """The ticket's messages and its files, oldest first; one query for both."""

    def build(pk: int, since: datetime | None = None) -> QuerySet[Any, Any]:
        def of(model: Any, *columns: Any) -> QuerySet[Any, Any]:
            found = model.objects.filter(ticket_id=pk)
            found = found.filter(is_public=True) if public else found
            found = found if since is None else found.filter(at__gte=since)
            return found.order_by("id").values_list(*columns)[:MOST]

        none = Value(None, output_field=BigIntegerField())
        messages = of(Comment, *Message._fields, none, none)
        files = of(Attachment, *File._fields)
        return messages.union(files, all=True)

    values: dict[str, Any] = {"pk": ticket.pk} | (
        {} if since is None else {"since": since}
    )
    found = prepared.fetch(("said", public, since is None), build, **values)
    shared = len(Message._fields)
    messages = [Message(*row[:shared]) for row in found if row[shared] is None]
    files = [File(*row) for row in found if row[shared] is not None]
    return messages, files


def texts_of(events: Iterable[Happened]) -> dict[int, str]:
    """The texts that events name and the page shows; no query where none is named."""
    ids = {
        pair[1]
        for event in events
        for name, pair in event.changes.items()
        if name in TEXTS and isinstance(pair[1], int)
    }
    if not ids:
        return {}
    found = TextVersion.objects.filter(pk__in=ids)
    return dict(found.values_list("pk", "body"))


def names_of(
    events: Iterable[Happened],
    messages: Iterable[Message],
    files: Iterable[File],
    ticket: Ticket,
    reader: User | None,
) -> Names:
    """The names of all that rows carry by id; one query.

    Other tickets are named as far as `reader` sees them, without one as all staff do.
    """
    wanted: dict[str, set[int]] = {what: set() for what in MODELS}
    wanted["user"] |= {one.author_id for one in messages if one.author_id}
    wanted["user"] |= {one.author_id for one in files if one.author_id}
    if ticket.requester_id:
        wanted["user"].add(ticket.requester_id)
    for event in events:
        if event.actor_id:
            wanted["user"].add(event.actor_id)
        for name, pair in event.changes.items():
            for value in pair:
                _note(wanted, name, value)
    found: dict[str, dict[int, str]] = {what: {} for what in MODELS}
    for what, pk, name in _named(
        {w: sorted(ids) for w, ids in wanted.items() if ids}, reader
    ):
        found[what][pk] = name
    return Names(**found)


def _named(wanted: Mapping[str, list[int]], reader: User | None) -> list[Any]:
    """What, id and name of everything that is wanted by id."""
    if not wanted:
        return []

    def build(seen: Any, **ids: list[int]) -> QuerySet[Any, Any]:
        queries = [
            (seen if what == "ticket" else MODELS[what][0].objects)
            .order_by()
            .filter(AnyOf("pk", ids[f"{what}_ids"]))
            .values_list(Value(what, output_field=CharField()), "pk", MODELS[what][1])
            for what in wanted
        ]
        return queries[0].union(*queries[1:], all=True)

    key = ("names", *wanted)
    values: dict[str, Any] = {f"{what}_ids": ids for what, ids in wanted.items()}
    if reader is not None and "ticket" in wanted:
        return ask(reader, key, build, **values)
    seen_by_staff = partial(build, Ticket.objects.filter(restricted=False))
    return prepared.fetch(key, seen_by_staff, **values)


def _note(wanted: dict[str, set[int]], name: str, value: Any) -> None:
    """Note an id that a change carries."""
    if name == "link" and isinstance(value, Mapping):
        value, name = value.get("ticket"), "ticket"
    if not isinstance(value, int) or isinstance(value, bool):
        return
    what = "user" if name in PEOPLE else "ticket" if name == "parent" else name
    if what in wanted:
        wanted[what].add(value)
