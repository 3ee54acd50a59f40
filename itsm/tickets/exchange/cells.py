"""What a cell of a foreign table may hold: times, as they are written there."""

from datetime import UTC, datetime
from functools import lru_cache

YEARS = range(1900, 2201)  # that tickets have


@lru_cache(maxsize=100_000)
def day_month_year(cell: str) -> datetime:
    """`29/2/2016 01:16` (or the day alone) as an instant in UTC. Raises ValueError."""
    day, _, clock = cell.partition(" ")
    date = [int(part) for part in day.split("/")]
    time = [int(part) for part in clock.split(":")] if clock else [0, 0]
    if len(date) != 3 or len(time) not in (2, 3):
        raise ValueError(f"{cell!r} is not a day/month/year and a time")
    if date[2] not in YEARS:
        raise ValueError(f"{cell!r} is not in a year that tickets have")
    hour, minute, second = (*time, 0)[:3]
    return datetime(date[2], date[1], date[0], hour, minute, second, tzinfo=UTC)


@lru_cache(maxsize=100_000)
def iso(cell: str) -> datetime:
    """An ISO 8601 date or instant; without an offset it is UTC. Raises ValueError."""
    at = datetime.fromisoformat(cell)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def instant(cell: str) -> datetime:
    """ISO 8601 or day/month/year. Raises ValueError, also for year 1 or 9999."""
    try:
        at = iso(cell)
    except (ValueError, OverflowError):
        at = day_month_year(cell)
    if at.year not in YEARS:
        raise ValueError(f"{cell!r} is not in a year that tickets have")
    return at


def write_instant(at: datetime) -> str:
    """An instant as ISO 8601 in UTC, to the microsecond where it has any."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
