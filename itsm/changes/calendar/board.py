"""The calendar as a month, a week by service, or a list: every value worded."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from core.reader import gettext as _
from core.reader import local
from itsm.changes.calendar import words
from itsm.changes.calendar.content import Content, Entry
from itsm.changes.calendar.frame import DAY, Frame, Wish
from itsm.changes.calendar.reading import Planned, state_names
from itsm.changes.models import Change
from itsm.tickets.states import StateCategory

SHOWN = 4  # changes in a day of the month; the others are behind a link
LAST = 7.0  # where a week ends
SIGNS = {"std": "check", "norm": "users", "high": "shield", "emer": "bolt"}
LOOKS = {
    StateCategory.NEW.value: "draft",
    StateCategory.ACTIVE.value: "now",
    StateCategory.RESOLVED.value: "done",
    StateCategory.CLOSED.value: "done",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One change. `kind` std, norm, high or emer; `look` draft, now, done or none."""

    number: str
    url: str
    title: str
    kind: str
    sign: str
    look: str
    collides: str
    short: str  # the time, where there is little room
    time: str
    says: str  # all that the words shown do not say
    title_words: str
    state: str = ""
    category: str = ""
    service: str = ""
    left: float = 0
    right: float = 0
    row: int = 0
    begins: float = 0  # where its words stand: in the column of the day it begins


@dataclass(frozen=True, slots=True)
class Ribbon:
    """Something that lasts: which days of its week, and whether it goes on before and
    after."""

    entry: Entry
    first: float
    last: float
    begins: bool
    ends: bool
    says: str
    row: int = 0


@dataclass(frozen=True, slots=True)
class Day:
    """One day with what is in it."""

    day: date
    name: str
    url: str
    holiday: str
    is_today: bool
    is_outside: bool
    bars: list[Bar]
    more: int


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days and what lasts over them."""

    days: list[Day]
    ribbons: list[Ribbon]
    rows: int  # of ribbons


@dataclass(slots=True)
class Lane:
    """A service's line of a week: its bars in rows, and what lasts."""

    name: str
    count: int = 0
    rows: int = 1
    bars: list[Bar] = field(default_factory=list)
    ribbons: list[Ribbon] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two changes that get in each other's way: when both run, and what they share."""

    one: Planned
    other: Planned
    when: str
    why: str


class Board:
    """What a page shows of a content: `weeks`, `lanes` or `days`."""

    def __init__(
        self,
        content: Content,
        frame: Frame,
        wish: Wish,
        holidays: Mapping[date, str],
        today: date,
    ) -> None:
        self._content, self._frame, self._wish = content, frame, wish
        self._holidays, self._today = holidays, today
        self._words = {
            "std": _("standard"),
            "norm": _("normal"),
            "high": _("high risk"),
            "emer": _("emergency"),
        }
        self._states = state_names(content.changes)

    @property
    def count(self) -> int:
        """How many changes touch the days that the page is about."""
        begin, end = self._frame.begin, self._frame.end
        return sum(
            _day(one.window.start) < end and words.last_day(one.window.end) >= begin
            for one in self._content.changes
        )

    def weeks(self) -> list[Week]:
        """The month, week by week."""
        by_day: dict[date, list[Planned]] = defaultdict(list)
        for one in self._content.changes:
            for day in self._days_of(one.window.start, one.window.end):
                by_day[day].append(one)
        days = self._frame.days
        weeks = [days[n : n + 7] for n in range(0, len(days), 7)]
        return [self._week(week, by_day) for week in weeks]

    def lanes(self) -> list[Lane]:
        """The week, a lane for each service with something in it, by name."""
        found: dict[str, Lane] = {}
        first = self._frame.first
        for entry in self._content.entries:
            left, right = self._place(entry.start), self._place(entry.end)
            if left < right:
                for slug, name in (entry.services or {"": _("Every service")}).items():
                    lane = found.setdefault(slug, Lane(name))
                    lane.ribbons.append(self._ribbon(entry, left, right, first, 7))
        for one in self._content.changes:
            slug = one.service_slug or "-"
            lane = found.setdefault(slug, Lane(one.service or _("No service yet")))
            lane.bars.append(self._bar(one, None))
        for lane in found.values():
            lane.count = len(lane.bars)
            lane.ribbons, above = _stacked(lane.ribbons)
            lane.bars, lane.rows = _packed(lane.bars, above)
        return [found[k] for k in sorted(found, key=lambda k: (k > "", found[k].name))]

    def days(self) -> list[Day]:
        """The list: each change at the day it begins, or the first one shown."""
        by_day: dict[date, list[Planned]] = defaultdict(list)
        for one in self._content.changes:
            by_day[max(_day(one.window.start), self._frame.first)].append(one)
        return [
            self._day(day, by_day[day], most=None)
            for day in self._frame.days
            if by_day[day] or day in self._holidays or day == self._today
        ]

    def week_days(self) -> list[Day]:
        """The days above a week's lanes."""
        return [self._day(day, ()) for day in self._frame.days]

    def lasting(self) -> list[Ribbon]:
        """What lasts, for the list."""
        last = len(self._frame.days)
        return [
            self._ribbon(one, 0, last, self._frame.first, last)
            for one in self._content.entries
        ]

    def _week(
        self, week: Sequence[date], by_day: Mapping[date, Sequence[Planned]]
    ) -> Week:
        ribbons, rows = _stacked(self._ribbons(week))
        return Week([self._day(d, by_day.get(d, ())) for d in week], ribbons, rows)

    def _day(
        self, day: date, found: Sequence[Planned], most: int | None = SHOWN
    ) -> Day:
        cut = len(found) if most is None or len(found) <= most else most - 1
        return Day(
            day,
            words.day(day),
            self._wish.url(view="list", day=day),
            self._holidays.get(day, ""),
            day == self._today,
            not self._frame.begin <= day < self._frame.end,
            [self._bar(one, day) for one in found[:cut]],
            len(found) - cut,
        )

    def _bar(self, one: Planned, day: date | None) -> Bar:
        start, end = one.window.start, one.window.end
        kind = _kind(one)
        state = self._states[one.version, one.state]
        collides = self._collides(one)
        about = ", ".join(filter(None, (self._words[kind], state, collides)))
        left, right = (self._place(start), self._place(end)) if day is None else (0, 0)
        return Bar(
            *(one.number, one.url, one.title, kind),
            "alarm" if collides else SIGNS[kind],
            LOOKS.get(one.category, ""),
            collides,
            words.brief(start, end, day or _day(start)),
            words.hours(start, end, day) if day else words.span(start, end),
            f", {one.number}, {about}",
            f"{one.number} {one.title}, {words.span(start, end)}: {about}",
            state,
            one.category,
            one.service or "",
            left,
            right,
        )

    def _collides(self, one: Planned) -> str:
        met = self._content.met.get(one.window.key)
        if not met:
            return ""
        keys = dict.fromkeys(each.other.key for each in met)
        numbers = ", ".join(self._content.by_key[key].number for key in keys)
        return _("collides with %(numbers)s") % {"numbers": numbers}

    def _days_of(self, start: datetime, end: datetime) -> Iterator[date]:
        day = max(_day(start), self._frame.first)
        last = min(words.last_day(end), self._frame.last - DAY)
        while day <= last:
            yield day
            day += DAY

    def _ribbons(self, week: Sequence[date]) -> list[Ribbon]:
        found = []
        for entry in self._content.entries:
            first = (_day(entry.start) - week[0]).days
            last = (words.last_day(entry.end) - week[0]).days
            if first < 7 and last >= 0:
                left, right = max(first, 0), min(last, 6) + 1
                found.append(self._ribbon(entry, left, right, week[0], 7))
        return found

    def _ribbon(
        self, entry: Entry, left: float, right: float, first: date, many: int
    ) -> Ribbon:
        begins = _day(entry.start) >= first
        ends = words.last_day(entry.end) < first + many * DAY
        span = words.span(entry.start, entry.end)
        of = ", ".join(entry.services.values())
        told = ", ".join(filter(None, (of, span, entry.note)))
        return Ribbon(entry, left, right, begins, ends, told)

    def _place(self, at: datetime) -> float:
        """Days since the first one shown, by the clock on the wall."""
        here = local(at)
        days = (here.date() - self._frame.first).days
        part = (here.hour * 60 + here.minute) / (24 * 60)
        return round(min(max(days + part, 0), len(self._frame.days)), 4)


def meetings(content: Content, at: datetime) -> list[Meeting]:
    """Every two changes of the page that are still to get in each other's way, the
    next first; each pair once."""
    wanted = {one.window.key for one in content.changes}
    found: list[Meeting] = []
    for key, met in content.met.items():
        shared: dict[int, list[str]] = defaultdict(list)
        one = content.by_key[key]
        for each in met:
            other = content.by_key[each.other.key]
            is_told = each.other.key in wanted or key in wanted
            if is_told and _is_before(one, other) and _until(one, other) > at:
                shared[each.other.key] += words.why(
                    [(each.kind, each.why)], one.service, other
                )
        for pk, told in shared.items():
            other = content.by_key[pk]
            when = words.span(other.window.start, _until(one, other))
            found.append(Meeting(one, other, when, "; ".join(told)))
    return sorted(found, key=lambda m: (m.other.window.start, m.other.number))


def _is_before(one: Planned, other: Planned) -> bool:
    mine, its = one.window, other.window
    return (mine.start, mine.key) < (its.start, its.key)


def _until(one: Planned, other: Planned) -> datetime:
    return min(one.window.end, other.window.end)


def _kind(one: Planned) -> str:
    if one.model == Change.Model.EMERGENCY:
        return "emer"
    if one.model == Change.Model.STANDARD:
        return "std"
    return "high" if one.risk == Change.Risk.HIGH else "norm"


def _stacked(ribbons: Iterable[Ribbon]) -> tuple[list[Ribbon], int]:
    """The ribbons in rows in which none covers another, and how many rows."""
    rows = _Rows()
    placed = [replace(one, row=rows.find(one.first, one.last)) for one in ribbons]
    return placed, len(rows.ends)


def _packed(bars: Iterable[Bar], above: int) -> tuple[list[Bar], int]:
    """The same of bars, below so many rows of ribbons; words need a day's room."""
    rows = _Rows([LAST] * above)
    placed = []
    for bar in bars:
        begins = float(int(bar.left))
        row = rows.find(begins, max(bar.right, begins + 1))
        placed.append(replace(bar, row=row, begins=begins))
    return placed, max(len(rows.ends), 1)


class _Rows:
    """Rows that fill up from the left."""

    def __init__(self, ends: Iterable[float] = ()) -> None:
        self.ends = list(ends)

    def find(self, left: float, right: float) -> int:
        """The first row with room, which is taken then."""
        row = next((n for n, end in enumerate(self.ends) if end <= left), None)
        if row is None:
            self.ends.append(right)
            return len(self.ends) - 1
        self.ends[row] = right
        return row


def _day(at: datetime) -> date:
    return local(at).date()
