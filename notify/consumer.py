"""The reader of the log that turns events into lines of inboxes and messages.

All rows of a batch are written in the transaction that moves the cursor, so that each
event is told exactly once whatever is killed in between. Sending is somebody else's:
here a message is only a row that says when it is due.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.db import transaction

from core import consumers
from core.models import Event
from notify import bell, hearing, messages, notices, rooms, rulebook

NAME = "notify"


def register() -> None:
    """Join the readers of the log; what may be undone is waited for."""
    consumers.consume(NAME, work_off, waits=True, timed=True)


def work_off(events: Sequence[Event], *, at: datetime) -> None:
    """Write what everybody hears of a batch; the number of queries is constant."""
    events = hearing.audible(events)
    with rulebook.batch(events):
        heard, in_rooms = hearing.of(events), rooms.of(events)
    told = notices.write(heard)
    if heard or in_rooms:
        messages.write(heard, in_rooms, at=at)
    if told:
        transaction.on_commit(partial(bell.ring, told))
