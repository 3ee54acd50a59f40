"""One ticket's timeline, page-shaped: what was said, and what happened, in order.

`read` costs three queries at most, however many events there are: the events, messages
and files, the texts that events name, and the names of everything they name.
`public=True` is what a requester may read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any

from django.urls import reverse
from django.utils.translation import ngettext
from markupsafe import Markup

from core import wording
from core.reader import gettext as _
from core.reader import language
from core.texts import REDACTED
from core.wording import tone
from itsm.tickets import kinds, subjects
from itsm.tickets import timeline_rows as rows
from itsm.tickets.models import Ticket
from itsm.tickets.states import Channel
from itsm.tickets.timeline_rows import File, Happened, Message, Names
from itsm.tickets.timeline_words import sentence, summary
from people.models import User

CONVERSATION, MINE = "conversation", "mine"
FOLD_FROM = 3  # so many small events in a row become one line
ICONS = {
    Channel.PORTAL: "laptop",
    Channel.PHONE: "phone",
    Channel.WALK_IN: "door",
    Channel.MAIL: "mail",
    Channel.MACHINE: "gear",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as pages show them."""

    pk: int
    name: str
    tone: int
    is_machine: bool = False


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
    by: int | None = None  # who did it
    body: str = ""
    label: str = ""
    icon: str = "right"
    channel: ChannelTag | None = None
    files: list[FileLine] = field(default_factory=list)
    removal: Removal | None = None
    redact: str = ""
    names_people: bool = False  # somebody was told of it by `@`
    lines: list["Entry"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Timeline:
    """The entries, oldest first; `events` and `names` are what they were made of."""

    entries: list[Entry]
    events: list[Happened]
    names: Names
    has_earlier: bool  # there are events before these
    said: int  # messages among the entries
    pictures: Mapping[str, str]  # addresses of the ticket's pictures, by file name
    links: Mapping[str, str]  # addresses of other tickets, by number

    @property
    def latest(self) -> list[Entry]:
        """The last three messages, for a preview."""
        return [e for e in self.entries if e.kind in {"public", "internal"}][-3:]

    def shown(self, entry: Entry) -> Markup:
        """What an entry says, as HTML, with its own pictures before others' by name."""
        own = {f.name: f.url for f in entry.files if f.is_picture}
        return self.words(entry.body, own, names=entry.names_people)

    def words(
        self, text: str, own: Mapping[str, str], *, names: bool = False
    ) -> Markup:
        """A text as this ticket shows it."""
        pictures = {**self.pictures, **own} if own else self.pictures
        return wording.markdown(text, wording.Around(pictures, self.links, names))


def read(
    ticket: Ticket,
    *,
    reader: User | None = None,
    public: bool = False,
    whole: bool = False,
    show: str = "",
) -> Timeline:
    """The timeline of a ticket; three queries at most.

    Other tickets are named as far as `reader` sees them, without one as all staff do;
    somebody who does not work here reads what is public, whatever was asked for.
    `show`: the conversation alone, what the reader said and did, or ("") everything.
    """
    public = public or (reader is not None and not reader.is_staff)
    found = rows.read(ticket, public=public, whole=whole)
    events, messages, files = found.events, found.messages, found.files
    texts = rows.texts_of(events)
    names = rows.names_of(events, messages, files, ticket, reader)
    maker = _Maker(ticket, names, texts, _removals(events, names, texts))
    entries = maker.make(events, messages, files)
    if not found.has_earlier:
        entries.insert(0, maker.report())
    said = sum(1 for entry in entries if entry.kind != "event")
    return Timeline(
        entries=fold(_chosen(entries, show, reader)),
        events=events,
        names=names,
        has_earlier=found.has_earlier,
        said=said,
        pictures=_pictures(files),
        links={number: subjects.url(number) for number in names.number.values()},
    )


def _pictures(files: Iterable[File]) -> dict[str, str]:
    """Pictures that are there, by name; of two of one name the newer."""
    return {
        one.name: reverse("file", args=(one.pk, one.name))
        for one in files
        if one.redacted_at is None and one.content_type.startswith("image/")
    }


def _chosen(entries: list[Entry], show: str, reader: User | None) -> list[Entry]:
    """The conversation alone, what one person said and did, or all of it."""
    if show == CONVERSATION:
        return [entry for entry in entries if entry.kind != "event"]
    if show == MINE and reader is not None:
        return [entry for entry in entries if entry.by == reader.pk]
    return entries


def _removals(
    events: Iterable[Happened], names: Names, texts: Mapping[int, str]
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


def _names_people(events: Iterable[Happened]) -> set[int]:
    """The messages in which somebody was named with `@`."""
    told = [e.changes for e in events if e.kind == kinds.MENTION]
    return {one["comment"][1] for one in told if "reference" not in one}


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
            by=ticket.requester_id,
            body="" if gone else ticket.description,
            channel=_channel(ticket.channel),
            removal=self._removal("field", "description", gone, ticket.updated_at),
            redact="" if gone or not ticket.description else "field=description",
        )

    def make(
        self,
        events: Sequence[Happened],
        messages: Sequence[Message],
        files: Sequence[File],
    ) -> list[Entry]:
        """All entries in order."""
        said = {one.pk: self._message(one) for one in messages}
        for pk in _names_people(events) & said.keys():
            said[pk].names_people = True
        loose = {}
        for one in files:
            if one.comment_id in said:
                said[one.comment_id].files.append(self._file(one))
            else:
                loose[one.pk] = self._loose(one)
        attached = {one.pk for one in files} - set(loose)
        entries: list[Entry] = []
        for event in events:
            if not _is_said_elsewhere(event):
                entries += self._of_event(event, said, loose, attached)
        entries += said.values()  # what came in without an event of its own
        entries += loose.values()
        entries.sort(key=lambda entry: entry.at)  # stable: the log's order within
        return entries

    def _of_event(
        self,
        event: Happened,
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

    def _message(self, message: Message) -> Entry:
        gone = message.redacted_at is not None
        return Entry(
            kind="public" if message.is_public else "internal",
            at=message.at,
            id=f"comment-{message.pk}",
            person=self._person(message.author_id),
            by=message.author_id,
            body="" if gone else message.body,
            channel=_channel(message.channel),
            removal=self._removal("comment", message.pk, gone, message.redacted_at),
            redact="" if gone else f"comment_id={message.pk}",
        )

    def _event(self, event: Happened) -> Entry:
        icon, words = sentence(event, self.ticket, self.names, self.texts)
        return Entry(
            "event",
            event.at,
            f"event-{event.pk}",
            by=event.actor_id,
            body=words,
            icon=icon,
        )

    def _solved(self, event: Happened, text: str) -> Entry:
        gone = text == REDACTED
        return Entry(
            kind="public",
            at=event.at,
            id=f"solved-{event.pk}",
            person=self._person(event.actor_id),
            by=event.actor_id,
            body="" if gone else text,
            label=_("What solved it"),
            icon="check",
            removal=self._removal("field", "resolution", gone, event.at),
            redact="" if gone else "field=resolution",
        )

    def _loose(self, one: File) -> Entry:
        return Entry(
            kind="public" if one.is_public else "internal",
            at=one.at,
            id=f"file-{one.pk}",
            person=self._person(one.author_id),
            by=one.author_id,
            files=[self._file(one)],
            removal=self.removals.get(("attachment", one.pk)),
            redact="" if one.redacted_at else f"attachment={one.pk}",
        )

    def _file(self, one: File) -> FileLine:
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
        return Person(pk, name, tone(pk), pk in self.names.machines)


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


def _is_said_elsewhere(event: Happened) -> bool:
    """A message says itself whom it names, an opening what was promised with it."""
    if event.kind == kinds.PROMISE:
        return all(old is None for old, _new in event.changes.values())
    return event.kind == kinds.MENTION
