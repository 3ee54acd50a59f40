"""Readers of the log: each is one cursor row, advanced in the transaction of its work.

Celery only pokes them and beat pokes every second, so a lost message costs a second
and a repeated one nothing. A reader that tells the world outside (notifications,
webhooks) declares `waits=True`: what may be taken back comes later; see `holds`.
"""

import logging
import traceback
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction

from core import holds
from core.models import Consumer, Event

log = logging.getLogger(__name__)
BATCH = 500
Handler = Callable[..., None]
_handlers: dict[str, Handler] = {}
_waiting: set[str] = set()
_timed: set[str] = set()


def consume(
    name: str, handler: Handler, *, waits: bool = False, timed: bool = False
) -> None:
    """Register a reader; `handler` gets batches of events, each exactly once.

    One that `waits` does not hear of what is undone within its minute. One that is
    `timed` is also told when it reads (`at=`), because what it writes is due then.
    """
    _handlers[name] = handler
    (_waiting.add if waits else _waiting.discard)(name)
    (_timed.add if timed else _timed.discard)(name)


def names() -> list[str]:
    """The registered readers."""
    return list(_handlers)


def advance(name: str, *, at: datetime, batches: int = 20) -> int:
    """Let one reader work off what is new, up to `batches` batches; how many events.

    Skips when another process is at it. A failure is kept on the cursor's row (see
    `doctor`), rolls the batch back and is tried again at the next poke.
    """
    done = 0
    for _ in range(batches):
        try:
            count = _advance_once(name, at)
        except Exception:  # a reader must never take the others down with it
            log.exception("the reader %s failed and will try again", name)
            Consumer.objects.filter(name=name).update(
                failure=traceback.format_exc()[-2000:]
            )
            return done
        done += count
        if count < BATCH:
            break
    return done


def advance_all(*, at: datetime) -> int:
    """Let every reader work; how many events were handled."""
    return sum(advance(name, at=at) for name in _handlers)


def _advance_once(name: str, at: datetime) -> int:
    with transaction.atomic():
        row = (
            Consumer.objects.select_for_update(skip_locked=True)
            .filter(name=name)
            .first()
        )
        if row is None:
            Consumer.objects.get_or_create(name=name)
            return 0
        released = _released(name, at)
        events = list(Event.objects.filter(id__gt=row.cursor).order_by("id")[:BATCH])
        if not events:
            return released
        told = holds.sort_out(name, events) if name in _waiting else events
        if told:
            _hand(name, told, at)
        row.cursor, row.advanced_at, row.failure = events[-1].id, at, ""
        row.save(update_fields=["cursor", "advanced_at", "failure"])
        return max(len(events), released)


def _released(name: str, at: datetime) -> int:
    """Hand on what was held back and is final now; how many events."""
    if name not in _waiting:
        return 0
    holds.close_due(at=at)
    told = holds.let_go(name, BATCH)
    if told:
        _hand(name, told, at)
    return len(told)


def _hand(name: str, events: Sequence[Event], at: datetime) -> None:
    if name in _timed:
        _handlers[name](events, at=at)
    else:
        _handlers[name](events)
