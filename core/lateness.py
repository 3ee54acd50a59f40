"""How late timers are, for every page to say: a mark in Valkey, and no query.

A worker writes the mark every ten seconds (`tell`), so that it grows old by itself when
workers or beat stand still. Pages read it (`seen`) at most once in five seconds for a
whole process. Where Valkey forgot it nothing is known and nothing said: /health/ready
asks the tables themselves.
"""

import json
import logging
import time
from dataclasses import dataclass
from datetime import datetime

import redis

from core import gauges, live
from core.gauges import LATE

KEY = "timers"
READ_EVERY = 5.0  # seconds
READ_AFTER_FAULT = 30.0
_log = logging.getLogger(__name__)
_born = time.monotonic()


@dataclass(slots=True)
class _Known:
    """What this process read last, and until when that is good enough."""

    until: float = float("-inf")
    mark: tuple[float, float] | None = None  # when it was written, how late they were


_known = _Known()


@dataclass(frozen=True, slots=True)
class Lateness:
    """Seconds that timers are late, or (`stands_still`) have not run at all."""

    seconds: float
    stands_still: bool


def tell(*, at: datetime) -> float:
    """Leave the mark; how late timers are, in seconds."""
    late = gauges.seconds_late(at)
    try:
        live.valkey().set(KEY, json.dumps([at.timestamp(), late]))
    except (redis.RedisError, OSError) as error:
        _log.warning("Pages cannot tell how late timers are: %s", error)
    return late


def seen(*, at: datetime) -> Lateness | None:
    """How late timers are, where that is worth saying; None where they are not."""
    mark = _mark()
    if mark is None:
        return None
    told, late = mark
    silent = min(at.timestamp() - told, time.monotonic() - _born)  # not while we start
    if silent > LATE:
        return Lateness(silent, stands_still=True)
    return Lateness(late, stands_still=False) if late > LATE else None


def forget() -> None:
    """Read the mark anew with the next page."""
    _known.until = float("-inf")


def _mark() -> tuple[float, float] | None:
    now = time.monotonic()
    if now < _known.until:
        return _known.mark
    try:
        kept = live.valkey().get(KEY)
        _known.mark = tuple(json.loads(kept)) if kept else None
        _known.until = now + READ_EVERY
    except (redis.RedisError, OSError, ValueError):
        _known.mark, _known.until = None, now + READ_AFTER_FAULT
    return _known.mark
