"""The kinds of columns: what each reads, tells, and can be asked for.

A column is asked with the operators of an encoded query and answers a condition over
the rows; it tells a value and what people read for it. Rows are tuples, read in one
statement; `Extras` holds what is read besides, once for all of them. `!=`, NOT LIKE
and NOT IN are what `=`, LIKE and IN leave over: a row that has none is among it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from core.api.problems import Malformed
from itsm.table import ids
from itsm.table.query import Condition
from people.models import User

Row = Sequence[Any]
Read = Callable[[Row], str]
Places = Mapping[str, int]  # where in a row each path stands
OPPOSITES = {"!=": "=", "NOT LIKE": "LIKE", "NOT IN": "IN", "ISNOTEMPTY": "ISEMPTY"}
PARTS = {"LIKE": "icontains", "STARTSWITH": "istartswith", "ENDSWITH": "iendswith"}
BOUNDS = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
SECOND = timedelta(seconds=1)
LONGEST_NUMBER = 18  # digits
NOTHING = Q(pk__in=[])
EVERYTHING = ~NOTHING  # unlike an empty condition, "or" leaves it what it is


@dataclass(frozen=True, slots=True)
class Extras:
    """What a page of rows needs besides: visible parents, and what was said."""

    parents: Collection[int] = ()
    journals: Mapping[tuple[str, int], str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column. `path` is where its value stands on the record."""

    name: str
    path: str = ""
    for_staff: bool = False  # for requesters there is no such column
    is_asked: bool = True  # may stand in a query
    target = ""  # the table that a reference leads to

    def paths(self) -> tuple[str, ...]:
        """What it reads of a row."""
        return (self.path,) if self.path else ()

    def value(self, places: Places, extras: Extras) -> Read:
        """What a program reads."""
        place = places[self.path]
        return lambda row: str(row[place] or "")

    def display(self, places: Places, extras: Extras) -> Read:
        """What people read."""
        return self.value(places, extras)

    def order(self) -> str:
        """What rows are sorted by. Raises Malformed."""
        if not self.is_asked or not self.path:
            raise Malformed(_("Nothing is sorted by %(f)s here.") % {"f": self.name})
        return self.path

    def where(self, asked: Condition, user: User) -> Q:
        """The rows that fit. Raises Malformed for what makes no sense."""
        if not self.is_asked:
            raise Malformed(_("%(f)s cannot be asked for.") % {"f": self.name})
        if opposite := OPPOSITES.get(asked.operator):
            return ~self.where(replace(asked, operator=opposite), user)
        return self.fits(asked, user)

    def fits(self, asked: Condition, user: User) -> Q:
        """`where`, for operators that say what is rather than what is not."""
        raise self.refusal(asked)

    def refusal(self, asked: Condition) -> Malformed:
        """That this kind of column cannot be asked so."""
        words = {"field": self.name, "operator": asked.operator}
        return Malformed(_("%(field)s cannot be asked with %(operator)s.") % words)


@dataclass(frozen=True, kw_only=True)
class Text(Column):
    """Words. Compared whatever their case, unless they are a `code`."""

    shown: str = ""  # the path of what people read, where it is another
    code: Callable[[str], str] | None = None  # how it is stored, and so indexed

    def paths(self) -> tuple[str, ...]:
        """Value, and what is shown for it."""
        return (self.path, self.shown) if self.shown else (self.path,)

    def display(self, places: Places, extras: Extras) -> Read:
        """What is shown for it."""
        place = places[self.shown or self.path]
        return lambda row: str(row[place] or "")

    def fits(self, asked: Condition, user: User) -> Q:
        """Equality, parts, bounds and emptiness."""
        operator, path = asked.operator, self.path
        if operator == "ISEMPTY" or (operator == "=" and not asked.value):
            return Q(**{path: ""}) | Q(**{f"{path}__isnull": True})
        if operator == "=":
            return self._is(asked.value)
        if operator == "IN":
            if self.code:
                return Q(**{f"{path}__in": list(map(self.code, asked.values))})
            return any_of(self._is(value) for value in asked.values)
        if lookup := PARTS.get(operator) or BOUNDS.get(operator):
            return Q(**{f"{path}__{lookup}": asked.value})
        if operator == "BETWEEN":
            return Q(
                **{f"{path}__gte": asked.values[0], f"{path}__lte": asked.values[1]}
            )
        raise self.refusal(asked)

    def _is(self, value: str) -> Q:
        if self.code:
            return Q(**{self.path: self.code(value)})
        return Q(**{f"{self.path}__iexact": value})


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a choice, its words, and what of ours it stands for."""

    value: str
    label: str
    stored: tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Choice(Column):
    """One of a few values, so that every operator is answered by looking at them.

    `is_open`: there may be others, which stand for themselves.
    """

    options: tuple[Option, ...] = ()
    is_open: bool = False

    def value(self, places: Places, extras: Extras) -> Read:
        """Its value."""
        return self._told(places, {s: o.value for o in self.options for s in o.stored})

    def display(self, places: Places, extras: Extras) -> Read:
        """Its words."""
        return self._told(places, {s: o.label for o in self.options for s in o.stored})

    def _told(self, places: Places, words: Mapping[Any, str]) -> Read:
        place = places[self.path]

        def told(row: Row) -> str:
            stored = row[place]
            found = words.get(stored)
            return str(stored or "") if found is None else found

        return told

    def fits(self, asked: Condition, user: User) -> Q:
        """The options that fit."""
        if asked.operator == "ISEMPTY":
            return Q(**{self.path: ""}) if self.is_open else NOTHING
        fitting = [o for o in self.options if self._fits(asked, o.value)]
        stored = {one for option in fitting for one in option.stored}
        if self.is_open and asked.operator in {"=", "IN"}:
            known = {o.value for o in self.options}
            stored |= {v for v in asked.values if v not in known}
        if not stored:
            return NOTHING
        return Q(**{f"{self.path}__in": sorted(stored)})

    def stored(self, value: str) -> Any:
        """What of ours a value stands for, also by its words. Raises KeyError."""
        wanted = value.strip().lower()
        for option in self.options:
            if wanted in {option.value.lower(), option.label.lower()}:
                return option.stored[0]
        raise KeyError(value)

    def _fits(self, asked: Condition, value: str) -> bool:
        values = [v.strip().lower() for v in asked.values]
        tests: dict[str, Callable[[], bool]] = {
            "=": lambda: value == values[0],
            "IN": lambda: value in values,
            "LIKE": lambda: values[0] in value,
            "STARTSWITH": lambda: value.startswith(values[0]),
            "ENDSWITH": lambda: value.endswith(values[0]),
            ">": lambda: _rank(value) > _rank(values[0]),
            ">=": lambda: _rank(value) >= _rank(values[0]),
            "<": lambda: _rank(value) < _rank(values[0]),
            "<=": lambda: _rank(value) <= _rank(values[0]),
            "BETWEEN": lambda: _rank(values[0]) <= _rank(value) <= _rank(values[1]),
        }
        return tests[asked.operator]()


@dataclass(frozen=True, kw_only=True)
class Reference(Column):
    """Another record: told by its `sys_id`, read by its name."""

    kind: str
    shown: str
    target: str

    def paths(self) -> tuple[str, ...]:
        """Its id and its name."""
        return (self.path, self.shown)

    def value(self, places: Places, extras: Extras) -> Read:
        """Its `sys_id`."""
        place, kind = places[self.path], self.kind
        return lambda row: "" if row[place] is None else ids.sys_id(kind, row[place])

    def display(self, places: Places, extras: Extras) -> Read:
        """Its name."""
        place = places[self.shown]
        return lambda row: str(row[place] or "")

    def order(self) -> str:
        """By what people read."""
        return self.shown

    def fits(self, asked: Condition, user: User) -> Q:
        """Which record it is, part of its name, or none."""
        operator = asked.operator
        if operator == "ISEMPTY" or (operator == "=" and not asked.value):
            return Q(**{f"{self.path}__isnull": True})
        if operator in {"=", "IN"}:
            found = [ids.pk_of(self.kind, value) for value in asked.values]
            pks = [pk for pk in found if pk is not None]
            return Q(**{f"{self.path}__in": pks}) if pks else NOTHING
        if lookup := PARTS.get(operator):
            return Q(**{f"{self.shown}__{lookup}": asked.value})
        raise self.refusal(asked)


@dataclass(frozen=True, kw_only=True)
class SysId(Column):
    """A record's own `sys_id`, or that of one it refers to."""

    kind: str
    path: str = "pk"

    def value(self, places: Places, extras: Extras) -> Read:
        """32 digits."""
        place, kind = places[self.path], self.kind
        return lambda row: "" if row[place] is None else ids.sys_id(kind, row[place])

    def fits(self, asked: Condition, user: User) -> Q:
        """Which record it is."""
        if asked.operator not in {"=", "IN"}:
            raise self.refusal(asked)
        found = [ids.pk_of(self.kind, value) for value in asked.values]
        pks = [pk for pk in found if pk is not None]
        return Q(**{f"{self.path}__in": pks}) if pks else NOTHING


@dataclass(frozen=True, kw_only=True)
class Moment(Column):
    """An instant, told to the second in UTC, and compared as it is told."""

    def value(self, places: Places, extras: Extras) -> Read:
        """`2026-11-22 09:30:00`."""
        place = places[self.path]
        return lambda row: "" if row[place] is None else written(row[place])

    def fits(self, asked: Condition, user: User) -> Q:
        """Before, after, within, or never."""
        operator, path = asked.operator, self.path
        if operator == "ISEMPTY" or (operator == "=" and not asked.value):
            return Q(**{f"{path}__isnull": True})
        if operator == "BETWEEN":
            first, last = (moment(self.name, value) for value in asked.values)
            return Q(**{f"{path}__gte": first, f"{path}__lt": last + SECOND})
        if operator == "IN":
            return any_of(self._is(moment(self.name, v)) for v in asked.values)
        if operator not in {"=", *BOUNDS}:
            raise self.refusal(asked)
        at = moment(self.name, asked.value)
        return {
            "=": self._is(at),
            ">": Q(**{f"{path}__gte": at + SECOND}),
            ">=": Q(**{f"{path}__gte": at}),
            "<": Q(**{f"{path}__lt": at}),
            "<=": Q(**{f"{path}__lt": at + SECOND}),
        }[operator]

    def _is(self, at: datetime) -> Q:
        return Q(**{f"{self.path}__gte": at, f"{self.path}__lt": at + SECOND})


@dataclass(frozen=True, kw_only=True)
class Whole(Column):
    """A whole number."""

    def value(self, places: Places, extras: Extras) -> Read:
        """Its digits."""
        place = places[self.path]
        return lambda row: "" if row[place] is None else str(row[place])

    def fits(self, asked: Condition, user: User) -> Q:
        """Equal, more, less, within."""
        operator, path = asked.operator, self.path
        if operator == "ISEMPTY":
            return Q(**{f"{path}__isnull": True})
        if operator not in {"=", "IN", "BETWEEN", *BOUNDS}:
            raise self.refusal(asked)
        numbers = [self._number(value) for value in asked.values]
        if operator == "BETWEEN":
            return Q(**{f"{path}__gte": numbers[0], f"{path}__lte": numbers[1]})
        if operator in BOUNDS:
            return Q(**{f"{path}__{BOUNDS[operator]}": numbers[0]})
        return Q(**{f"{path}__in": numbers})

    def _number(self, value: str) -> int:
        text = value.strip()
        digits = text.removeprefix("-")
        if digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER:
            return int(text)
        words = {"field": self.name, "value": value[:40]}
        raise Malformed(_("%(field)s: “%(value)s” is no whole number.") % words)


@dataclass(frozen=True, kw_only=True)
class Fixed(Column):
    """The same for every row: which table it is of."""

    word: str
    label: str

    def value(self, places: Places, extras: Extras) -> Read:
        """The word."""
        return lambda row: self.word

    def display(self, places: Places, extras: Extras) -> Read:
        """Its words."""
        return lambda row: self.label

    def fits(self, asked: Condition, user: User) -> Q:
        """All rows or none."""
        if asked.operator not in {"=", "IN"}:
            raise self.refusal(asked)
        return EVERYTHING if self.word in asked.values else NOTHING


def any_of(conditions: Any) -> Q:
    """One of them."""
    found = Q()
    for one in conditions:
        found |= one
    return found


def written(at: datetime) -> str:
    """An instant as the Table API writes it: UTC, to the second."""
    return at.isoformat(" ")[:19]


def moment(name: str, text: str) -> datetime:
    """An instant that somebody wrote, in UTC. Raises Malformed."""
    text = text.strip()
    try:
        found = parse_datetime(f"{text} 00:00:00" if len(text) == 10 else text)
    except ValueError:
        found = None
    if found is None or not 1970 <= found.year <= 9000:
        raise Malformed(
            _("%(field)s: write an instant in UTC such as 2026-11-22 09:30:00.")
            % {"field": name}
        )
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _rank(value: str) -> tuple[int, float, str]:
    """Numbers by size, and after them words by letter."""
    digits = value.removeprefix("-")
    if digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER:
        return (0, int(value), "")
    return (1, 0, value)
