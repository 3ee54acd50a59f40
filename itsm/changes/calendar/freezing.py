"""When freezes hold: their repeats written out. Pure: no clock, no database.

A freeze that repeats comes by the clock on the wall of its own time zone: from 18:00 to
06:00 stays so when the clocks change. A day that a month lacks is its last; a time that
a clock change leaves out is the first moment after it; of a time that comes twice a
freeze holds from the first until the second.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from itsm.changes.calendar.collisions import Span, first_free
from people.rotas.local import instant, wall

LAST_YEAR = 9000  # of the calendar that Python knows
SHORTEST = timedelta(microseconds=1)  # of what goes at one moment
MONTHLY, MONTH_END, YEARLY = "monthly", "month_end", "yearly"
STEPS = {MONTHLY: 1, MONTH_END: 1, YEARLY: 12}  # months


@dataclass(frozen=True, slots=True)
class Rule:
    """One freeze: its first time, how it repeats, and which models go all the same."""

    key: int
    name: str
    start: datetime
    end: datetime
    zone: ZoneInfo
    repeat: str = ""
    until: date | None = None  # the last day on which it begins again
    allows: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Held:
    """One time that a freeze holds."""

    rule: Rule
    start: datetime
    end: datetime


def held(rules: Iterable[Rule], start: datetime, end: datetime) -> list[Held]:
    """Every time that freezes hold between two moments, the first first."""
    found = [
        Held(rule, *span) for rule in rules for span in occurrences(rule, start, end)
    ]
    return sorted(found, key=lambda one: (one.start, one.end, one.rule.key))


def occurrences(rule: Rule, start: datetime, end: datetime) -> Iterator[Span]:
    """The times of one freeze that touch the time between two moments."""
    if rule.start < end and rule.end > start:
        yield rule.start, rule.end
    if not rule.repeat:
        return
    first, length = wall(rule.zone, rule.start), _wall_length(rule)
    step = STEPS[rule.repeat]
    # the last that may still hold at `start` began a length, or a month more, before
    here = wall(rule.zone, start) - length - timedelta(days=32)
    passed = (here.year - first.year) * 12 + here.month - first.month
    n = max(passed // step, 1)
    while first.year + n * step // 12 < LAST_YEAR:
        begin = _moved(first, n * step, from_the_end=rule.repeat == MONTH_END)
        n += 1
        span = instant(rule.zone, begin), _last(rule.zone, begin + length)
        if span[0] >= end or (rule.until is not None and begin.date() > rule.until):
            return
        if span[1] > start and span[0] < span[1]:
            yield span


def over(spans: Iterable[Held], start: datetime, end: datetime) -> datetime | None:
    """From when on what was to go between two moments may go, as long as then.

    None where no freeze holds. What waits for one freeze to end is not sent into the
    next.
    """
    length = max(end - start, SHORTEST)
    free = first_free(length, start, ((one.start, one.end) for one in spans))
    return None if free == start else free


def _wall_length(rule: Rule) -> timedelta:
    return wall(rule.zone, rule.end) - wall(rule.zone, rule.start)


def _moved(first: datetime, months: int, *, from_the_end: bool) -> datetime:
    """The same day so many months on, or as many days before that month's end."""
    years, month = divmod(first.month - 1 + months, 12)
    year, month = first.year + years, month + 1
    last = monthrange(year, month)[1]
    if from_the_end:
        before = monthrange(first.year, first.month)[1] - first.day
        return first.replace(year=year, month=month, day=max(last - before, 1))
    return first.replace(year=year, month=month, day=min(first.day, last))


def _last(zone: ZoneInfo, at: datetime) -> datetime:
    """The last instant at which the clock on the wall comes to show it."""
    return max(instant(zone, at), at.replace(tzinfo=zone, fold=1).astimezone(UTC))
