"""A query that is built and compiled once, and then only filled in.

Building a queryset and compiling it to SQL takes Python about a millisecond, several
times what PostgreSQL needs to answer our short statements. Where a page asks the same
question for everybody, only the values differ, so the SQL is kept by a key.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import QuerySet
from django.db.models.query import (  # type: ignore[attr-defined]
    get_related_populators,
)

_FIRST_MARK = -(2**52)  # nobody's id, nobody's number of steps
_known: dict[Hashable, tuple[str, list[tuple[str, Any]]]] = {}
_compilers: dict[Hashable, Any] = {}


def fetch(
    key: Hashable, build: Callable[..., QuerySet[Any]], **values: Any
) -> list[tuple[Any, ...]]:
    """The rows of `build(**values)`, a queryset of plain values.

    `key` names everything that changes the SQL besides the values, which are whole
    numbers, texts, instants, or lists of whole numbers that are one parameter.
    LookupError where a value does not come out as a parameter of its own: what is not
    among the values is part of the statement, for everybody.
    """
    sql, filled = _statement(key, build, values)
    with connection.cursor() as cursor:
        cursor.execute(sql, filled)
        return cursor.fetchall()


def count(key: Hashable, build: Callable[..., QuerySet[Any]], **values: Any) -> int:
    """How many rows `fetch` would answer; they stay where they are."""
    sql, filled = _statement(key, build, values)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql}) found", filled)  # noqa: S608
        return int(cursor.fetchone()[0])


def instances(
    key: Hashable, build: Callable[..., QuerySet[Any]], **values: Any
) -> list[Any]:
    """The rows of `build(**values)` as models, with what `select_related` names."""
    if key not in _compilers:
        marks = _marks(values)
        compiler = build(**marks).query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        _known[key] = _places(sql, params, marks)
        _compilers[key] = compiler
    sql, filled = _statement(key, build, values)
    with connection.cursor() as cursor:
        cursor.execute(sql, filled)
        return list(_made(_compilers[key], cursor.fetchall()))


def _made(compiler: Any, rows: list[Any]) -> Iterator[Any]:
    """Rows as models, as `ModelIterable` makes them."""
    select, info = compiler.select, compiler.klass_info
    first, last = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [column[0].target.attname for column in select[first:last]]
    populators = get_related_populators(info, select, DEFAULT_DB_ALIAS)
    for row in compiler.results_iter([rows]):
        made = info["model"].from_db(DEFAULT_DB_ALIAS, names, row[first:last])
        for populator in populators:
            populator.populate(row, made)
        yield made


def _statement(
    key: Hashable, build: Callable[..., QuerySet[Any]], values: dict[str, Any]
) -> tuple[str, list[Any]]:
    if key not in _known:
        _known[key] = _compile(build, values)
    sql, places = _known[key]
    return sql, [values[name] if name else fixed for name, fixed in places]


def _compile(
    build: Callable[..., QuerySet[Any]], values: dict[str, Any]
) -> tuple[str, list[tuple[str, Any]]]:
    marks = _marks(values)
    sql, params = build(**marks).query.sql_with_params()
    return _places(sql, params, marks)


def _marks(values: dict[str, Any]) -> dict[str, Any]:
    """What stands for each value while compiling."""
    return {n: _mark(place, value) for place, (n, value) in enumerate(values.items())}


def _places(
    sql: str, params: Iterable[Any], marks: dict[str, Any]
) -> tuple[str, list[tuple[str, Any]]]:
    """The SQL, and for each parameter the name of its value or what it always is."""
    names = {repr(mark): name for name, mark in marks.items()}
    places = [(names.get(repr(param), ""), param) for param in params]
    missing = set(marks) - {name for name, _ in places}
    if missing:
        raise LookupError(f"no parameter of its own: {', '.join(sorted(missing))}")
    return sql, places


def _mark(place: int, value: Any) -> Any:
    """A value of the same type that stands for it while compiling."""
    if isinstance(value, str):
        return f"\ue000{place}\ue000"
    if isinstance(value, datetime):
        return datetime.min.replace(microsecond=place, tzinfo=UTC)
    return [_FIRST_MARK - place] if isinstance(value, list) else _FIRST_MARK - place
