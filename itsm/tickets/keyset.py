"""Paging without OFFSET: the next page begins after the last row's own values.

A cursor is the sort values of a row, as text in the address. Whatever somebody makes
of it there, it either reads as values of the right types or the list starts anew.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import F, Q
from django.db.models.expressions import Combinable

from core.conditions import Condition

SEPARATOR = "~"
EMPTY = "-"  # stands for NULL


class Beyond(Condition):
    """`(a, b, id) > (1, 2, 3)`: one comparison of rows, which an index can answer."""

    def __init__(
        self, names: Sequence[str], values: Sequence[Any], *, less: bool
    ) -> None:
        super().__init__(*(F(name) for name in names))
        self.values, self.less = tuple(values), less

    def told(self, columns: Sequence[str]) -> tuple[str, list[Any]]:
        """The two rows and what stands between them."""
        marks = ", ".join(["%s"] * len(columns))
        sign = "<" if self.less else ">"
        return f"({', '.join(columns)}) {sign} ({marks})", list(self.values)


def order(names: Sequence[str], *, down: bool, nulls: bool) -> list[Combinable]:
    """ORDER BY for these columns, all in one direction; empty ones come last."""
    if not nulls:
        return [F(n).desc() if down else F(n).asc() for n in names]
    first, *rest = names
    head = F(first).desc(nulls_first=True) if down else F(first).asc(nulls_last=True)
    return [head, *(F(n).desc() if down else F(n).asc() for n in rest)]


def beyond(names: Sequence[str], values: Sequence[Any], *, down: bool) -> Q:
    """Rows that come after these values in that direction; empty ones come last."""
    first, *rest = values
    if first is None:
        same = Q(**{f"{names[0]}__isnull": True})
        later = Q(Beyond(names[1:], rest, less=down)) & same
        return later | Q(**{f"{names[0]}__isnull": False}) if down else later
    found = Q(Beyond(names, values, less=down))
    if not down and names[0] == "next_due_at":
        found |= Q(**{f"{names[0]}__isnull": True})
    return found


def write(values: Sequence[Any]) -> str:
    """A cursor as it stands in the address."""
    return SEPARATOR.join(_text(value) for value in values)


def read(text: str, kinds: Sequence[type]) -> list[Any] | None:
    """The values of a cursor, or None where it is not one."""
    parts = text.split(SEPARATOR)
    if len(parts) != len(kinds) or len(text) > 200:
        return None
    try:
        return [_value(part, kind) for part, kind in zip(parts, kinds, strict=True)]
    except (ValueError, OverflowError):
        return None


def _text(value: Any) -> str:
    if value is None:
        return EMPTY
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%f")
    return str(value)


def _value(part: str, kind: type) -> Any:
    if part == EMPTY:
        return None
    if kind is datetime:
        return datetime.strptime(part, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
    number = int(part)
    if not 0 <= number < 2**62:
        raise ValueError(part)
    return number
