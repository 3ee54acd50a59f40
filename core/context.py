"""What surrounds an action: which door it came through and under which request.

A door sets this once; `record()` reads it, so that no action has to carry it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid4


class Door(StrEnum):
    """How something reached us."""

    PAGE = "page"
    API = "api"
    MAIL = "mail"
    IMPORT = "import"
    SEED = "seed"
    TIMER = "timer"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The door and the request (or batch) that an event belongs to."""

    door: Door
    request_id: UUID | None


NOWHERE = Surroundings(Door.PAGE, None)
_current: ContextVar[Surroundings] = ContextVar("surroundings")


def current() -> Surroundings:
    """The surroundings of the code that is running."""
    return _current.get(NOWHERE)


@contextmanager
def through(door: Door, request_id: UUID | None = None) -> Iterator[Surroundings]:
    """Run a block as coming through this door; a new request id where none given."""
    surroundings = Surroundings(door, request_id or uuid4())
    token = _current.set(surroundings)
    try:
        yield surroundings
    finally:
        _current.reset(token)
