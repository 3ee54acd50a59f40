"""Days as people type them into a query: `2026-11-01`, `today`, `7d`."""

import re
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from core.reader import local
from core.wording import day_words

EXAMPLES = ("2026-11-01", "2026-11", "today", "yesterday", "7d", "4w")
DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
_AGO = re.compile(r"(\d{1,4})([dwmy])")
_DAY = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?")


def instant(text: str, *, at: datetime) -> datetime | None:
    """The beginning of the day that is meant, in the reader's zone; None: no day."""
    text = text.strip().lower()
    today = timezone.localtime(at).date()
    if text in {"today", "yesterday"}:
        return _begin(today - timedelta(days=text == "yesterday"))
    if ago := _AGO.fullmatch(text):
        try:
            return _begin(today - timedelta(days=int(ago[1]) * DAYS[ago[2]]))
        except OverflowError:
            return None
    if found := _DAY.fullmatch(text):
        try:
            return _begin(date(int(found[1]), int(found[2]), int(found[3] or 1)))
        except (ValueError, OverflowError):
            return None
    return None


def day(when: datetime) -> str:
    """The day in words, in the reader's zone and language."""
    return day_words(local(when).date())


def _begin(of: date) -> datetime:
    if of.year < 2:  # no zone can be east of the first day
        raise OverflowError
    return timezone.make_aware(datetime.combine(of, time()))
