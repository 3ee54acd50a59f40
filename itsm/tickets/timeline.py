"""One ticket's timeline, page-shaped: what was said, and what happened, in order.

`read` costs five queries at most, however many events there are: the events, the
comments, the files, the texts that events name, and the names of everything they
name. `public=True` is what a requester may read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from itertools import groupby
from typing import Any

from django.db.models import CharField, QuerySet, Value
from django.urls import reverse
from django.utils.translation import ngettext

from core import prepared
from core.models import Event, TextVersion
from core.reader import gettext as _
from core.reader import language
from core.texts import REDACTED
from core.wording import tone
from itsm.tickets import kinds
from itsm.tickets.asking import AnyOf, ask
from itsm.tickets.models import Attachment, Comment, Ticket
from itsm.tickets.states import Channel
from itsm.tickets.timeline_words import Names, sentence, summary
from people.models import Category, Service, Team, User

NEWEST = 200  # events of one page; the rest is asked for
MOST = 3_000
FOLD_FROM = 3  # so many small events in a row become one line
TEXTS = frozenset({"resolution", "why"})
PEOPLE = frozenset({"owner", "offered_to", "requester", "watcher", "copied"})
ICONS = {
    Channel.PORTAL: "laptop",
    Channel.PHONE: "phone",
    Channel.WALK_IN: "door",
    Channel.MAIL: "mail",
    Channel.MACHINE: "gear",
}
MODELS: Mapping[str, tuple[Any, str]] = {
    "user": (User, "name"),
    "team": (Team, "name"),
    "service": (Service, "name"),
    "category": (Category, "name"),
    "ticket": (Ticket, "number"),
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as pages show them."""

    pk: int
    name: str
    tone: int


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file: where it is and what it weighs. `url` is empty once it was removed."""

    pk: int
    name: str
    url: str
    size: str
    is_picture: bool
    is_public: bool


@dataclass(frozen=True, slots=True)
class Removal:
    """Who took a text out, when and why."""

    by: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class ChannelTag:
    """How a message came, where that is worth saying."""

    icon: str
    label: str


@dataclass(slots=True)
class Entry:
    """One thing of the timeline. `kind`: public, internal, event or fold.

    `label` names a text that is not a plain message (what solved it). `lines` are the
    events of a fold, oldest first. `redact` is what `redact` takes to remove it.
    """

    kind: str
    at: datetime
    id: str
    person: Person | None = None
    body: str = ""
    label: str = ""
    icon: str = "right"
    channel: ChannelTag | None = None
    files: list[FileLine] = field(default_factory=list)
    removal: Removal | None = None
    redact: str = ""
    lines: list["Entry"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Timeline:
    """The entries, oldest first; `events` and `names` are what they were made of."""

    entries: list[Entry]
    events: list[Event]
    names: Names
    has_earlier: bool  # there are events before these
    said: int  # messages among the entries

    @property
    def latest(self) -> list[Entry]:
        """The last three messages, for a preview."""
        return [e for e in self.entries if e.kind in {"public", "internal"}][-3:]


def read(
    ticket: Ticket,
    *,
    reader: User | None = None,
    public: bool = False,
    whole: bool = False,
) -> Timeline:
    """The timeline of a ticket; five queries at most.

    Other tickets are named as far as `reader` sees them, without one as all staff do.
    """
    events, has_earlier = _events(ticket, public, MOST if whole else NEWEST)
    since = events[0].at if events and has_earlier else None
    comments = _rows(Comment, ticket, public, since)
    files = _rows(Attachment, ticket, public, since)
    texts = _texts(events)
    names = names_of(events, comments, files, ticket, reader)
    maker = _Maker(ticket, names, texts, _removals(events, names, texts))
    entries = maker.make(events, comments, files)
    if not has_earlier:
        entries.insert(0, maker.report())
    return Timeline(
        entries=fold(entries),
        events=events,
        names=names,
        has_earlier=has_earlier,
        said=sum(1 for entry in entries if entry.kind != "event"),
    )


def _events(ticket: Ticket, public: bool, most: int) -> tuple[list[Event], bool]:
    def build(pk: int) -> QuerySet[Event]:
        rows = Event.objects.filter(subject_type=Ticket.subject_type, subject_id=pk)
        rows = rows.filter(public=True) if public else rows
        columns = rows.only("kind", "at", "actor_id", "changes")
        return columns.order_by("-id")[: most + 1]

    newest = prepared.instances(("timeline", public, most), build, pk=ticket.pk)
    return newest[:most][::-1], len(newest) > most


def _rows(
    model: Any, ticket: Ticket, public: bool, since: datetime | None
) -> list[Any]:
    """Comments or files of the ticket, oldest first."""

    def build(pk: int, since: datetime | None = None) -> QuerySet[Any]:
        rows: QuerySet[Any] = model.objects.filter(ticket_id=pk)
        rows = rows.filter(is_public=True) if public else rows
        rows = rows if since is None else rows.filter(at__gte=since)
        return rows.order_by("id")[:MOST]

    values = {"pk": ticket.pk} | ({} if since is None else {"since": since})
    key = (model.__name__, public, since is None)
    return prepared.instances(key, build, **values)


def _texts(events: Iterable[Event]) -> dict[int, str]:
    """The texts that events name and the page shows; no query where none is named."""
    ids = {
        pair[1]
        for event in events
        for name, pair in event.changes.items()
        if name in TEXTS and isinstance(pair[1], int)
    }
    if not ids:
        return {}
    rows = TextVersion.objects.filter(pk__in=ids)
    return dict(rows.values_list("pk", "body"))


def names_of(
    events: Iterable[Event],
    comments: Iterable[Comment] = (),
    files: Iterable[Attachment] = (),
    ticket: Ticket | None = None,
    reader: User | None = None,
) -> Names:
    """The names of all rows that events carry by id; one query. See `read`."""
    wanted: dict[str, set[int]] = {what: set() for what in MODELS}
    wanted["user"] |= {one.author_id for one in comments if one.author_id}
    wanted["user"] |= {one.author_id for one in files if one.author_id}
    if ticket is not None and ticket.requester_id:
        wanted["user"].add(ticket.requester_id)
    for event in events:
        if event.actor_id:
            wanted["user"].add(event.actor_id)
        for name, pair in event.changes.items():
            for value in pair:
                _note(wanted, name, value)
    kinds_wanted = [what for what, ids in wanted.items() if ids]
    values: dict[str, Any] = {f"{w}_ids": sorted(wanted[w]) for w in kinds_wanted}

    def build(seen: Any, **ids: list[int]) -> QuerySet[Any]:
        queries = [
            (seen if what == "ticket" else MODELS[what][0].objects)
            .order_by()
            .filter(AnyOf("pk", ids[f"{what}_ids"]))
            .values_list(Value(what, output_field=CharField()), "pk", MODELS[what][1])
            for what in kinds_wanted
        ]
        return queries[0].union(*queries[1:], all=True)

    found: dict[str, dict[int, str]] = {what: {} for what in MODELS}
    if kinds_wanted:
        key = ("names", *kinds_wanted)
        if reader is not None and "ticket" in kinds_wanted:
            rows = ask(reader, key, build, **values)
        else:
            seen_by_staff = partial(build, Ticket.objects.filter(restricted=False))
            rows = prepared.fetch(key, seen_by_staff, **values)
        for what, pk, name in rows:
            found[what][pk] = name
    return Names(**found)


def _note(wanted: dict[str, set[int]], name: str, value: Any) -> None:
    if name == "link" and isinstance(value, Mapping):
        value, name = value.get("ticket"), "ticket"
    if not isinstance(value, int) or isinstance(value, bool):
        return
    what = "user" if name in PEOPLE else "ticket" if name == "parent" else name
    if what in wanted:
        wanted[what].add(value)


def _removals(
    events: Iterable[Event], names: Names, texts: Mapping[int, str]
) -> dict[tuple[str, Any], Removal]:
    """What was taken out of this ticket, by what it was."""
    found = {}
    for event in events:
        if event.kind != kinds.REDACT:
            continue
        why = texts.get(event.changes.get("why", (None, 0))[1], "")
        who = names.user.get(event.actor_id or 0, _("Beeline"))
        for what, pair in event.changes.items():
            if what != "why":
                found[what, pair[0]] = Removal(who, event.at, why)
    return found


@dataclass(frozen=True, slots=True)
class _Maker:
    """Turns rows into entries."""

    ticket: Ticket
    names: Names
    texts: Mapping[int, str]
    removals: Mapping[tuple[str, Any], Removal]

    def report(self) -> Entry:
        """What the requester reported: the description, first of all."""
        ticket = self.ticket
        gone = ticket.description == REDACTED
        return Entry(
            kind="public",
            at=ticket.opened_at,
            id="report",
            person=self._person(ticket.requester_id),
            body="" if gone else ticket.description,
            channel=_channel(ticket.channel),
            removal=self._removal("field", "description", gone, ticket.updated_at),
            redact="" if gone or not ticket.description else "field=description",
        )

    def make(
        self,
        events: Sequence[Event],
        comments: Sequence[Comment],
        files: Sequence[Attachment],
    ) -> list[Entry]:
        """All entries in order."""
        said = {one.pk: self._comment(one) for one in comments}
        loose = {}
        for one in files:
            if one.comment_id in said:
                said[one.comment_id].files.append(self._file(one))
            else:
                loose[one.pk] = self._loose(one)
        attached = {one.pk for one in files} - set(loose)
        entries: list[Entry] = []
        for event in events:
            entries += self._of_event(event, said, loose, attached)
        entries += said.values()  # what came in without an event of its own
        entries += loose.values()
        entries.sort(key=lambda entry: entry.at)  # stable: the log's order within
        return entries

    def _of_event(
        self,
        event: Event,
        said: dict[int, Entry],
        loose: dict[int, Entry],
        attached: set[int],
    ) -> list[Entry]:
        changes = event.changes
        if event.kind in {kinds.COMMENT, kinds.NOTE} and "comment" in changes:
            entry = said.pop(changes["comment"][1], None)
            return [entry] if entry else []
        if event.kind == kinds.ATTACH and "attachment" in changes:
            entry = loose.pop(changes["attachment"][1], None)
            return [entry] if entry else []
        made = [self._event(event)]
        solved = changes.get("resolution", (None, None))[1]
        if solved in self.texts:
            made.append(self._solved(event, self.texts[solved]))
        return made

    def _comment(self, comment: Comment) -> Entry:
        gone = comment.redacted_at is not None
        return Entry(
            kind="public" if comment.is_public else "internal",
            at=comment.at,
            id=f"comment-{comment.pk}",
            person=self._person(comment.author_id),
            body="" if gone else comment.body,
            channel=_channel(comment.channel),
            removal=self._removal("comment", comment.pk, gone, comment.redacted_at),
            redact="" if gone else f"comment_id={comment.pk}",
        )

    def _event(self, event: Event) -> Entry:
        icon, words = sentence(event, self.ticket, self.names, self.texts)
        return Entry("event", event.at, f"event-{event.pk}", body=words, icon=icon)

    def _solved(self, event: Event, text: str) -> Entry:
        gone = text == REDACTED
        return Entry(
            kind="public",
            at=event.at,
            id=f"solved-{event.pk}",
            person=self._person(event.actor_id),
            body="" if gone else text,
            label=_("What solved it"),
            icon="check",
            removal=self._removal("field", "resolution", gone, event.at),
            redact="" if gone else "field=resolution",
        )

    def _loose(self, one: Attachment) -> Entry:
        return Entry(
            kind="public" if one.is_public else "internal",
            at=one.at,
            id=f"file-{one.pk}",
            person=self._person(one.author_id),
            files=[self._file(one)],
            removal=self.removals.get(("attachment", one.pk)),
            redact="" if one.redacted_at else f"attachment={one.pk}",
        )

    def _file(self, one: Attachment) -> FileLine:
        return FileLine(
            pk=one.pk,
            name=one.name,
            url="" if one.redacted_at else reverse("file", args=(one.pk, one.name)),
            size=size_words(one.size),
            is_picture=one.content_type.startswith("image/"),
            is_public=one.is_public,
        )

    def _removal(
        self, what: str, which: Any, gone: bool, at: datetime | None
    ) -> Removal | None:
        """Who removed it, where the log was read that far; else that it was removed."""
        if not gone:
            return None
        return self.removals.get((what, which)) or Removal(
            "", at or self.ticket.updated_at, ""
        )

    def _person(self, pk: int | None) -> Person | None:
        if pk is None:
            return None
        name = self.names.user.get(pk, _("Somebody"))
        return Person(pk, name, tone(name))


def _channel(name: str) -> ChannelTag | None:
    return _tag(name, language()) if name in ICONS else None


@cache
def _tag(name: str, language: str | None) -> ChannelTag:
    """A channel in the language that is active; asked for with every message."""
    channel = Channel(name)
    return ChannelTag(ICONS[channel], str(channel.label))


def size_words(size: int) -> str:
    """Bytes in words: 820 B, 12 KB, 3.4 MB."""
    if size < 1000:
        return f"{size} B"
    if size < 1_000_000:
        return f"{size / 1000:.0f} KB"
    return f"{size / 1_000_000:.1f} MB"


def fold(entries: Sequence[Entry]) -> list[Entry]:
    """Three and more small events in a row as one line that opens."""
    folded: list[Entry] = []
    for is_event, run in groupby(entries, key=lambda entry: entry.kind == "event"):
        group = list(run)
        if not is_event or len(group) < FOLD_FROM:
            folded += group
            continue
        words = ngettext("%(n)d event", "%(n)d events", len(group)) % {"n": len(group)}
        folded.append(
            Entry(
                kind="fold",
                at=group[0].at,
                id=f"fold-{group[0].id}",
                body=f"{words}: {summary([entry.body for entry in group])}",
                icon="kink" if any(e.icon == "kink" for e in group) else "dots",
                lines=group,
            )
        )
    return folded
