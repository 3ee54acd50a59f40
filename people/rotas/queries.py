"""What the pages of rotas show. Each function says how many queries it costs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.reader import local
from people.models import Absence, Rota, RotaOverride, RotaSwap, User
from people.policy import allows
from people.rotas import plan, reading, specs

WEEK, DAY = timedelta(weeks=1), timedelta(days=1)
MINUTES = 7 * 24 * 60
AHEAD = timedelta(days=120)  # turns that can be swapped
MOST_TURNS = 60
AROUND = timedelta(days=35)  # so far a shift is followed beyond what a page shows


@dataclass(frozen=True, slots=True)
class Bar:
    """A shift as people read it; `left` and `width` are shares of its week."""

    position: int
    start: datetime
    end: datetime
    why: str
    person: User | None
    instead: User | None
    left: float = 0.0
    width: float = 0.0

    @property
    def is_gap(self) -> bool:
        """Somebody should be on duty, and nobody is."""
        return self.why == plan.Why.GAP

    @property
    def span(self) -> str:
        """From when until when, in words."""
        return span_words(self.start, self.end)

    @property
    def label(self) -> str:
        """Which layer, in words."""
        return position_words(self.position)

    @property
    def note(self) -> str:
        """Why it is not who has the turn."""
        if self.instead is None:
            return ""
        words = {
            plan.Why.COVER: _("covers %(name)s"),
            plan.Why.GAP: _("%(name)s is away, and nobody covers"),
        }.get(plan.Why(self.why), _("instead of %(name)s"))
        return words % {"name": self.instead.name}


@dataclass(frozen=True, slots=True)
class Duty:
    """One layer now: who, until when, who then."""

    now: Bar
    then: Bar | None


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days of the reader's in words, with a lane of bars for each layer."""

    days: list[str]
    today: int | None  # which of them it is now
    lanes: list[tuple[str, list[Bar]]]


@dataclass(frozen=True, slots=True)
class Line:
    """A rota in the list."""

    rota: Rota
    duties: list[Duty]
    zone_gone: bool

    @property
    def gaps(self) -> list[Bar]:
        """Layers in which nobody is on duty now, though somebody should be."""
        return [duty.now for duty in self.duties if duty.now.is_gap]


@dataclass(slots=True)
class Names:
    """People by id, read once."""

    people: dict[int, User] = field(default_factory=dict)

    @classmethod
    def of(cls, ids: Iterable[int | None]) -> "Names":
        """One query."""
        wanted = {pk for pk in ids if pk is not None}
        return cls(User.objects.in_bulk(wanted) if wanted else {})

    def get(self, pk: int | None) -> User | None:
        """Somebody, or nobody."""
        return None if pk is None else self.people.get(pk)


def position_words(position: int) -> str:
    """First, second … on duty."""
    words = {1: _("First"), 2: _("Second"), 3: _("Third")}
    return words.get(position) or _("Layer %(number)s") % {"number": position}


def rotas(user: User) -> QuerySet[Rota]:
    """The rotas a person may see."""
    return Rota.objects.all() if allows(user, "rota.see") else Rota.objects.none()


def absences(user: User) -> QuerySet[Absence]:
    """The absences a person may see: all, for those who work here."""
    rows = Absence.objects.select_related("user", "cover")
    return rows if allows(user, "rota.see") else rows.none()


def in_use(user: User, at: datetime) -> list[Line]:
    """All rotas in use with who is on duty now, gaps first; six queries."""
    rows = rotas(user).filter(is_active=True)
    found = reading.plans(rows, at, at + WEEK + DAY)
    shifts = {r.pk: plan.shifts(rules, at, at + WEEK + DAY) for r, rules in found}
    names = names_in(shift for mine in shifts.values() for shift in mine)
    lines = [
        Line(rota, duties(shifts[rota.pk], names), zone_gone(rota))
        for rota, _rules in found
    ]
    return sorted(lines, key=lambda line: (not line.gaps, line.rota.name.lower()))


def zone_gone(rota: Rota) -> bool:
    """Whether this machine knows the rota's time zone no longer."""
    return specs.zone_named(rota.time_zone) is None


def names_in(shifts: Iterable[plan.Shift]) -> Names:
    """Everybody whom shifts name; one query."""
    return Names.of(pk for shift in shifts for pk in (shift.person, shift.instead_of))


def duties(shifts: Sequence[plan.Shift], names: Names) -> list[Duty]:
    """Who is on duty at the beginning of these shifts, and after; no query."""
    found = []
    for position in sorted({shift.position for shift in shifts}):
        mine = merged([shift for shift in shifts if shift.position == position])
        then = bar(mine[1], names) if len(mine) > 1 else None
        found.append(Duty(bar(mine[0], names), then))
    return found


def merged(shifts: Sequence[plan.Shift]) -> list[plan.Shift]:
    """The shifts with turns of one person in a row as one."""
    found: list[plan.Shift] = []
    for shift in shifts:
        last = found[-1] if found else None
        same = last and (last.person, last.why, last.instead_of) == (
            *(shift.person, shift.why, shift.instead_of),
        )
        if last and same:
            found[-1] = plan.Shift(
                last.position,
                last.start,
                shift.end,
                last.person,
                last.why,
                last.layer,
                last.turn,
                last.instead_of,
            )
        else:
            found.append(shift)
    return found


def bar(shift: plan.Shift, names: Names, left: float = 0.0, width: float = 0.0) -> Bar:
    """A shift with its people."""
    return Bar(
        shift.position,
        shift.start,
        shift.end,
        shift.why.value,
        names.get(shift.person),
        names.get(shift.instead_of),
        left,
        width,
    )


def weeks(
    shifts: Sequence[plan.Shift],
    monday: datetime,
    count: int,
    names: Names,
    now: datetime,
) -> list[Week]:
    """The shifts week by week, by the clock of whoever reads; no query."""
    found = []
    edges = [monday + number * WEEK for number in range(count + 1)]  # on the wall
    positions = sorted({shift.position for shift in shifts})
    for start, end in pairwise(edges):
        first = local(start).date()
        lanes = [
            (
                position_words(position),
                [
                    _placed(shift, start, end, names)
                    for shift in shifts
                    if shift.position == position
                    and shift.start < end
                    and shift.end > start
                    and shift.why is not plan.Why.OFF
                ],
            )
            for position in positions
        ]
        days = [first + number * DAY for number in range(7)]
        today = local(now).date()
        words = [day_words(day) for day in days]
        found.append(Week(words, days.index(today) if today in days else None, lanes))
    return found


def day_words(day: date) -> str:
    """A day of a week in few letters: Mon 5 Jan."""
    # Translators: a day of the week, in the letters of Django's date filter
    return date_format(day, _("D j M"))


def span_words(start: datetime, end: datetime) -> str:
    """Mon 5 Jan 09:00 – Mon 12 Jan 09:00; the day once where it is the same."""
    begins, ends = local(start), local(end)
    words = f"{day_words(begins.date())} {begins:%H:%M} – "
    if begins.date() != ends.date():
        words += f"{day_words(ends.date())} "
    return f"{words}{ends:%H:%M}"


def monday_of(at: datetime) -> datetime:
    """The midnight at which the reader's week began."""
    here = local(at)
    day = here.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return day - timedelta(days=here.weekday())  # the same zone: a wall time


def _placed(shift: plan.Shift, start: datetime, end: datetime, names: Names) -> Bar:
    left = _share(max(shift.start, start), start)
    right = _share(min(shift.end, end), start) if shift.end < end else 1.0
    return bar(shift, names, round(left, 4), round(max(right - left, 0.01), 4))


def _share(at: datetime, monday: datetime) -> float:
    """How far into its week a moment is, on the clock on the wall."""
    gone = local(at).replace(tzinfo=None) - local(monday).replace(tzinfo=None)
    return gone / timedelta(minutes=MINUTES)


def agenda(
    shifts: Sequence[plan.Shift], first: datetime, names: Names
) -> list[tuple[str, list[Bar]]]:
    """The shifts by the day on which they begin, or the first shown; no query."""
    days: dict[date, list[Bar]] = {}
    wanted = (shift for shift in shifts if shift.why is not plan.Why.OFF)
    for shift in sorted(wanted, key=lambda one: (one.start, one.position)):
        day = local(max(shift.start, first)).date()
        days.setdefault(day, []).append(bar(shift, names))
    return [(day_words(day), bars) for day, bars in days.items()]


def with_spans(rows: Iterable[Any]) -> list[tuple[Any, str]]:
    """Rows that start and end, with from when until when in words."""
    return [(row, span_words(row.starts_at, row.ends_at)) for row in rows]


def overrides_ahead(rota: Rota, at: datetime) -> list[RotaOverride]:
    """What was changed for a while and is not over; one query."""
    rows = RotaOverride.objects.filter(rota=rota, ends_at__gt=at)
    return list(rows.select_related("user").order_by("starts_at", "pk"))


@dataclass(frozen=True, slots=True)
class Exchange:
    """A swap as people read it: what each of the two gives."""

    row: RotaSwap
    one: str
    other: str


def swaps(
    rotas: QuerySet[Rota], at: datetime, *, of: User | None = None
) -> list[Exchange]:
    """Swaps that are proposed or agreed and not over; one query."""
    states = [RotaSwap.State.PROPOSED, RotaSwap.State.AGREED]
    rows = RotaSwap.objects.filter(rota__in=rotas, state__in=states)
    if of is not None:
        rows = rows.filter(Q(one_user=of) | Q(other_user=of))
    rows = rows.select_related(
        *("rota", "one_layer", "other_layer", "one_user", "other_user")
    )
    found = []
    for row in rows.order_by("-state", "proposed_at", "pk"):
        times = [
            turn_times(specs.layer(layer), turn)
            for layer, turn in (
                (row.one_layer, row.one_turn),
                (row.other_layer, row.other_turn),
            )
        ]
        ends = [end for _start, end in times]
        is_proposed = row.state == RotaSwap.State.PROPOSED
        if (min(ends) if is_proposed else max(ends)) > at:
            found.append(Exchange(row, *(span_words(*span) for span in times)))
    return found


def turn_times(layer: plan.Layer, turn: int) -> tuple[datetime, datetime]:
    """From when until when a turn lasts, as far as its layer is in force."""
    return layer.part(layer.turn_begins(turn), layer.turn_begins(turn + 1))


@dataclass(frozen=True, slots=True)
class TurnAhead:
    """A turn that somebody has, now or later."""

    layer: int
    number: int
    position: int
    holder: int
    start: datetime
    end: datetime

    @property
    def key(self) -> str:
        """How a form names it."""
        return f"{self.layer}:{self.number}"


def turns_ahead(rules: plan.Rota, at: datetime) -> list[TurnAhead]:
    """The turns of the next months, swaps counted; no query."""
    found: list[TurnAhead] = []
    for layer in rules.layers:
        since, until = layer.part(at, at + AHEAD)
        if since >= until:
            continue
        turn = layer.turn_at(since)
        while (begins := layer.turn_begins(turn)) < until and len(found) < MOST_TURNS:
            start, end = turn_times(layer, turn)
            if start < end and end > at:
                found.append(
                    TurnAhead(
                        layer.id,
                        turn,
                        layer.position,
                        rules.holder((layer.id, turn)),
                        max(begins, start),
                        end,
                    )
                )
            turn += 1
    return sorted(found, key=lambda one: (one.start, one.position))


def shifts_of(
    user: User, start: datetime, end: datetime
) -> list[tuple[Rota, plan.Shift]]:
    """Everything one person is on duty for between two instants, by time; five
    queries. A shift begins and ends when it does, not with what was asked for."""
    rows = Rota.objects.filter(is_active=True)
    around = start - AROUND, end + AROUND
    found = [
        (rota, shift)
        for rota, rules in reading.plans(rows, *around)
        for shift in plan.shifts(rules, *around)
        if shift.person == user.pk and shift.start < end and shift.end > start
    ]
    return sorted(found, key=lambda one: (one[1].start, one[1].position))


def absences_ahead(at: datetime) -> QuerySet[Absence]:
    """Who is away now or later, by when it begins; one query."""
    rows = Absence.objects.filter(ends_at__gt=at, user__is_active=True)
    return rows.select_related("user", "cover").order_by("starts_at", "pk")
