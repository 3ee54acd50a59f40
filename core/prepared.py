"""A query that is built and compiled once, and then only filled in.

Building a queryset and compiling it to SQL takes Python about a millisecond, several
times what PostgreSQL needs to answer our short statements. Where a page asks the same
question for everybody, only the values differ, so the SQL is kept by a key.
"""

from collections.abc import Callable, Hashable
from typing import Any

from django.db import connection
from django.db.models import QuerySet

_FIRST_MARK = -(2**52)  # nobody's id, nobody's number of steps
_known: dict[Hashable, tuple[str, list[tuple[str, Any]]]] = {}


def fetch(
    key: Hashable, build: Callable[..., QuerySet[Any]], **values: Any
) -> list[tuple[Any, ...]]:
    """The rows of `build(**values)`, a queryset of plain values.

    `key` names everything that changes the SQL besides the values, which are whole
    numbers, texts, or lists of whole numbers (compared by `AnyOf`). LookupError where a
    value does not come out as a parameter of its own.
    """
    if key not in _known:
        _known[key] = _compile(build, values)
    sql, places = _known[key]
    filled = [values[name] if name else fixed for name, fixed in places]
    with connection.cursor() as cursor:
        cursor.execute(sql, filled)
        return cursor.fetchall()


def _compile(
    build: Callable[..., QuerySet[Any]], values: dict[str, Any]
) -> tuple[str, list[tuple[str, Any]]]:
    """The SQL, and for each parameter the name of its value or what it always is."""
    marks = {
        name: _mark(place, value) for place, (name, value) in enumerate(values.items())
    }
    sql, params = build(**marks).query.sql_with_params()
    names = {repr(mark): name for name, mark in marks.items()}
    places = [(names.get(repr(param), ""), param) for param in params]
    missing = set(values) - {name for name, _ in places}
    if missing:
        raise LookupError(f"no parameter of its own: {', '.join(sorted(missing))}")
    return sql, places


def _mark(place: int, value: Any) -> Any:
    """A value of the same type that stands for it while compiling."""
    if isinstance(value, str):
        return f"\ue000{place}\ue000"
    return [_FIRST_MARK - place] if isinstance(value, list) else _FIRST_MARK - place
