"""The event log: `act()` frames an action, `record()` writes what happened.

Order. Readers follow the log by id and must never skip an event that commits late,
so ids have to grow in commit order. `record()` therefore only collects; when the
outermost `act()` ends, its last statements take one advisory lock and insert the
collected events, and the lock falls at commit. Between taking an id and committing
nothing else can happen, so a lower id is always visible before a higher one. The
choice against transaction ids was measured: docs/adr/0002-event-log.md.
"""

import json
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol, TypeVar

from django.db import connection, transaction

from core import context, followers, live
from core.models import Event

LOG_LOCK = 7_236_001  # advisory lock that orders the log's writers
# References are looked at before the lock, not at commit: that look waits for whoever
# has the row, and they may be waiting for this lock.
LOCK = "SET CONSTRAINTS ALL IMMEDIATE; SELECT pg_advisory_xact_lock(%s);"
INSERT = """INSERT INTO core_event (kind, at, actor_id, door, subject_type, subject_id,
    public, changes, request_id, recorded_at) VALUES"""
ROW = "(%s, %s, %s, %s, %s, %s, %s, %s, %s, statement_timestamp())"
Answer = TypeVar("Answer")
PAGE = 1000  # events written by one statement


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


@dataclass(slots=True, eq=False)
class Act:
    """One open action: what it recorded, what it still has to write."""

    events: list[Event] = field(default_factory=list)
    writes: dict[Hashable, Callable[[], None]] = field(default_factory=dict)
    held: dict[Hashable, Any] = field(default_factory=dict)  # rows, one of each
    is_broken: bool = False

    def finish(self) -> None:
        """Write what waited, then the events: the transaction's last statements."""
        if self.is_broken:
            raise RuntimeError("a part of this action failed, so none of it is kept")
        for write in self.writes.values():
            write()
        if self.events:
            append(self.events)
            transaction.on_commit(live.poke)


_open: ContextVar[Act | None] = ContextVar("open_act", default=None)


@contextmanager
def act() -> Iterator[None]:
    """One action: a transaction whose events are written as its last statement.

    Nested calls join the outermost one, so a verb made of verbs is one transaction
    with its events in the order in which they were recorded. If a nested one fails,
    the whole fails, even where somebody in between swallows the exception.
    """
    outer = _open.get()
    if outer is not None:
        try:
            yield
        except BaseException:
            outer.is_broken = True
            raise
        return
    opened = Act()
    token = _open.set(opened)
    try:
        with transaction.atomic():
            yield
            opened.finish()
    finally:
        _open.reset(token)


def open_act() -> Act:
    """The action that is open; RuntimeError outside one."""
    opened = _open.get()
    if opened is None:
        raise RuntimeError("this belongs inside act(): an event needs its action")
    return opened


def recorded() -> list[Event]:
    """What the open action recorded and has not written yet; none outside one."""
    opened = _open.get()
    return [] if opened is None else opened.events


def write_at_end(key: Hashable, write: Callable[[], None]) -> None:
    """Write a row once, at the end of the action, however many verbs touched it."""
    open_act().writes.setdefault(key, write)


def remembered(key: Hashable, ask: Callable[[], Answer]) -> Answer:
    """What `ask` answers, asked once for the action that is open."""
    opened = _open.get()
    if opened is None:
        return ask()
    if key not in opened.held:
        opened.held[key] = ask()
    return opened.held[key]


def forget(key: Hashable) -> None:
    """Ask anew what was `remembered` under this key."""
    if (opened := _open.get()) is not None:
        opened.held.pop(key, None)


def append(events: Iterable[Event]) -> list[Event]:
    """Write events as the last statement of a transaction, in commit order.

    Lock and rows go to the server in one round trip, and past the ORM: this is in
    every action, and nothing but the commit may follow it.
    """
    written = list(events)
    with connection.cursor() as cursor:
        for first in range(0, len(written), PAGE):
            page = written[first : first + PAGE]
            rows = ", ".join([ROW] * len(page))
            values = [value for event in page for value in _values(event)]
            cursor.execute(f"{LOCK} {INSERT} {rows} RETURNING id", [LOG_LOCK, *values])
            for event, (pk,) in zip(page, cursor.fetchall(), strict=True):
                event.pk = pk
    return written


def _values(event: Event) -> tuple[Any, ...]:
    return (
        event.kind,
        event.at,
        event.actor_id,
        event.door,
        event.subject_type,
        event.subject_id,
        event.public,
        json.dumps(event.changes),
        None if event.request_id is None else str(event.request_id),
    )


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
    opened = open_act()
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
    opened.events.append(event)
    followers.tell(event, subject)
    return event
