"""What a stretch of the calendar holds: changes, freezes, maintenance, holidays.

Upper rooms add entries through the slot `change.calendar`: a call with the person and
two moments, answered by a list of `Entry`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, Value

from core import slots
from core.reader import gettext as _
from core.reader import language
from itsm.changes.calendar import collisions, freezing, reading
from itsm.changes.calendar.collisions import Collision
from itsm.changes.calendar.frame import Wish
from itsm.changes.calendar.queries import rule_of
from itsm.changes.calendar.reading import Planned
from itsm.changes.freezes.words import allows_words
from itsm.changes.models import Freeze
from people.calendars import holidays
from people.calendars.models import CalendarVersion
from people.models import User

SLOT = "change.calendar"
FREEZE, MAINTENANCE = "freeze", "maintenance"


class Entry(NamedTuple):
    """Something else than a change that stands in the calendar for a while."""

    kind: str
    key: int
    name: str
    url: str
    start: datetime
    end: datetime
    services: Mapping[str, str]  # slug: name; none: every service
    note: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """All of it. `met` says what each change collides with, by its ticket's id."""

    changes: Sequence[Planned]
    entries: Sequence[Entry]
    met: Mapping[int, Sequence[Collision]]
    by_key: Mapping[int, Planned]  # those too that the page was narrowed to leave out


def between(user: User, wish: Wish, start: datetime, end: datetime) -> Content:
    """What is between two moments; five queries and those of the slot.

    Collisions are found among all changes that this person may see, and only then is
    narrowed what is shown.
    """
    found = reading.in_range(user, start, end)
    ahead = [one.window for one in found if one.is_to_be_done]
    entries = [*freezes(start, end)]
    for more in slots.filled(SLOT, user=user, start=start, end=end):
        entries += more
    return Content(
        changes=[one for one in found if _is_wanted(one, wish)],
        entries=[one for one in _sorted(entries) if _is_about(one, wish)],
        met=collisions.among(ahead),
        by_key={one.window.key: one for one in found},
    )


def freezes(start: datetime, end: datetime) -> list[Entry]:
    """Every time that a freeze holds between two moments; one query."""
    names = ArrayAgg("services__name", filter=_SOME, default=Value([]))
    slugs = ArrayAgg("services__slug", filter=_SOME, default=Value([]))
    again = ~Q(repeat="") | Q(ends_at__gt=start)
    rows: Any = Freeze.objects.filter(again, is_active=True, starts_at__lt=end)
    found = {row.pk: row for row in rows.annotate(slugs=slugs, names=names)}
    entries = []
    for one in freezing.held(map(rule_of, found.values()), start, end):
        row = found[one.rule.key]
        allowed = allows_words(one.rule.allows)
        note = _("all but: %(models)s") % {"models": allowed} if allowed else ""
        services = dict(zip(row.slugs, row.names, strict=True))
        what = FREEZE, row.pk, row.name, f"/settings/freezes/{row.pk}/"
        entries.append(Entry(*what, one.start, one.end, services, note))
    return entries


def public_holidays(first: date, last: date) -> dict[date, str]:
    """What the public holidays of our calendars are called, by day; one query."""
    newest = CalendarVersion.objects.filter(calendar__is_active=True)
    newest = newest.order_by("calendar", "-number").distinct("calendar")
    places: Any = newest.values_list(
        *("content__country", "content__region", "content__own", "content__names")
    )
    found: dict[date, list[str]] = defaultdict(list)
    for country, region, own, names in places:
        for year in range(first.year, last.year + 1):
            spoken = language() or ""
            for day, name in _names(country or "", region or "", year, spoken).items():
                found[day].append(name)
        for key in own or ():
            found[date.fromisoformat(key)].append((names or {}).get(key, ""))
    return {
        day: ", ".join(dict.fromkeys(filter(None, said))) or _("Public holiday")
        for day, said in found.items()
        if first <= day < last
    }


def _names(country: str, region: str, year: int, spoken: str) -> Mapping[date, str]:
    try:
        return holidays.names(country, region, year, spoken)
    except (KeyError, NotImplementedError):  # no longer known to the package
        return {}


_SOME = Q(services__isnull=False)


def _is_wanted(one: Planned, wish: Wish) -> bool:
    return (
        (not wish.service or one.service_slug == wish.service)
        and (not wish.team or one.team_slug == wish.team)
        and (not wish.model or one.model == wish.model)
    )


def _is_about(entry: Entry, wish: Wish) -> bool:
    return not wish.service or not entry.services or wish.service in entry.services


def _sorted(entries: list[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda one: (one.start, one.kind, one.key))
