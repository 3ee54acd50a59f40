"""What can be found besides tickets: rooms register people, articles, pages, stories.

Search and the command palette ask every finder; each one answers only what the person
may see. A finder costs at most one query for `limit` hits and is asked with at least
`LEAST` characters.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

LEAST = 2


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found."""

    title: str
    url: str
    note: str = ""
    icon: str = ""
    tone: int | None = None  # a person: drawn as a face


Find = Callable[[Any, str, int], Sequence[Hit]]


@dataclass(frozen=True, slots=True)
class Finder:
    """One kind of thing. `find(user, words, limit)` may answer one more than `limit`.

    `for_staff`: only people who work here are offered it.
    """

    name: str
    label: Any
    icon: str
    find: Find
    order: int = 50
    for_staff: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """What one finder found; `more` where there is more than is shown."""

    name: str
    label: Any
    icon: str
    hits: Sequence[Hit]
    more: bool


_finders: dict[str, Finder] = {}


def register(finder: Finder) -> None:
    """Make a kind of thing findable; a second finder of the same name replaces it."""
    _finders[finder.name] = finder


def listed(user: Any) -> list[Finder]:
    """The finders this person is offered, in order."""
    known = [f for f in _finders.values() if user.is_staff or not f.for_staff]
    return sorted(known, key=lambda finder: (finder.order, finder.name))


def find(user: Any, words: str, *, limit: int, only: str = "") -> list[Group]:
    """What fits the words, by kind; kinds without a hit are left out."""
    words = " ".join(words.replace("\x00", "").split())[:100]
    if len(words) < LEAST:
        return []
    groups = []
    for finder in listed(user):
        if only and finder.name != only:
            continue
        if hits := list(finder.find(user, words, limit)):
            groups.append(
                Group(
                    finder.name,
                    finder.label,
                    finder.icon,
                    hits[:limit],
                    len(hits) > limit,
                )
            )
    return groups
