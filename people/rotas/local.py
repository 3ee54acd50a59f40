"""Local times of a zone as instants. No clock, no database."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

SECOND = timedelta(seconds=1)


@lru_cache(maxsize=65_536)
def instant(zone: ZoneInfo, wall: datetime) -> datetime:
    """The UTC instant at which a clock on the wall first shows `wall` or later.

    So a time that the clock change leaves out is the first instant after the gap, and
    one that comes twice is its first. Later wall times never come earlier.
    """
    before = wall.replace(tzinfo=zone, fold=0)
    found = before.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    late = found  # by the offset before the change, so behind it
    early = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    while late - early > SECOND:  # changes happen at whole seconds
        middle = early + (late - early) // 2 // SECOND * SECOND
        if middle.astimezone(zone).replace(tzinfo=None) >= wall:
            late = middle
        else:
            early = middle
    return late.replace(microsecond=0)


def wall(zone: ZoneInfo, at: datetime) -> datetime:
    """What a clock on the wall shows at an instant."""
    return at.astimezone(zone).replace(tzinfo=None)
