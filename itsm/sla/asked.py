"""Which promises a report is asked for, out of an address: read strictly, by slug."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from itsm.sla.checking import PRIORITY_NAMES
from itsm.sla.models import ClockKind
from itsm.sla.reporting import Wish, first_wish
from itsm.tickets.states import TicketType
from people.models import Organisation, Service, Team

ROWS: Mapping[str, Any] = {
    "service": Service,
    "team": Team,
    "organisation": Organisation,
}
NAMES = ("kind", "from", "to", "type", "priority", *ROWS)
LONGEST = 3660  # days


@dataclass(frozen=True, slots=True)
class Asked:
    """The wish, what was typed, and a sentence for each part nobody understands."""

    wish: Wish
    given: Mapping[str, str]
    errors: Mapping[str, list[str]]


def read(query: Mapping[str, str], today: date) -> Asked:
    """What the address asks for; what is wrong is left out and told.

    A query for each of service, team and organisation that is named.
    """
    given = {n: query[n].strip() for n in NAMES if query.get(n, "").strip()}
    zone = timezone.get_current_timezone()
    wish = first_wish(today, ZoneInfo(str(zone)))
    where: dict[str, int | str] = {}
    errors: dict[str, list[str]] = {}
    for name, text in given.items():
        try:
            if name == "kind":
                wish = replace(wish, kind=_one_of(text, ClockKind.values))
            elif name == "from":
                wish = replace(wish, first=_day(text))
            elif name == "to":
                wish = replace(wish, last=_day(text))
            else:
                where[name] = _dimension(name, text)
        except ValueError as wrong:
            errors[name] = [str(wrong)]
    if wish.last < wish.first:
        errors["to"] = [_("The last day comes before the first.")]
    elif (wish.last - wish.first).days > LONGEST:
        errors["from"] = [_("At most ten years at once.")]
    return Asked(replace(wish, where=where), given, errors)


def _dimension(name: str, text: str) -> int | str:
    if name == "priority":
        return int(_one_of(text, PRIORITY_NAMES)[1:])
    if name == "type":
        return _one_of(text, TicketType.values)
    rows = ROWS[name].objects.filter(slug=text.replace("\x00", ""))
    found = rows.values_list("pk", flat=True).first()
    if found is None:
        raise ValueError(_("There is no “%(name)s”.") % {"name": text})
    return int(found)


def _one_of(text: str, words: Any) -> str:
    if text not in words:
        raise ValueError(_("Choose one of: %(words)s.") % {"words": ", ".join(words)})
    return text


def _day(text: str) -> date:
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None or not 1970 <= found.year <= 9000:
        raise ValueError(_("Send a day such as 2026-12-24."))
    return found
