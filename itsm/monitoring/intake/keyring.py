"""Which source a key belongs to, remembered for two seconds in each process."""

import time
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from itsm.monitoring.keys import digest
from itsm.monitoring.models import Source

SECONDS = 2.0
MOST = 10_000  # keys that a process remembers
LONGEST = 200  # characters; no key of ours is longer
_found: dict[str, tuple[float, "Known"]] = {}


@dataclass(frozen=True, slots=True)
class Known:
    """What the door has to know of a source; `until`: the key was rotated."""

    source: int
    per_minute: int
    until: datetime | None = None

    def is_over(self, at: datetime) -> bool:
        """Whether the key does not count any more."""
        return self.until is not None and at >= self.until


def find(key: str) -> Known | None:
    """The source with this key, or that had it. Keys that nobody has are looked up."""
    if not 0 < len(key) <= LONGEST:
        return None
    now = time.monotonic()
    remembered = _found.get(key)
    if remembered is not None and now - remembered[0] < SECONDS:
        return remembered[1]
    known = _look_up(digest(key))
    if known is not None:
        if len(_found) >= MOST:
            _found.clear()
        _found[key] = now, known
    else:
        _found.pop(key, None)
    return known


def forget() -> None:
    """Look every key up again: for who has just changed one in this process."""
    _found.clear()


def _look_up(hashed: str) -> Known | None:
    rows = Source.objects.filter(Q(key_digest=hashed) | Q(former_digest=hashed))
    columns = ("pk", "per_minute", "key_digest", "former_until")
    row = rows.values_list(*columns).first()
    if row is None:
        return None
    pk, per_minute, current, until = row
    return Known(pk, per_minute, None if current == hashed else until)
