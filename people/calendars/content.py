"""What a version of a calendar holds: the words it was made of, and the dates that
follow from them. `core.worktime.read` reads it for counting."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from core.errors import Invalid
from core.reader import gettext as _
from core.worktime import CalendarError, read
from core.worktime.reading import DAYS, day
from people.calendars import holidays

FIELDS = (
    *("time_zone", "hours", "holidays", "overrides", "breaks"),
    *("country", "region", "names"),
)
EMPTY: Mapping[str, Any] = {
    "hours": {},
    "holidays": [],
    "overrides": {},
    "breaks": {},
    "country": "",
    "region": "",
    "names": {},
}
MOST_OWN = 2000  # days of one's own
LONGEST_NAME = 200
Content = dict[str, Any]


def made(given: Mapping[str, Any], *, year: int) -> Content:
    """The content of a version made in that year.

    Own holidays stay beside the list in which the public ones are written out. Raises
    Invalid with sentences by field for everything that is wrong.
    """
    words = {**EMPTY, **{k: v for k, v in given.items() if v is not None}}
    errors: dict[str, list[str]] = {}
    try:
        read(words)
    except CalendarError as wrong:
        errors |= wrong.errors
    errors |= _names_wrong(words["names"])
    public: list[date] = []
    try:
        years = range(year - holidays.BACK, year + holidays.AHEAD + 1)
        public = holidays.dates(words["country"], words["region"], years)
    except ValueError as wrong:
        errors["country"] = [str(wrong)]
    if not errors and len(words["holidays"]) > MOST_OWN:
        errors["holidays"] = [_("At most %(n)s days are possible.") % {"n": MOST_OWN}]
    if errors:
        raise Invalid(errors)
    content = {name: words[name] for name in FIELDS} | {
        "hours": {
            name: words["hours"][name] for name in DAYS if words["hours"].get(name)
        },
        "own": sorted(set(words["holidays"])),
        "holidays": sorted({*words["holidays"], *(one.isoformat() for one in public)}),
    }
    read(content)  # nobody may be left without an open hour by public holidays either
    return content


def words_of(content: Mapping[str, Any]) -> Content:
    """What `made` was given: the same, with the own holidays alone."""
    found = {name: content.get(name, EMPTY.get(name)) for name in FIELDS}
    return found | {"holidays": list(content.get("own", []))}


def _names_wrong(names: Any) -> dict[str, list[str]]:
    if not isinstance(names, Mapping) or len(names) > 2 * MOST_OWN:
        return {"names": [_("Send names by date.")]}
    try:
        for key, name in names.items():
            day(key)
            if not isinstance(name, str) or "\x00" in name or len(name) > LONGEST_NAME:
                words = {"day": key, "most": LONGEST_NAME}
                raise ValueError(
                    _("%(day)s: a name is a text of at most %(most)s characters.")
                    % words
                )
    except ValueError as wrong:
        return {"names": [str(wrong)]}
    return {}
