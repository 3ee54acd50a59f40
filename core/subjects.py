"""What an event can be about: how to find it, who may see it, what to call it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class SubjectType:
    """One type of subject, registered by the room that owns it."""

    name: str
    visible_to: Callable[[Any], QuerySet[Any]]
    numbers: Callable[[Iterable[int]], Mapping[int, str]]
    url: Callable[[str], str]


_types: dict[str, SubjectType] = {}


def register(subject: SubjectType) -> None:
    """Make a type of subject known to events, search, links and live updates."""
    _types[subject.name] = subject


def get(name: str) -> SubjectType:
    """The registered type; KeyError if no room owns it."""
    return _types[name]


def registered() -> list[SubjectType]:
    """All types of subject."""
    return list(_types.values())
