"""Moments as people write them in an address: `2026-11-22`, `today`, `-3d`, `+4h`.

Those that stand relative to now keep their meaning when the address is saved.
"""

import re
from datetime import datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as T

from core.reader import gettext as _
from core.reader import local
from core.wording import clock_words, duration

UNITS = {"h": "hours", "d": "days", "w": "weeks"}
SPAN = re.compile(r"([+-]?)(\d{1,4})([hdw])\Z", re.ASCII)
OFFERED: tuple[tuple[str, Any], ...] = (  # what a form suggests
    ("today", T("Today, from midnight")),
    ("yesterday", T("Yesterday, from midnight")),
    ("week", T("This week, from Monday")),
    ("month", T("This month, from the first")),
    ("now", T("Now")),
    ("-4h", T("4 hours ago")),
    ("-3d", T("3 days ago")),
    ("-7d", T("7 days ago")),
    ("+1d", T("In one day")),
)


def read(text: str, *, at: datetime) -> datetime | None:
    """The instant that a word or date means at `at`; None where it means nothing.

    Days begin at midnight where the reader is.
    """
    text = text.strip().lower()
    here = local(at)
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    named = {
        "now": at,
        "today": midnight,
        "yesterday": midnight - timedelta(days=1),
        "tomorrow": midnight + timedelta(days=1),
        "week": midnight - timedelta(days=midnight.weekday()),
        "month": midnight.replace(day=1),
    }
    if text in named:
        return named[text]
    if span := SPAN.match(text):
        sign, number, unit = span.groups()
        length = timedelta(**{UNITS[unit]: int(number)})
        return at + length if sign == "+" else at - length
    return _dated(text, here)


def _dated(text: str, here: datetime) -> datetime | None:
    """A day or an instant in ISO 8601."""
    try:
        if (day := parse_date(text)) is not None:
            found = datetime(day.year, day.month, day.day, tzinfo=here.tzinfo)
        else:
            found = parse_datetime(text.upper().replace(" ", "+"))  # type: ignore[assignment]
    except ValueError:
        return None
    if found is None or not 1970 <= found.year <= 9000:
        return None
    return found if found.tzinfo else found.replace(tzinfo=here.tzinfo)


def moves(text: str) -> bool:
    """Whether the same word means another instant tomorrow."""
    return not text[:4].isdigit()


def words(text: str, *, at: datetime) -> str:
    """A moment as a chip says it: “3 days ago”, “today”, “22 Nov 09:00”."""
    key = text.strip().lower()
    named = {
        "now": _("now"),
        "today": _("today"),
        "yesterday": _("yesterday"),
        "tomorrow": _("tomorrow"),
        "week": _("Monday"),
        "month": _("the first of the month"),
    }
    if key in named:
        return named[key]
    if span := SPAN.match(key):
        sign, number, unit = span.groups()
        length = duration(timedelta(**{UNITS[unit]: int(number)}))
        form = _("in %(time)s") if sign == "+" else _("%(time)s ago")
        return form % {"time": length}
    moment = read(text, at=at)
    return clock_words(moment, now=at) if moment else text
