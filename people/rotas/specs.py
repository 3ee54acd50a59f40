"""What a layer is made of, as somebody writes it down, and whether that can be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.errors import Invalid
from people.models import RotaLayer, User
from people.rotas import plan
from people.rotas.local import instant

MOST_LAYERS, MOST_PEOPLE, MOST_HOURS = 5, 60, 42
MOST_TURN = {plan.Unit.HOURS: 336, plan.Unit.DAYS: 90, plan.Unit.WEEKS: 26}
LEAST_HOURS = 1
DAY_MINUTES = 24 * 60
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NO_ZONE = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Spec:
    """One layer: who, for how long each, counted from which hand-over, in what hours.

    `hours` are (weekday, from, to) in minutes after midnight; none: day and night.
    """

    people: tuple[int, ...]
    every: int
    unit: str
    starts: date
    hand_over: time
    hours: tuple[tuple[int, int, int], ...] = ()


def zone_named(name: str) -> ZoneInfo | None:
    """The zone; None where this machine knows it no longer."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        return None


def check_zone(name: str) -> None:
    """Raise Invalid for a zone that does not exist."""
    if name not in available_timezones():
        raise Invalid({"time_zone": [_("There is no such time zone.")]})


def check(specs: Sequence[Spec]) -> None:
    """Raise Invalid, with a sentence, for layers that nobody could keep."""
    why = next((w for w in _faults(specs) if w), "")
    if why:
        raise Invalid({"layers": [why]})


def _faults(specs: Sequence[Spec]) -> list[str]:
    if not specs:
        return [_("A rota needs a layer with somebody on it.")]
    if len(specs) > MOST_LAYERS:
        return [_("At most %(most)s layers are possible.") % {"most": MOST_LAYERS}]
    return [_fault(spec) for spec in specs] + [_no_access(specs)]


def _fault(spec: Spec) -> str:
    """What is wrong with one layer; empty where nothing is."""
    if not spec.people:
        return _("A layer needs somebody on it.")
    if len(spec.people) > MOST_PEOPLE:
        words = {"most": MOST_PEOPLE}
        return _("At most %(most)s turns are possible in one order.") % words
    if spec.unit not in list(plan.Unit):
        return _("A turn is counted in hours, days or weeks.")
    most = MOST_TURN[plan.Unit(spec.unit)]
    if not LEAST_HOURS <= spec.every <= most:
        limits = {"most": most, "unit": unit_words(spec.unit)}
        return _("A turn has at least 1 and at most %(most)s %(unit)s.") % limits
    if not 1970 <= spec.starts.year <= 2200:
        return _("The first hand-over is too far away.")
    if len(spec.hours) > MOST_HOURS:
        return _("There are too many hours; write them shorter.")
    for weekday, opens, closes in spec.hours:
        is_day = 0 <= weekday < 7 and 0 <= opens < DAY_MINUTES
        if not (is_day and opens < closes <= opens + DAY_MINUTES):
            return _("Hours begin on their day and end within 24 hours after.")
    return ""


def _no_access(specs: Sequence[Spec]) -> str:
    ids = {pk for spec in specs for pk in spec.people}
    able = User.objects.people().filter(pk__in=ids)
    found = {user.pk for user in able if user.is_staff}
    if found == ids:
        return ""
    names = User.objects.filter(pk__in=ids - found).order_by("name")
    words = {"n": ", ".join(names.values_list("name", flat=True)) or "?"}
    return _("%(n)s cannot be on duty: no access, or no role that works here.") % words


def turn_words(every: int, unit: str) -> str:
    """A turn's length in words: 1 week, 8 hours."""
    words = {
        "hours": ngettext("%(num)s hour", "%(num)s hours", every),
        "days": ngettext("%(num)s day", "%(num)s days", every),
        "weeks": ngettext("%(num)s week", "%(num)s weeks", every),
    }
    return words[unit] % {"num": every}


def unit_words(unit: str) -> str:
    """The unit in words."""
    return {"hours": _("hours"), "days": _("days"), "weeks": _("weeks")}.get(unit, unit)


def of_row(row: RotaLayer) -> Spec:
    """The spec that a row keeps."""
    return Spec(
        tuple(row.people),
        row.every,
        row.unit,
        row.starts,
        row.hand_over,
        tuple((one[0], one[1], one[2]) for one in row.hours),
    )


def first_hand_over(spec: Spec, zone: str) -> datetime:
    """The instant from which turns are counted."""
    wall = datetime.combine(spec.starts, spec.hand_over)
    found = zone_named(zone)
    return instant(found, wall) if found else wall.replace(tzinfo=UTC)


def layer(row: RotaLayer) -> plan.Layer:
    """The row as the rules know it. A zone that vanished counts as UTC: somebody on
    duty at another hour is better than nobody; the rota's page says so."""
    return plan.Layer(
        id=row.pk,
        position=row.position,
        zone=zone_named(row.time_zone) or NO_ZONE,
        people=tuple(row.people),
        every=row.every,
        unit=plan.Unit(row.unit),
        first=datetime.combine(row.starts, row.hand_over),
        hours=tuple(plan.Hours(*one) for one in row.hours),
        begins=row.begins,
        ends=row.ends,
    )


def plain(spec: Spec) -> Mapping[str, Any]:
    """What the log keeps of a layer."""
    return {
        "people": list(spec.people),
        "every": spec.every,
        "unit": spec.unit,
        "starts": spec.starts.isoformat(),
        "hand_over": clock(spec.hand_over),
        "hours": hours_told(spec.hours),
    }


def hours_told(
    hours: Sequence[tuple[int, int, int]],
) -> dict[str, list[list[str]]]:
    """Hours by weekday: {"mon": [["22:00", "30:00"]]}."""
    told: dict[str, list[list[str]]] = {}
    for weekday, opens, closes in sorted(hours):
        told.setdefault(DAYS[weekday], []).append([minutes(opens), minutes(closes)])
    return told


def minutes(value: int) -> str:
    """Minutes after midnight as 09:00; 30:00 is six in the morning of the next day."""
    return f"{value // 60:02}:{value % 60:02}"


def clock(value: time) -> str:
    """A time of day as 09:00."""
    return f"{value.hour:02}:{value.minute:02}"
