"""When working time passes, for a browser that counts it down."""

from datetime import datetime

from core import worktime

MOST_PERIODS = 40  # of a time that a browser counts down; longer ones stand still


def periods(calendar: worktime.Calendar, start: datetime, end: datetime) -> str:
    """The working periods between two instants as milliseconds since 1970, for
    relative-time.js: "1772442000000-1772470800000 …"; empty where they are many.
    """
    found: list[str] = []
    at = start
    while at < end:
        period = worktime.first_period(calendar, at)
        if period is None or period.begin >= end:
            break
        if len(found) == MOST_PERIODS:
            return ""
        closes = min(period.end or end, end)
        found.append(f"{_millis(max(period.begin, start))}-{_millis(closes)}")
        at = closes
    return " ".join(found)


def _millis(at: datetime) -> int:
    return int(at.timestamp() * 1000)
