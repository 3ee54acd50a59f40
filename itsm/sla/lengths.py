"""Working time as people write it in a table: 15 min, 4 h, 1 d, 2 d 4 h."""

import re
from datetime import timedelta

from core.reader import gettext as _
from core.wording import duration as duration_words
from processes.durations import WORKING_DAY, duration

HOUR = timedelta(hours=1)
UNITS = {
    "d": WORKING_DAY,
    "h": HOUR,
    "min": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
CALLED = {  # in English and in German, as people write them
    **dict.fromkeys(("d", "day", "days", "t", "tg", "tag", "tage"), "d"),
    **dict.fromkeys(("h", "hour", "hours", "std", "stunde", "stunden"), "h"),
    **dict.fromkeys(("min", "m", "minute", "minutes", "minuten"), "min"),
    **dict.fromkeys(("s", "sec", "seconds", "sek", "sekunden"), "s"),
}
PART = re.compile(r"(\d{1,5})\s*([a-z]+)\.?\s*")


def read(text: str) -> timedelta:
    """A length as it is typed, also in ISO 8601; a day is eight hours.

    ValueError with a sentence for what is none.
    """
    typed = text.strip()
    if typed[:1].upper() == "P":
        return duration(typed.upper(), day=WORKING_DAY)
    length, at = timedelta(0), 0
    for part in PART.finditer(typed.lower()):
        if part.start() != at or part[2] not in CALLED:
            break
        length, at = length + int(part[1]) * UNITS[CALLED[part[2]]], part.end()
    if not typed or at != len(typed):
        words = {"text": typed}
        raise ValueError(_("Write “%(text)s” like 30 min, 4 h or 2 d.") % words)
    return length


def say(length: timedelta) -> str:
    """A length as `read` reads it; a day is eight hours."""
    days, rest = divmod(length, WORKING_DAY)
    minutes, seconds = divmod(int(rest.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = _parts(days, hours, minutes, seconds)
    return " ".join(parts) or _("%(n)d min") % {"n": 0}


def short(length: timedelta | None) -> str:
    """A length in two units at most; a day is eight hours. Empty for none."""
    if length is None or length < WORKING_DAY:
        return duration_words(length)
    days, rest = divmod(length, WORKING_DAY)
    return " ".join(_parts(days, rest // HOUR, 0, 0))


def _parts(days: int, hours: int, minutes: int, seconds: int) -> list[str]:
    parts = [
        _("%(d)d d") % {"d": days} if days else "",
        _("%(h)d h") % {"h": hours} if hours else "",
        _("%(n)d min") % {"n": minutes} if minutes else "",
        _("%(n)d s") % {"n": seconds} if seconds else "",
    ]
    return [part for part in parts if part]
