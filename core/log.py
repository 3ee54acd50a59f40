"""The event log: `act()` frames an action, `record()` writes what happened.

Order. Readers follow the log by id and must never skip an event that commits late,
so ids have to grow in commit order. `record()` therefore only collects; when the
outermost `act()` ends, its last statements take one advisory lock and insert the
collected events, and the lock falls at commit. Between taking an id and committing
nothing else can happen, so a lower id is always visible before a higher one. The
choice against transaction ids was measured: docs/adr/0002-event-log.md.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, ClassVar, Protocol

from django.db import connection, transaction

from core import context, followers, live
from core.models import Event

LOG_LOCK = 7_236_001  # advisory lock that orders the log's writers


class Subject(Protocol):
    """Anything the log can be about."""

    subject_type: ClassVar[str]

    @property
    def pk(self) -> Any:
        """Its id."""


class Actor(Protocol):
    """Anybody who can act."""

    @property
    def pk(self) -> Any:
        """The user's id."""


_open: ContextVar[list[Event] | None] = ContextVar("open_act", default=None)


@contextmanager
def act() -> Iterator[None]:
    """One action: a transaction whose events are written as its last statement.

    Nested calls join the outermost one, so a verb made of verbs is one transaction
    with its events in the order in which they were recorded.
    """
    if _open.get() is not None:
        yield
        return
    events: list[Event] = []
    token = _open.set(events)
    try:
        with transaction.atomic():
            yield
            if events:
                append(events)
                transaction.on_commit(live.poke)
    finally:
        _open.reset(token)


def open_act() -> object:
    """The action that is open, as a token to compare; RuntimeError outside one."""
    events = _open.get()
    if events is None:
        raise RuntimeError("this belongs inside act()")
    return events


def append(events: Iterable[Event]) -> list[Event]:
    """Write events as the last statement of a transaction, in commit order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOG_LOCK])
    return Event.objects.bulk_create(list(events))


def record(
    kind: str,
    *,
    subject: Subject,
    by: Actor | None,
    at: datetime,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
    public: bool = False,
) -> Event:
    """Say that something happened to `subject`; joins the action that is open.

    `by=None` is the system itself (a timer). `public` events may be seen by those
    who requested the subject. Followers (upper rooms that must move in the same
    transaction) are told at once. Raises RuntimeError outside `act()`.
    """
    events = _open.get()
    if events is None:
        raise RuntimeError("record() belongs inside act(): an event needs its action")
    surroundings = context.current()
    event = Event(
        kind=kind,
        at=at,
        actor_id=None if by is None else by.pk,
        door=surroundings.door.value,
        subject_type=subject.subject_type,
        subject_id=subject.pk,
        public=public,
        changes={name: [old, new] for name, (old, new) in (changes or {}).items()},
        request_id=surroundings.request_id,
    )
    events.append(event)
    followers.tell(event, subject)
    return event
