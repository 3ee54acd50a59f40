"""What a message says, put together when it is sent and for who reads it.

Tellers are asked again at that moment: what was redacted does not leave, and who may
not see a thing any more gets nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils.translation import ngettext

from core.models import Event
from core.reader import speaking
from notify import rulebook, texts
from notify.models import Message
from notify.rulebook import Reader, Rule, Told

ROOM = 0  # the reader of what everybody in a chat's room sees
LONGEST_BODY = 20_000  # letters of one part that leave; the page has the rest
Key = tuple[int, int]  # of an event, and of a reader


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that happened, in its reader's words."""

    rule: Rule
    event_id: int
    title: str
    body: str  # Markdown
    facts: Sequence[tuple[str, str]]
    url: str
    acknowledge: str  # where a page is acknowledged; empty where it cannot be


@dataclass(frozen=True, slots=True)
class Letter:
    """All parts in the order in which they happened. `thread` is the thing's name."""

    reader: Reader
    parts: Sequence[Part]
    title: str
    thread: str
    user: Any  # None: a room in a chat

    @property
    def url(self) -> str:
        """Where the newest part leads."""
        return self.parts[-1].url

    @property
    def acknowledge(self) -> str:
        """Where it is acknowledged, or its page."""
        return next((p.acknowledge for p in self.parts if p.acknowledge), self.url)

    @property
    def is_page(self) -> bool:
        """Whether somebody is woken; by mail where nothing else reaches them."""
        return any(part.rule.is_page for part in self.parts)

    @property
    def is_fixed(self) -> bool:
        """Whether nobody can choose not to get it."""
        return all(part.rule.is_fixed for part in self.parts)


def write(messages: Sequence[Message]) -> dict[int, Letter]:
    """The letters by message; those that have nothing (any more) to say are missing.

    Four queries, and those of one teller for each type of thing.
    """
    user_ids = {m.user_id for m in messages if m.user_id}
    users = get_user_model()._default_manager.in_bulk(user_ids)
    readers = {m.pk: _reader(m, users) for m in messages}
    events = Event.objects.in_bulk({pk for m in messages for _rule, pk in m.events})
    told = _told(messages, readers, events)
    wordings = texts.of(rulebook.rules(), {r.language for r in readers.values() if r})
    threads = _threads(messages)
    found = {}
    for message in messages:
        reader = readers[message.pk]
        if reader is None:
            continue
        parts = list(_parts(message, reader, told, wordings))
        if parts:
            title = _title(message, parts, reader)
            thread = threads.get((message.subject_type, message.subject_id), "")
            user = users.get(message.user_id or ROOM)
            found[message.pk] = Letter(reader, parts, title, thread, user)
    return found


def _reader(message: Message, users: Mapping[int, Any]) -> Reader | None:
    """Who reads it; None where they have no access any more."""
    if message.user_id is None:
        return Reader(ROOM, settings.LANGUAGE_CODE, settings.TIME_ZONE)
    user = users.get(message.user_id)
    if user is None or not user.is_active:
        return None
    language = user.language or settings.LANGUAGE_CODE
    return Reader(user.pk, language, user.time_zone or settings.TIME_ZONE)


def _told(
    messages: Iterable[Message],
    readers: Mapping[int, Reader | None],
    events: Mapping[int, Event],
) -> dict[Key, Told]:
    """What the tellers say to each reader; once for each type of thing."""
    pairs: dict[str, dict[Key, tuple[Event, Reader]]] = defaultdict(dict)
    for message in messages:
        reader = readers[message.pk]
        for _rule, pk in message.events:
            event = events.get(pk)
            if reader is not None and event is not None:
                pairs[event.subject_type][pk, reader.user_id] = (event, reader)
    found: dict[Key, Told] = {}
    for subject_type, asked in pairs.items():
        teller = rulebook.teller_of(subject_type)
        if teller is None:
            continue
        answers = teller.tell(list(asked.values()))
        for key, answer in zip(asked, answers, strict=True):
            if answer is not None:
                found[key] = answer
    return found


def _threads(messages: Iterable[Message]) -> dict[tuple[str, int], str]:
    """What each thing is called."""
    ids: dict[str, set[int]] = defaultdict(set)
    for message in messages:
        ids[message.subject_type].add(message.subject_id)
    return {
        (kind, pk): name
        for kind, some in ids.items()
        if (teller := rulebook.teller_of(kind)) is not None
        for pk, name in teller.threads(some).items()
    }


def _parts(
    message: Message,
    reader: Reader,
    told: Mapping[Key, Told],
    wordings: Mapping[tuple[str, str], texts.Text],
) -> Iterable[Part]:
    """In the order of the log; a rule that no room registers (any more) is left out."""
    rules = {rule.name: rule for rule in rulebook.rules()}
    for name, pk in sorted(message.events, key=lambda entry: entry[1]):
        rule, said = rules.get(name), told.get((pk, reader.user_id))
        if rule is None or said is None:
            continue
        text = wordings[name, reader.language]
        acknowledge = said.fields.get("acknowledge", "")
        yield Part(
            rule,
            pk,
            texts.fill_line(text.title, said.fields),
            _cut(texts.fill(text.body, said.fields)),
            [(str(label), str(value)) for label, value in said.facts],
            absolute(said.url),
            absolute(acknowledge) if acknowledge else "",
        )


def absolute(url: str) -> str:
    """An address of ours as the world outside reaches it."""
    return url if url.startswith(settings.BASE_URL) else f"{settings.BASE_URL}{url}"


def _cut(body: str) -> str:
    return body if len(body) <= LONGEST_BODY else f"{body[:LONGEST_BODY]} …"


def _title(message: Message, parts: Sequence[Part], reader: Reader) -> str:
    if not message.is_digest:
        return parts[-1].title
    with speaking(reader.language):
        n = len(parts)
        return ngettext("%(n)s piece of news", "%(n)s pieces of news", n) % {"n": n}
