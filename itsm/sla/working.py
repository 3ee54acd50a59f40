"""Working time in words: how much of it is left, and when it passes."""

from datetime import datetime, timedelta

from core import worktime
from core.reader import gettext as _
from core.wording import countdown

NOTHING = timedelta(0)
DAY = timedelta(days=1)
MOST_PERIODS = 40  # of a time that a browser counts down; longer ones stand still


def hours(length: timedelta) -> str:
    """Working time rounded down, days being no unit of it: 21 h 20, 35 min, 40 s."""
    if length < DAY:
        return countdown(length)
    whole, minutes = divmod(int(length.total_seconds()) // 60, 60)
    if not minutes:
        return _("%(h)d h") % {"h": whole}
    return _("%(h)d h %(m)02d") % {"h": whole, "m": minutes}


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
