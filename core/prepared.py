"""A question that is built, compiled and planned once, and then only filled in.

Building a queryset and compiling it to SQL takes Python about a millisecond, and
PostgreSQL plans a join of ten tables as long: several times what answering takes. Where
a page asks the same question for everybody only the values differ, so the SQL is kept
by a key, and each connection prepares it once (docs/adr/0009-prepared-statements.md).
"""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count as numbers
from typing import Any
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection
from django.db.models import QuerySet
from django.db.models.query import (  # type: ignore[attr-defined]
    get_related_populators,
)

_PLACE = re.compile(r"%\((\w+)\)s")
_FIRST_MARK = -(2**52)  # nobody's id, nobody's number of steps
_known: dict[Hashable, "Question"] = {}
_models: dict[Hashable, "Models"] = {}
_prepared: WeakKeyDictionary[Any, dict["Question", str]] = WeakKeyDictionary()
_number = numbers(1)


@dataclass(frozen=True, slots=True, eq=False)  # one is not another, whatever its SQL
class Question:
    """SQL, and for each of its places the name of a value or what always stands there.

    `order` are the values in the order in which a prepared statement takes them.
    """

    sql: str
    places: list[tuple[str, Any]]
    order: list[str]

    def ask(self, cursor: Any, values: dict[str, Any]) -> None:
        """Execute with these values in their places; PostgreSQL plans for them."""
        filled = [values[name] if name else fixed for name, fixed in self.places]
        cursor.execute(self.sql, filled)

    def ask_prepared(self, cursor: Any, values: dict[str, Any]) -> None:
        """Execute by the plan that this connection keeps, which fits all values.

        A failure forgets the plan: a column that changed its type meanwhile would fail
        for ever.
        """
        known = _prepared.setdefault(cursor.connection, {})
        name = known.get(self) or self._prepare(cursor, known)
        marks = f" ({', '.join(['%s'] * len(self.order))})" if self.order else ""
        try:
            cursor.execute(
                f"EXECUTE {name}{marks}", [values[place] for place in self.order]
            )
        except DatabaseError:
            known.pop(self, None)
            raise

    def _prepare(self, cursor: Any, known: dict["Question", str]) -> str:
        """Prepare it on the cursor's connection; how it is called there."""
        name = f"beeline_{next(_number)}"
        with connection.wrap_database_errors, cursor.connection.cursor() as plain:
            shown = [
                f"${self.order.index(name) + 1}"
                if name
                else plain.mogrify("%s", [fixed]).decode()
                for name, fixed in self.places
            ]
            plain.execute(f"PREPARE {name} AS {self.sql % tuple(shown)}")
        known[self] = name
        return name


def fetch(
    key: Hashable,
    build: Callable[..., QuerySet[Any]],
    *,
    plan_anew: bool = False,
    **values: Any,
) -> list[tuple[Any, ...]]:
    """The rows of `build(**values)`, a queryset of plain values.

    `key` names everything that changes the SQL besides the values, which are whole
    numbers, texts, instants, or lists of whole numbers that are one parameter.
    `plan_anew` is for questions whose best plan hangs on the values, as a search does.
    LookupError where a value does not come out as a parameter of its own: what is not
    among the values is part of the statement, for everybody.
    """
    question = _question(key, build, values)
    with connection.cursor() as cursor:
        if plan_anew:
            question.ask(cursor, values)
        else:
            question.ask_prepared(cursor, values)
        return cursor.fetchall()


def select(sql: str, **values: Any) -> list[tuple[Any, ...]]:
    """The rows of our own SQL, whose places are `%(name)s` and stand for values."""
    if sql not in _known:
        places = [(name, None) for name in _PLACE.findall(sql)]
        _known[sql] = _made_question(_PLACE.sub("%s", sql), places)
    with connection.cursor() as cursor:
        _known[sql].ask_prepared(cursor, values)
        return cursor.fetchall()


def count(key: Hashable, build: Callable[..., QuerySet[Any]], **values: Any) -> int:
    """How many rows `fetch` would answer; they stay where they are."""
    counted = ("count", key)
    if counted not in _known:
        sql, places = _compile(build, values)
        sql = f"SELECT count(*) FROM ({sql}) found"  # noqa: S608 - compiled above
        _known[counted] = _made_question(sql, places)
    with connection.cursor() as cursor:
        _known[counted].ask_prepared(cursor, values)
        return int(cursor.fetchone()[0])


def instances(
    key: Hashable, build: Callable[..., QuerySet[Any]], **values: Any
) -> list[Any]:
    """The rows of `build(**values)` as models, with what `select_related` names."""
    if key not in _models:
        marks = _marks(values)
        compiler = build(**marks).query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        _known[key] = _made_question(sql, _places(params, marks))
        _models[key] = Models(compiler)
    with connection.cursor() as cursor:
        _known[key].ask_prepared(cursor, values)
        return list(_models[key].made_of(cursor.fetchall()))


class Models:
    """Makes rows of one question models, as `ModelIterable` does, but prepared once."""

    def __init__(self, compiler: Any) -> None:
        select, info = compiler.select, compiler.klass_info
        self.compiler = compiler
        self.converters = compiler.get_converters([column[0] for column in select])
        self.first = info["select_fields"][0]
        self.last = info["select_fields"][-1] + 1
        own = select[self.first : self.last]
        self.names = [column[0].target.attname for column in own]
        self.model = info["model"]
        self.populators = get_related_populators(info, select, DEFAULT_DB_ALIAS)
        self.annotations = list(compiler.annotation_col_map.items())

    def made_of(self, rows: Iterable[Any]) -> Iterator[Any]:
        """The rows as models."""
        for row in self.compiler.apply_converters(rows, self.converters):
            own = row[self.first : self.last]
            made = self.model.from_db(DEFAULT_DB_ALIAS, self.names, own)
            for populator in self.populators:
                populator.populate(row, made)
            for name, place in self.annotations:
                setattr(made, name, row[place])
            yield made


def _question(
    key: Hashable, build: Callable[..., QuerySet[Any]], values: dict[str, Any]
) -> Question:
    if key not in _known:
        _known[key] = _made_question(*_compile(build, values))
    return _known[key]


def _made_question(sql: str, places: list[tuple[str, Any]]) -> Question:
    order = dict.fromkeys(name for name, _ in places if name)
    return Question(sql, places, list(order))


def _compile(
    build: Callable[..., QuerySet[Any]], values: dict[str, Any]
) -> tuple[str, list[tuple[str, Any]]]:
    marks = _marks(values)
    sql, params = build(**marks).query.sql_with_params()
    return sql, _places(params, marks)


def _marks(values: dict[str, Any]) -> dict[str, Any]:
    """What stands for each value while compiling."""
    return {n: _mark(place, value) for place, (n, value) in enumerate(values.items())}


def _places(params: Iterable[Any], marks: dict[str, Any]) -> list[tuple[str, Any]]:
    """For each parameter the name of its value or what it always is."""
    names = {repr(mark): name for name, mark in marks.items()}
    places = [(names.get(repr(param), ""), param) for param in params]
    missing = set(marks) - {name for name, _ in places}
    if missing:
        raise LookupError(f"no parameter of its own: {', '.join(sorted(missing))}")
    return places


def _mark(place: int, value: Any) -> Any:
    """A value of the same type that stands for it while compiling."""
    if isinstance(value, str):
        return f"\ue000{place}\ue000"
    if isinstance(value, datetime):
        return datetime.min.replace(microsecond=place, tzinfo=UTC)
    return [_FIRST_MARK - place] if isinstance(value, list) else _FIRST_MARK - place
