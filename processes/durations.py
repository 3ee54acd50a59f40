"""ISO 8601 durations as a process definition writes them: P10D, PT4H, P1DT4H."""

import re
from datetime import timedelta

from core.reader import gettext as _

WORKING_DAY = timedelta(hours=8)
CALENDAR_DAY = timedelta(days=1)

_SHAPE = re.compile(
    r"P(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,8})S)?)?"
)
_LONGEST = timedelta(days=3660)


def duration(text: object, *, day: timedelta) -> timedelta:
    """Read a duration; one D is `day` long, one W is seven of them.

    Months and years are refused because they have no fixed length. Raises
    ValueError with a sentence that says what to write instead.
    """
    shape = _SHAPE.fullmatch(text) if isinstance(text, str) else None
    parts = {k: int(v) for k, v in shape.groupdict().items() if v} if shape else {}
    if not parts or str(text).endswith("T"):
        raise ValueError(
            _("%(text)s is not a duration; write it like PT30M, PT4H, P10D or P1DT4H")
            % {"text": repr(text)}
        )
    days = parts.pop("days", 0) + 7 * parts.pop("weeks", 0)
    length = days * day + timedelta(**parts)
    if not timedelta() < length <= _LONGEST:
        raise ValueError(
            _("%(text)s must be longer than nothing and at most ten years")
            % {"text": text}
        )
    return length


def write(length: timedelta, *, day: timedelta) -> str:
    """Write a duration the way `duration` reads it with the same `day`."""
    days, rest = divmod(length, day)
    minutes, seconds = divmod(int(rest.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    time = "".join(
        f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n
    )
    return "P" + (f"{days}D" if days else "") + (f"T{time}" if time else "")
