"""Lists in pages: a cursor says after which row to go on, so pages neither skip nor
repeat rows while others are added, and page 1,000 costs what page 1 costs."""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from core.api.answers import plain
from core.api.problems import Malformed

DEFAULT_LIMIT, MOST = 50, 200
PARAMS = ("limit", "cursor", "ordering")
Build = Callable[[Sequence[Any]], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Order:
    """What a list may be sorted by: `ordering` words to columns, and the first one.

    Every order ends with the id, so it is total. `nullable` columns sort empty last.
    """

    columns: Mapping[str, str]
    first: str
    nullable: frozenset[str] = frozenset()

    @property
    def words(self) -> list[str]:
        """Every possible value of `ordering`."""
        return [sign + word for word in self.columns for sign in ("", "-")]

    def read(self, request: HttpRequest) -> str:
        """The wanted order. Raises Malformed with those there are."""
        wanted = request.GET.get("ordering") or self.first
        if wanted not in self.words:
            words = ", ".join(self.words)
            raise Malformed(
                _("There is no such order."),
                {"ordering": [_("Choose one of: %(words)s.") % {"words": words}]},
            )
        return wanted


BY_SLUG = Order(columns={"slug": "slug", "name": "name"}, first="slug")


def read_limit(request: HttpRequest, default: int = DEFAULT_LIMIT) -> int:
    """How many rows are wanted, 1 to 200. Raises Malformed."""
    given = request.GET.get("limit")
    if given is None:
        return default
    if not (given.isascii() and given.isdigit() and 1 <= int(given[:9]) <= MOST):
        words = {"most": MOST}
        raise Malformed(
            _("There is no such limit."),
            {"limit": [_("Send a whole number, 1 to %(most)s.") % words]},
        )
    return int(given)


def paginate(
    request: HttpRequest, rows: QuerySet[Any], order: Order, build: Build
) -> dict[str, Any]:
    """One page as `{"next", "previous", "results"}`: one query, and what `build` costs.

    `rows` must yield objects with attributes (models or named tuples), unsorted.
    """
    wanted, limit = order.read(request), read_limit(request)
    word = wanted.removeprefix("-")
    column, falling = order.columns[word], wanted.startswith("-")
    cursor = _read_cursor(request, rows, wanted, column)
    backwards = cursor is not None and cursor.backwards
    down = falling != backwards
    if cursor is not None:
        nullable = word in order.nullable
        rows = rows.filter(_beyond(column, cursor, down, backwards, nullable))
    found = list(
        rows.order_by(*_sorting(column, down, backwards, word in order.nullable))[
            : limit + 1
        ]
    )
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found.reverse()
    has_next = bool(found) and (backwards or more)
    has_previous = bool(found) and (more if backwards else cursor is not None)
    return {
        "next": _url(request, wanted, column, found[-1], False) if has_next else None,
        "previous": (
            _url(request, wanted, column, found[0], True) if has_previous else None
        ),
        "results": list(build(found)),
    }


@dataclass(frozen=True, slots=True)
class _Cursor:
    value: Any
    pk: int
    backwards: bool


def _sorting(column: str, down: bool, backwards: bool, nullable: bool) -> list[Any]:
    by_id = "-pk" if down else "pk"
    if column == "pk":
        return [by_id]
    if not nullable:
        return [f"-{column}" if down else column, by_id]
    ends = {"nulls_first": True} if backwards else {"nulls_last": True}
    return [F(column).desc(**ends) if down else F(column).asc(**ends), by_id]


def _beyond(
    column: str, cursor: _Cursor, down: bool, backwards: bool, nullable: bool
) -> Q:
    """The rows after the cursor, in the direction we read."""
    op = "lt" if down else "gt"
    if column == "pk":
        return Q(**{f"pk__{op}": cursor.pk})
    same = Q(**{column: cursor.value}) if cursor.value is not None else Q()
    if cursor.value is None:
        same = Q(**{f"{column}__isnull": True})
    ties = same & Q(**{f"pk__{op}": cursor.pk})
    if cursor.value is None:  # the empty ones are the end of the list
        return ties | Q(**{f"{column}__isnull": False}) if backwards else ties
    beyond = Q(**{f"{column}__{op}": cursor.value}) | ties
    if nullable and not backwards:
        beyond |= Q(**{f"{column}__isnull": True})
    if not nullable:  # a plain bound besides lets the index start at the right row
        beyond &= Q(**{f"{column}__{op}e": cursor.value})
    return beyond


def _read_cursor(
    request: HttpRequest, rows: QuerySet[Any], wanted: str, column: str
) -> _Cursor | None:
    given = request.GET.get("cursor")
    if given is None:
        return None
    try:
        padded = given.encode("ascii") + b"=" * (-len(given) % 4)
        back, order, value, pk = json.loads(base64.urlsafe_b64decode(padded))
        if order != wanted or type(pk) is not int or type(back) is not bool:
            raise ValueError(order)
        if not 0 <= pk < 2**63 or "\x00" in str(value):
            raise ValueError(pk)
        if column != "pk" and value is not None:
            value = rows.model._meta.get_field(column).to_python(value)
    except (
        ValueError,
        TypeError,
        OverflowError,
        RecursionError,
        binascii.Error,
        ValidationError,
    ) as error:
        raise Malformed(
            _("This cursor does not belong to this list."),
            {"cursor": [_("Follow “next” and “previous” as they were answered.")]},
        ) from error
    return _Cursor(value, pk, back)


def _url(
    request: HttpRequest, wanted: str, column: str, row: Any, backwards: bool
) -> str:
    value = None if column == "pk" else plain_value(getattr(row, column))
    packed = json.dumps([backwards, wanted, value, row.pk], separators=(",", ":"))
    cursor = base64.urlsafe_b64encode(packed.encode()).rstrip(b"=").decode()
    query = request.GET.copy()
    query["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def plain_value(value: Any) -> Any:
    """A sort value as JSON can carry it."""
    return value if isinstance(value, str | int | type(None)) else plain(value)
