"""The `sysparm_…` parameters of one request, read strictly."""

from dataclasses import dataclass
from typing import Self

from django.http import QueryDict
from django.utils.translation import gettext as _

from core.api.problems import Malformed
from itsm.table import query
from itsm.table.query import Condition, Query

MOST = 10_000  # records of one answer
LONGEST_FIELDS = 4_000  # characters
DISPLAY = frozenset({"true", "false", "all"})


@dataclass(frozen=True, slots=True)
class Params:
    """What is asked of a table."""

    query: Query
    named: tuple[Condition, ...]  # `number=INC0001` as a parameter of its own
    fields: tuple[str, ...]  # none: all
    limit: int
    offset: int
    display: str  # true, false, all
    has_links: bool  # on references
    is_counted: bool

    @classmethod
    def plain(cls) -> Self:
        """All fields of a record by their values, as a program writes them."""
        return cls(Query(), (), (), MOST, 0, "false", False, False)

    @classmethod
    def read(cls, given: QueryDict, columns: frozenset[str]) -> Self:
        """From the address; what nobody knows is ignored. Raises Malformed."""
        for name, values in given.lists():
            if any("\x00" in value for value in values):
                raise Malformed(
                    _("%(name)s holds a character that cannot be stored (U+0000).")
                    % {"name": name[:40]}
                )
        fields = given.get("sysparm_fields", "")
        if len(fields) > LONGEST_FIELDS:
            raise Malformed(_("sysparm_fields is too long."))
        display = given.get("sysparm_display_value", "").strip().lower() or "false"
        if display not in DISPLAY:
            raise Malformed(_("sysparm_display_value: send true, false or all."))
        return cls(
            query=query.parse(given.get("sysparm_query", "")),
            named=tuple(
                query.equals(name, str(value))
                for name, value in given.items()
                if name in columns
            ),
            fields=tuple(dict.fromkeys(f.strip() for f in fields.split(",") if f)),
            limit=_whole(given, "sysparm_limit", MOST, MOST),
            offset=_whole(given, "sysparm_offset", 0, 10**12),
            display=display,
            has_links=not _flag(given, "sysparm_exclude_reference_link"),
            is_counted=not _flag(given, "sysparm_suppress_pagination_header"),
        )


def _whole(given: QueryDict, name: str, default: int, most: int) -> int:
    text = given.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and int(text[:15]) <= most):
        raise Malformed(
            _("%(name)s: send a whole number, 0 to %(most)s.")
            % {"name": name, "most": most}
        )
    return int(text)


def _flag(given: QueryDict, name: str) -> bool:
    text = given.get(name, "").strip().lower()
    if text not in {"", "true", "false"}:
        raise Malformed(_("%(name)s: send true or false.") % {"name": name})
    return text == "true"
