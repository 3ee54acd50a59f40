"""Which changes are measured, out of an address: read strictly, by slug."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from itsm.changes.measures.queries import Wish, first_wish
from itsm.changes.measures.statements import CONDITIONS
from itsm.changes.models import Change
from people.models import Service, Team

ROWS: Mapping[str, Any] = {"service": Service, "team": Team}
NAMES = ("from", "to", *ROWS, "model")
OF_BEHIND = ("what", "state")
LONGEST = 3660  # days


@dataclass(frozen=True, slots=True)
class Asked:
    """The wish, what was typed, and a sentence for each part nobody understands."""

    wish: Wish
    given: Mapping[str, str]
    errors: Mapping[str, list[str]]
    what: str = ""
    state: str = ""


def read(query: Mapping[str, str], today: date) -> Asked:
    """What the address asks for; what is wrong is left out and told.

    A query for each of service and team that is named.
    """
    given = {n: query[n].strip() for n in NAMES if query.get(n, "").strip()}
    zone = ZoneInfo(str(timezone.get_current_timezone()))
    wish = first_wish(today, zone)
    where: dict[str, int | str] = {}
    errors: dict[str, list[str]] = {}
    for name, text in given.items():
        try:
            if name == "from":
                wish = replace(wish, first=_day(text))
            elif name == "to":
                wish = replace(wish, last=_day(text))
            elif name == "model":
                where[name] = _one_of(text, Change.Model.values)
            else:
                where[name] = _row(name, text)
        except ValueError as wrong:
            errors[name] = [str(wrong)]
    if wish.last < wish.first:
        errors["to"] = [_("The last day comes before the first.")]
    elif (wish.last - wish.first).days > LONGEST:
        errors["from"] = [_("At most ten years at once.")]
    what = query.get("what", "")
    state = query.get("state", "")[:40].replace("\x00", "")
    known = what if what in CONDITIONS else ""
    return Asked(replace(wish, where=where), given, errors, known, state)


def _row(name: str, text: str) -> int:
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
