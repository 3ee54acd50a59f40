"""Filters of lists: each parameter is read strictly, and documents itself.

Several values, `state=new,waiting` or the parameter twice, mean any of them; an empty
value means "has none" where a field can be empty.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from core.api.problems import Malformed

Schema = Mapping[str, Any]
TEXT: Schema = {"type": "string"}
Apply = Callable[[QuerySet[Any], list[str], Any], QuerySet[Any]]


@dataclass(frozen=True, slots=True)
class Filter:
    """One parameter: `apply(rows, values, user)` answers the rows that are left.

    `apply` raises ValueError with a sentence for values that make no sense.
    """

    name: str
    apply: Apply
    says: str = ""
    schema: Schema = field(default_factory=lambda: TEXT)


def apply(
    request: HttpRequest, rows: QuerySet[Any], filters: Sequence[Filter], user: Any
) -> QuerySet[Any]:
    """Narrow the rows by what was asked. Raises Malformed with all that is wrong."""
    errors: dict[str, list[str]] = {}
    for one in filters:
        given = request.GET.getlist(one.name)
        if not given:
            continue
        try:
            rows = one.apply(rows, _split(given), user)
        except ValueError as error:
            errors[one.name] = [str(error)]
    if errors:
        raise Malformed(_("The list cannot be narrowed so."), errors)
    return rows


def _split(given: Sequence[str]) -> list[str]:
    return [part.strip() for value in given for part in value.split(",")]


def choices(name: str, column: str, possible: Sequence[str]) -> Filter:
    """One of these words."""

    def narrow(rows: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
        if not set(values) <= set(possible):
            raise ValueError(
                _("Choose one of: %(words)s.") % {"words": ", ".join(possible)}
            )
        return rows.filter(**{f"{column}__in": values})

    return Filter(name, narrow, schema=TEXT)


def named(name: str, column: str, *, nullable: str = "", fold: bool = False) -> Filter:
    """Rows that a slug, number or e-mail names; `fold` ignores upper and lower case.

    `nullable` is the column that is empty where there is none.
    """

    def narrow(rows: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
        wanted = [v.lower() if fold else v for v in values if v]
        found = Q(**{f"{column}__in": wanted})
        if nullable and "" in values:
            found |= Q(**{f"{nullable}__isnull": True})
        return rows.filter(found)

    return Filter(name, narrow)


def flag(name: str, column: str) -> Filter:
    """True or false."""

    def narrow(rows: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
        if len(values) != 1 or values[0] not in {"true", "false"}:
            raise ValueError(_("Send true or false."))
        return rows.filter(**{column: values[0] == "true"})

    return Filter(name, narrow, schema={"type": "boolean"})


def whole(name: str, column: str, least: int, most: int) -> Filter:
    """A whole number."""

    def narrow(rows: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
        if not all(_is_between(value, least, most) for value in values):
            words = {"least": least, "most": most}
            raise ValueError(_("Send a whole number, %(least)s to %(most)s.") % words)
        return rows.filter(**{f"{column}__in": [int(value) for value in values]})

    return Filter(name, narrow)


def _is_between(value: str, least: int, most: int) -> bool:
    is_number = value.isascii() and value.isdigit() and len(value) < 19
    return is_number and least <= int(value) <= most


def since(name: str, column: str) -> Filter:
    """At or after an instant."""

    def narrow(rows: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
        return rows.filter(**{f"{column}__gte": instant(values)})

    schema = {"type": "string", "format": "date-time"}
    return Filter(name, narrow, schema=schema)


def instant(values: Sequence[str]) -> datetime:
    """One instant in ISO 8601. Raises ValueError with a sentence."""
    found = None
    if len(values) == 1:
        try:  # a "+" that nobody escaped arrives as a space
            found = parse_datetime(values[0].replace(" ", "+"))
        except ValueError:
            found = None
    if found is None or not 1970 <= found.year <= 9000:
        raise ValueError(_("Send a date and time such as 2026-11-22T09:30:00Z."))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def containing(name: str, *columns: str) -> Filter:
    """A text that one of the columns contains."""

    def narrow(rows: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
        wanted, found = ",".join(values), Q()
        for column in columns:
            found |= Q(**{f"{column}__icontains": wanted})
        return rows.filter(found)

    return Filter(name, narrow)
