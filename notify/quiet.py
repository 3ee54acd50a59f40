"""When a message may leave: quiet hours and digests, in the person's own zone. Pure."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings

DAY = timedelta(days=1)


def zone_of(name: str) -> ZoneInfo:
    """The person's zone; the installation's where they chose none, or one that is
    gone."""
    try:
        return ZoneInfo(name or settings.TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(settings.TIME_ZONE)


def end_of_quiet(
    at: datetime, zone: ZoneInfo, begins: time | None, ends: time | None
) -> datetime:
    """The end of the quiet hours `at` lies in; `at` itself outside of them.

    They may go over midnight; without a length there are none. Their end is what the
    clock on the wall says: one that is skipped in spring is an hour later there, of
    one that comes twice in autumn the first counts that is still ahead.
    """
    if begins is None or ends is None or begins == ends:
        return at
    here = at.astimezone(zone)
    now = here.time()
    if begins < ends:
        inside = begins <= now < ends
        day = here.date()
    else:
        inside = now >= begins or now < ends
        day = here.date() + (DAY if now >= begins else timedelta(0))
    if not inside:
        return at
    return _next(at, datetime.combine(day, ends, tzinfo=zone))


def next_digest(at: datetime, zone: ZoneInfo, hour: time) -> datetime:
    """The next time the clock on the wall says so, after `at`."""
    day = at.astimezone(zone).date()
    for _ in range(3):
        found = _next(at, datetime.combine(day, hour, tzinfo=zone))
        if found > at:
            return found
        day += DAY
    return found


def _next(at: datetime, wall: datetime) -> datetime:
    """A wall's time as an instant; the second of two where the first is over."""
    first = wall.astimezone(UTC)
    return first if first > at else wall.replace(fold=1).astimezone(UTC)
