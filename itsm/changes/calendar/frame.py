"""Which days a page of the calendar shows, and what it was narrowed to. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any
from urllib.parse import urlencode

from django.utils.dateparse import parse_date

from itsm.changes.models import Change

DAY, WEEK = timedelta(days=1), timedelta(days=7)
MONTH, WEEKLY, LIST = "month", "week", "list"
VIEWS = (MONTH, WEEKLY, LIST)
LISTED = 4 * WEEK
HOME = "/changes/calendar/"
EARLIEST, LATEST = 1990, 2200
NARROWS = ("service", "team", "model")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the address asks for: a view, a day in it, and of what alone."""

    view: str = MONTH
    day: date | None = None  # None: today
    service: str = ""
    team: str = ""
    model: str = ""

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "Wish":
        """From an address; what makes no sense is as if it were not there."""
        view = str(given.get("view", MONTH))
        try:
            day = parse_date(str(given.get("date", "")))
        except ValueError:
            day = None
        if day is not None and not EARLIEST <= day.year <= LATEST:
            day = None
        words = {n: str(given.get(n, "")).replace("\x00", "")[:50] for n in NARROWS}
        if words["model"] not in Change.Model.values:
            words["model"] = ""
        return cls(view if view in VIEWS else MONTH, day, **words)

    def url(self, **other: Any) -> str:
        """The address of this, or of this with something else."""
        wish = replace(self, **other)
        asked = {"view": wish.view if wish.view != MONTH else "", "date": wish.day}
        asked |= {name: getattr(wish, name) for name in NARROWS}
        said = urlencode({name: value for name, value in asked.items() if value})
        return f"{HOME}?{said}" if said else HOME

    @property
    def is_narrowed(self) -> bool:
        """Whether it shows some changes only."""
        return any(getattr(self, name) for name in NARROWS)


@dataclass(frozen=True, slots=True)
class Frame:
    """The days a view shows: from `first` up to `last`, which is not shown any more.

    `begin` and `end` are the days it is about: of a month without its neighbours' days.
    """

    view: str
    first: date
    last: date
    begin: date
    end: date
    earlier: date
    later: date

    @property
    def days(self) -> list[date]:
        """Every day, in order."""
        return [self.first + n * DAY for n in range((self.last - self.first).days)]

    def span(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """Its first and last moment by the clock of a zone."""
        return midnight(self.first, zone), midnight(self.last, zone)


def frame(view: str, day: date) -> Frame:
    """The days that a view with this day in it shows."""
    monday = day - day.weekday() * DAY
    if view == WEEKLY:
        last = monday + WEEK
        return Frame(view, monday, last, monday, last, monday - WEEK, last)
    if view == LIST:
        last = day + LISTED
        return Frame(view, day, last, day, last, day - LISTED, last)
    begin = day.replace(day=1)
    end = (begin + timedelta(days=31)).replace(day=1)
    first = begin - begin.weekday() * DAY
    last = end + (7 - end.weekday()) % 7 * DAY
    return Frame(view, first, last, begin, end, (begin - DAY).replace(day=1), end)


def midnight(day: date, zone: tzinfo) -> datetime:
    """The moment at which a day begins."""
    return datetime.combine(day, time(), tzinfo=zone)
