"""An encoded query (`sysparm_query`) taken apart. Pure: no table, no database.

    active=true^priority=1^ORpriority=2^NQnumber=INC0001^ORDERBYDESCopened_at

`^` is and, `^OR` adds an alternative to the condition before it, `^NQ` begins another
query whose rows come besides. `^^` is a caret inside a value. A query that cannot be
understood to the last word is refused: left out, a condition would widen the answer.
"""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.api.problems import Malformed

LONGEST = 10_000  # characters
MOST_CONDITIONS = 100
MOST_VALUES = 1_000  # of IN, all together
LISTS = frozenset({"IN", "NOT IN"})
EMPTY = frozenset({"ISEMPTY", "ISNOTEMPTY"})
OPERATORS = (  # the longer before those that they begin with
    *("NOT LIKE", "NOT IN", "STARTSWITH", "ENDSWITH", "ISNOTEMPTY", "ISEMPTY"),
    *("BETWEEN", "LIKE", "IN", "!=", ">=", "<=", "=", ">", "<"),
)
FIELD = r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*"
CONDITION = re.compile(rf"({FIELD})\s*({'|'.join(OPERATORS)})(.*)", re.DOTALL)
ORDER = re.compile(rf"ORDERBY(DESC)?({FIELD})")
CARET = "\x00"  # stands for `^^` while the query is split; nothing else may hold it


@dataclass(frozen=True, slots=True)
class Condition:
    """One field, one operator, its values: one, several of IN, two of BETWEEN."""

    field: str
    operator: str
    values: tuple[str, ...]

    @property
    def value(self) -> str:
        """The only value."""
        return self.values[0]


@dataclass(frozen=True, slots=True)
class Order:
    """Sorted by this field."""

    field: str
    falling: bool


Either = tuple[Condition, ...]  # one of these
Every = tuple[Either, ...]  # all of these


@dataclass(frozen=True, slots=True)
class Query:
    """Rows that fit one of `queries`, in this order."""

    queries: tuple[Every, ...] = ()
    orders: tuple[Order, ...] = ()


def parse(text: str) -> Query:
    """The query in parts. Raises Malformed with a sentence."""
    _check(text)
    queries: list[list[list[Condition]]] = [[]]
    orders: list[Order] = []
    for part in text.replace("^^", CARET).split("^"):
        if part in {"", "EQ"}:  # what editors of such queries leave at their ends
            continue
        if order := ORDER.fullmatch(part):
            orders.append(Order(order[2], bool(order[1])))
        elif part.startswith("NQ"):
            queries.append([[_condition(part[2:])]])
        elif part.startswith("OR"):
            if not queries[-1]:
                raise Malformed(_("^OR needs a condition before it."))
            queries[-1][-1].append(_condition(part[2:]))
        else:
            queries[-1].append([_condition(part)])
    _check_size([one for query in queries for either in query for one in either])
    return Query(
        tuple(tuple(map(tuple, query)) for query in queries if query), tuple(orders)
    )


def equals(field: str, value: str) -> Condition:
    """`field=value`, as a parameter of that name says it."""
    _check(value)
    return Condition(field, "=", (value,))


def _check(text: str) -> None:
    if len(text) > LONGEST:
        raise Malformed(
            _("The query has %(n)s characters; at most %(most)s are read.")
            % {"n": len(text), "most": LONGEST}
        )
    if "\x00" in text:
        raise Malformed(_("It holds a character that cannot be stored (U+0000)."))
    if "javascript:" in "".join(text.split()).lower():
        raise Malformed(_("Scripts are not run here; write the value itself."))


def _check_size(conditions: list[Condition]) -> None:
    values = sum(len(c.values) for c in conditions if c.operator in LISTS)
    if len(conditions) > MOST_CONDITIONS or values > MOST_VALUES:
        raise Malformed(
            _("At most %(n)s conditions and %(v)s values in lists are read.")
            % {"n": MOST_CONDITIONS, "v": MOST_VALUES}
        )


def _condition(part: str) -> Condition:
    found = CONDITION.fullmatch(part)
    if found is None:
        shown = part.replace(CARET, "^")[:60]
        raise Malformed(_("“%(part)s” is not understood.") % {"part": shown})
    field, operator, value = found[1], found[2], found[3].replace(CARET, "^")
    if operator in EMPTY:
        if value:
            words = {"operator": operator, "field": field}
            raise Malformed(_("%(field)s: %(operator)s takes no value.") % words)
        return Condition(field, operator, ())
    if operator in LISTS:
        return Condition(field, operator, tuple(v.strip() for v in value.split(",")))
    if operator == "BETWEEN":
        first, at, last = value.partition("@")
        if not at:
            raise Malformed(_("%(f)s: write BETWEEN as first@last.") % {"f": field})
        return Condition(field, operator, (first.strip(), last.strip()))
    return Condition(field, operator, (value,))
