"""The rule book: who hears of which events, and how, unless they chose otherwise.

Rooms above register their rules, and how a thing is told (`Teller`); this room knows
events, people's ids and channels, and nothing of tickets.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

from core.models import Event

INBOX, MAIL, CHAT, PAGE = "inbox", "mail", "chat", "page"
EVERYBODY, REQUESTER, STAFF = "everybody", "requester", "staff"
T = TypeVar("T")
# For each event (by its id) the ids of the people who hear of it; asked once for a
# batch, in a constant number of queries. An event that the rule is not about is left
# out, so that rooms do not hear of it; one that nobody is there for is not. Whether
# they may see the thing is looked at afterwards, for all rules (`Teller.sees`).
Audience = Callable[[Sequence[Event]], Mapping[int, Iterable[int]]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the book. `title` and `teaches` are shown where people choose.

    `kinds` names kinds of event, or all that begin alike: "ticket.*". Who hears of an
    event by several rules hears of it once on each channel, by the first in order.
    `line` is what the inbox says of it, in a few words. A line of `body` in which a
    field has nothing to say is left out.
    `told_own_act`: also who did it hears of it (the receipt). `is_urgent` stands first
    in the inbox and is not held for a minute. `is_page` ignores quiet hours and
    choices: it is for people on duty only. `is_fixed` cannot be switched off.
    """

    name: str
    kinds: tuple[str, ...]
    title: Any
    teaches: Any
    audience: Audience
    channels: tuple[str, ...] = (INBOX,)
    group: str = STAFF  # where it is offered
    told_own_act: bool = False
    is_urgent: bool = False
    is_page: bool = False
    is_fixed: bool = False
    subject: Any = "{number} {title}"  # shipped texts, lazy translations, with {fields}
    body: Any = ""
    line: Any = ""  # empty: the title
    about: str = ""  # the subject's type; empty: what the first kind begins with
    order: int = 50

    @property
    def subject_type(self) -> str:
        """What kind of thing its events are about."""
        return self.about or self.kinds[0].partition(".")[0]

    def is_for(self, kind: str) -> bool:
        """Whether an event of this kind sets it off."""
        return kind in self.kinds or any(
            kind.startswith(one[:-1]) for one in self.kinds if one.endswith(".*")
        )


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is told: what a teller needs to know to choose words.

    `user_id` 0 is a room in a chat: those who work here, and only of what is for all.
    """

    user_id: int
    language: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Told:
    """What one event is, for one reader: the `{fields}` of texts, and where it leads.

    `text` is what a person wrote (plain text or Markdown), if the rule tells it; it is
    read when the message is sent, so that what was redacted meanwhile does not leave.
    """

    fields: Mapping[str, str]
    url: str  # from "/"
    text: str = ""
    facts: Sequence[tuple[str, str]] = ()  # label and value, in a table under the text


# Told for each (event, reader); None where that reader may not see it (any more).
Tell = Callable[[Sequence[tuple[Event, Reader]]], Sequence[Told | None]]
Pairs = Iterable[tuple[int, int]]  # the ids of a person and of a thing


@dataclass(frozen=True, slots=True)
class Teller:
    """How things of one subject type are told; registered by the room that owns them.

    `threads(ids)` is what every mail on a thing has in common ("INC-1042").
    `sees(pairs)` keeps those pairs where the person may see the thing, in a constant
    number of queries. `places(ids)` says where things belong, for rooms that hear of
    some teams or services only; a thing that is not for all is left out, and no room
    hears of it. `fields` are the `{fields}` of texts with what each means, `example`
    is what they might be.
    """

    subject_type: str
    tell: Tell
    threads: Callable[[Iterable[int]], Mapping[int, str]]
    sees: Callable[[Pairs], set[tuple[int, int]]]
    places: Callable[[Iterable[int]], Mapping[int, Mapping[str, int | None]]]
    fields: Mapping[str, Any] = field(default_factory=dict)
    example: Callable[[], Told] | None = None


_rules: dict[str, Rule] = {}
_tellers: dict[str, Teller] = {}


def rule(entry: Rule) -> None:
    """Add a rule; a second one of the same name replaces the first."""
    _rules[entry.name] = entry


def rules() -> list[Rule]:
    """All rules, in the order in which they are shown."""
    return sorted(_rules.values(), key=lambda entry: (entry.order, entry.name))


def get(name: str) -> Rule:
    """The rule of this name; KeyError where no room registered it."""
    return _rules[name]


def of_kind(kind: str) -> list[Rule]:
    """The rules that an event of this kind sets off."""
    return [entry for entry in rules() if entry.is_for(kind)]


def teller(entry: Teller) -> None:
    """Say how things of one type are told."""
    _tellers[entry.subject_type] = entry


def teller_of(subject_type: str) -> Teller | None:
    """How these things are told; None where nobody said."""
    return _tellers.get(subject_type)


@dataclass(slots=True)
class _Batch:
    events: Sequence[Event]
    known: dict[Any, Any] = field(default_factory=dict)


_batch: ContextVar[_Batch | None] = ContextVar("batch", default=None)


@contextmanager
def batch(events: Sequence[Event]) -> Iterator[None]:
    """While audiences are asked for these events: what they share is read once."""
    opened = _batch.get()
    is_open = opened is not None and opened.events is events
    token = _batch.set(opened if is_open else _Batch(events))
    try:
        yield
    finally:
        _batch.reset(token)


def shared(load: Callable[[Sequence[Event]], T], events: Sequence[Event]) -> T:
    """What `load` finds for the whole batch, asked once for all rules of it."""
    opened = _batch.get()
    if opened is None:
        return load(events)
    if load not in opened.known:
        opened.known[load] = load(opened.events)
    found: T = opened.known[load]
    return found
