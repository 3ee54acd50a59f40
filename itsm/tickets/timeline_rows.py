"""What a timeline is made of, as plain rows: three questions at most.

Rows are tuples and not models: of fifty events half the time went into making models.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    DateTimeField,
    JSONField,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from core import prepared
from core.models import Event, TextVersion
from core.wording import NUMBER
from itsm.tickets.asking import AnyOf, AnyWord, ask
from itsm.tickets.models import Attachment, Comment, Ticket
from people.models import Category, Service, Team, User

NEWEST = 200  # events of one page; the rest is asked for
MOST = 3_000
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
TEXTS = frozenset({"resolution", "why"})
TICKETS = frozenset({"parent", "merged", "merged_into", "split_off", "split_from"})
PEOPLE = frozenset(
    [
        *("owner", "offered_to", "asked", "requester", "watcher", "copied"),
        *("approver", "on_behalf_of"),
    ]
)
MACHINE = "machine"  # what a row says of a user that is a program
MOST_NUMBERS = 100  # of other tickets that texts name
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
    """One attached file; `size` in bytes."""

    pk: int
    author_id: int | None
    comment_id: int | None
    name: str
    content_type: str
    size: int
    is_public: bool
    at: datetime
    redacted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Names:
    """Names by id; `machines` are those of users that are programs."""

    user: Mapping[int, str] = field(default_factory=dict)
    team: Mapping[int, str] = field(default_factory=dict)
    service: Mapping[int, str] = field(default_factory=dict)
    category: Mapping[int, str] = field(default_factory=dict)
    ticket: Mapping[int, str] = field(default_factory=dict)
    number: Mapping[int, str] = field(default_factory=dict)  # that texts name, as seen
    machines: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Rows:
    """Oldest first; `has_earlier` says that there are events before these."""

    events: list[Happened]
    messages: list[Message]
    files: list[File]
    has_earlier: bool


def read(ticket: Ticket, *, public: bool, whole: bool) -> Rows:
    """The newest events, and what was said and attached since; one query for all."""
    most = MOST if whole else NEWEST
    build = partial(_build, public=public, most=most)
    found = prepared.fetch(("timeline", public, most), build, pk=ticket.pk)
    events, messages, files = [], [], []
    for what, pk, who, text, of, is_public, at, gone, size, comment, changes in found:
        match what:
            case "event":
                events.append(Happened(pk, text, at, who, json.loads(changes)))
            case "message":
                messages.append(Message(pk, who, text, is_public, of, at, gone))
            case _:
                file = File(pk, who, comment, text, of, size, is_public, at, gone)
                files.append(file)
    has_earlier = len(events) > most
    return Rows(events[:most][::-1], messages, files, has_earlier)


def _build(pk: int, *, public: bool, most: int) -> QuerySet[Any, Any]:
    """Three sorts of rows, one shape: see `read` for the columns."""
    everything = Event.objects.filter(subject_type=Ticket.subject_type, subject_id=pk)
    everything = everything.filter(public=True) if public else everything
    events = everything.order_by("-id")
    hidden = Coalesce(  # when the newest event that is not shown happened
        Subquery(events.values("at")[most : most + 1]), Value(LONG_AGO)
    )

    def of(model: Any, what: str, *columns: Any) -> QuerySet[Any, Any]:
        found = model.objects.filter(ticket_id=pk, at__gte=hidden)
        found = found.filter(is_public=True) if public else found
        return _shaped(found.order_by("id"), what, *columns)[:MOST]

    text, number, none, no_json = (
        Value("", CharField()),
        *(
            Cast(Value(None), kind())
            for kind in (BigIntegerField, DateTimeField, JSONField)
        ),
    )
    shown = ("is_public", "at", "redacted_at")
    return _shaped(
        events,
        *("event", "actor_id", "kind", text, "public", "at", none),
        *(number, number, "changes"),
    )[: most + 1].union(
        of(
            Comment,
            *("message", "author_id", "body", "channel", *shown),
            *(number, number, no_json),
        ),
        of(
            Attachment,
            *("file", "author_id", "name", "content_type", *shown),
            *("size", "comment_id", no_json),
        ),
        all=True,
    )


def _shaped(found: Any, what: str, *columns: Any) -> QuerySet[Any, Any]:
    return found.values_list(Value(what, output_field=CharField()), "pk", *columns)


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
    messages = list(messages)
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
    return _names(wanted, _numbers(ticket, messages), reader)


def names_in(events: Iterable[Any]) -> Names:
    """The names of what events carry by id, of whatever tickets; one query.

    Other tickets are named as far as all who work here see them.
    """
    wanted: dict[str, set[int]] = {what: set() for what in MODELS}
    for event in events:
        if event.actor_id:
            wanted["user"].add(event.actor_id)
        for name, pair in event.changes.items():
            for value in pair:
                _note(wanted, name, value)
    return _names(wanted, "", None)


def _names(wanted: Mapping[str, set[int]], numbers: str, reader: User | None) -> Names:
    found: dict[str, dict[int, str]] = {
        what: {} for what in (*MODELS, "number", MACHINE)
    }
    ids = {what: sorted(some) for what, some in wanted.items() if some}
    for what, pk, name in _named(ids, numbers, reader):
        found[what][pk] = name
    machines = found.pop(MACHINE)
    found["user"] |= machines
    return Names(**found, machines=frozenset(machines))


def _numbers(ticket: Ticket, messages: Iterable[Message]) -> str:
    """The numbers of other tickets in what was said, with commas between them."""
    found: dict[str, None] = {}
    for text in (ticket.description, ticket.resolution, *(m.body for m in messages)):
        if "-" in text:
            found.update(dict.fromkeys(NUMBER.findall(text)))
    found.pop(ticket.number, None)
    return ",".join(list(found)[:MOST_NUMBERS])


def _named(
    wanted: Mapping[str, list[int]], numbers: str, reader: User | None
) -> list[Any]:
    """What, id and name of everything that is wanted by id, and tickets by number."""
    if not wanted and not numbers:
        return []

    def build(seen: Any, numbers: str = "", **ids: list[int]) -> QuerySet[Any, Any]:
        queries = [
            (seen if what == "ticket" else MODELS[what][0].objects)
            .order_by()
            .filter(AnyOf("pk", ids[f"{what}_ids"]))
            .values_list(_kind(what), "pk", MODELS[what][1])
            for what in wanted
        ]
        if numbers:
            named = seen.order_by().filter(AnyWord("number", numbers))
            what = Value("number", output_field=CharField())
            queries.append(named.values_list(what, "pk", "number"))
        return queries[0].union(*queries[1:], all=True)

    key = ("names", *wanted, bool(numbers))
    values: dict[str, Any] = {f"{what}_ids": ids for what, ids in wanted.items()}
    if numbers:
        values["numbers"] = numbers
    if reader is not None and ("ticket" in wanted or numbers):
        return ask(reader, key, build, **values)
    seen_by_staff = partial(build, Ticket.objects.filter(restricted=False))
    return prepared.fetch(key, seen_by_staff, **values)


def _kind(what: str) -> Any:
    """What a row is, told beside its name: of users also whether it is a program."""
    plain = Value(what, output_field=CharField())
    if what != "user":
        return plain
    machine = Value(MACHINE, output_field=CharField())
    return Case(When(is_machine=True, then=machine), default=plain)


def _note(wanted: dict[str, set[int]], name: str, value: Any) -> None:
    """Note an id that a change carries."""
    if name == "link" and isinstance(value, Mapping):
        value, name = value.get("ticket"), "ticket"
    if not isinstance(value, int) or isinstance(value, bool):
        return
    what = "user" if name in PEOPLE else "ticket" if name in TICKETS else name
    if what in wanted:
        wanted[what].add(value)
