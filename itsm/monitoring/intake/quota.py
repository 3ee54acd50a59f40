"""How often a source may call in a minute; counted in Valkey, unlimited without it.

A process takes a hundredth of the minute's calls at once, so that one call in many asks
Valkey. The limit is therefore kept to within a hundredth for each process.
"""

import logging
import time
from dataclasses import dataclass

import redis

from core import live

WINDOW = 60  # seconds
PART = 100  # of a minute's calls are taken at once
PAUSE = 5.0  # seconds in which a Valkey that failed is not asked again
MOST = 10_000  # sources that a process counts for
log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Held:
    minute: int
    left: int = 0
    is_full: bool = False


_held: dict[int, _Held] = {}
_rests_until = 0.0


def seconds_to_wait(source: int, per_minute: int) -> int:
    """0 where it may call, else how long it has to wait."""
    minute, gone = divmod(int(time.time()), WINDOW)
    held = _held.get(source)
    if held is None or held.minute != minute:
        if len(_held) >= MOST:
            _held.clear()
        held = _held[source] = _Held(minute)
    if not held.left and not held.is_full:
        held.left = _taken(source, per_minute, minute)
        held.is_full = not held.left
    if held.is_full:
        return WINDOW - gone
    held.left -= 1
    return 0


def forget() -> None:
    """Begin to count anew in this process (tests)."""
    global _rests_until
    _held.clear()
    _rests_until = 0.0


def _taken(source: int, per_minute: int, minute: int) -> int:
    """Calls that this process may let in; 0 where the minute has none left."""
    global _rests_until
    part = max(per_minute // PART, 1)
    if time.monotonic() < _rests_until:
        return part
    key = f"intake:{source}:{minute}"
    try:
        pipe = live.valkey().pipeline(transaction=False)
        pipe.incrby(key, part)
        pipe.expire(key, WINDOW * 2)
        total = int(pipe.execute()[0])
    except (redis.RedisError, OSError) as error:
        log.warning("calls of sources are not counted: %s", error)
        _rests_until = time.monotonic() + PAUSE
        return part
    return max(0, min(part, per_minute - (total - part)))
