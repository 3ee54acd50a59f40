"""What tests of actions look at: the events, the whole database, the refusals."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.errors import Forbidden, Invalid, Refused, WrongState
from core.models import Event
from itsm.tickets import kinds as said_by
from itsm.tickets.models import Ticket
from people.models import User

TABLES = """
SELECT c.relname FROM pg_class c
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
  AND c.relname <> 'django_migrations' ORDER BY c.relname
"""


CLOCKS = said_by.CLOCKS  # what clocks say beside a verb: tests/itsm/sla looks at it
BESIDE = CLOCKS | said_by.OF_DECISIONS  # tests/itsm/approving looks at the others


def events(ticket: Ticket) -> list[Event]:
    """What people and timers did with the ticket, oldest first."""
    rows = Event.objects.filter(subject_type="ticket", subject_id=ticket.pk)
    return [e for e in rows.order_by("id") if e.kind not in BESIDE]


def kinds(ticket: Ticket) -> list[str]:
    """The kinds of its events without their common prefix."""
    return [event.kind.removeprefix("ticket.") for event in events(ticket)]


def last(ticket: Ticket) -> Event:
    """The newest event."""
    return events(ticket)[-1]


def fresh(ticket: Ticket) -> Ticket:
    """The ticket as the database has it."""
    return Ticket.objects.get(pk=ticket.pk)


def inactive(user: User) -> User:
    """The person after leaving."""
    user.is_active = False
    user.save(update_fields=["is_active"])
    return user


def dump() -> dict[str, Any]:
    """Every row of every table, and every file."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        names = [name for (name,) in cursor.fetchall()]
        sql = "; ".join(
            f"SELECT '{name}', coalesce(string_agg(t::text, '|' ORDER BY t::text), '')"
            f' FROM "{name}" t'
            for name in names
        )
        cursor.execute(sql.replace("; ", " UNION ALL "))
        found: dict[str, Any] = dict(cursor.fetchall())
    root = Path(settings.MEDIA_ROOT)
    found["files"] = sorted(str(p) for p in root.rglob("*") if p.is_file())
    return found


def where(marker: str) -> list[str]:
    """The tables in which a text is found, in whatever column."""
    return [
        name for name, rows in dump().items() if marker.lower() in str(rows).lower()
    ]


@contextmanager
def refused(error: type[Refused] = Refused) -> Iterator[Any]:
    """The block is refused, in a sentence, and writes nothing at all."""
    before = dump()
    with pytest.raises(error) as caught:
        yield caught
    assert caught.type is error or error is Refused
    assert caught.value.detail.strip(), "a refusal says why"
    assert dump() == before


def forbidden() -> Any:
    """See `refused`."""
    return refused(Forbidden)


def invalid() -> Any:
    """See `refused`."""
    return refused(Invalid)


def wrong_state() -> Any:
    """See `refused`."""
    return refused(WrongState)


def cost(ask: Callable[[], Any]) -> int:
    """How many statements it takes, once everything is warm."""
    ask()
    with CaptureQueriesContext(connection) as asked:
        ask()
    return len(asked)
