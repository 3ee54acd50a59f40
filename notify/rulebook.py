"""The rule book: who hears of which events, and how, unless they chose otherwise.

Rooms above register their rules, and how a thing is told (`Teller`); this room knows
events, people's ids and channels, and nothing of tickets.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.models import Event

INBOX, MAIL, CHAT, PAGE = "inbox", "mail", "chat", "page"
# For each event (by its id) the ids of the people who hear of it. The room answers
# for it that they may see the thing; asked once for a batch, in a constant number of
# queries.
Audience = Callable[[Sequence[Event]], Mapping[int, Iterable[int]]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the book. `title` and `teaches` are shown where people choose.

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
    group: str = "staff"  # or "requester": where it is offered
    told_own_act: bool = False
    is_urgent: bool = False
    is_page: bool = False
    is_fixed: bool = False
    subject: Any = "{number} {title}"  # shipped texts, lazy translations, with {fields}
    body: Any = ""
    order: int = 50


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is told: what a teller needs to know to choose words."""

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


@dataclass(frozen=True, slots=True)
class Teller:
    """How things of one subject type are told; registered by the room that owns them.

    `thread(subject_id)` is what every mail on the thing has in common ("INC-1042").
    """

    subject_type: str
    tell: Tell
    threads: Callable[[Iterable[int]], Mapping[int, str]]


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
    return [entry for entry in rules() if kind in entry.kinds]


def teller(entry: Teller) -> None:
    """Say how things of one type are told."""
    _tellers[entry.subject_type] = entry


def teller_of(subject_type: str) -> Teller | None:
    """How these things are told; None where nobody said."""
    return _tellers.get(subject_type)
