"""Records of a table: found, counted, told. A fixed number of queries, however many.

One for the rows; one to count them where the page does not already say how many there
are; one for parents; one for what was said, where that is asked for.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.api.problems import Malformed
from itsm.table.columns import Column, Extras, Row, any_of
from itsm.table.journals import Journal, Parent, said, visible_parents
from itsm.table.params import Params
from itsm.table.query import Condition, Query
from itsm.table.tables import Table
from itsm.tickets import counts
from people.models import User

MOST_WITH_JOURNALS = 1_000
OPEN_ONLY = ((Condition("active", "=", ("true",)),),)
Record = dict[str, Any]
Told = Callable[[Row], Any]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of records, and how many there are in all; None where nobody asked."""

    records: list[Record]
    total: int | None


def find(table: Table, params: Params, user: User, base: str) -> Found:
    """The records that are asked for. Raises Malformed."""
    known = {**table.told_to(user), **table.walks}
    rows = table.rows(user).filter(_condition(params, known, user))
    order = _order(params.query, known)
    last = params.offset + params.limit
    columns = _wanted(params, known)
    if _journals(columns, params) and params.limit > MOST_WITH_JOURNALS:
        raise Malformed(
            _("comments and work_notes are told of %(n)s records at most.")
            % {"n": MOST_WITH_JOURNALS}
        )
    page = rows.order_by(*order)[params.offset : last]
    found = list(page.values_list(*_paths(columns))) if params.limit else []
    records = tell(found, columns, params, user, base)
    if not params.is_counted:
        return Found(records, None)
    if found and len(found) < params.limit:
        return Found(records, params.offset + len(found))
    return Found(records, _count(table, params, rows, user))


def record(
    table: Table, pk: int, params: Params, user: User, base: str
) -> Record | None:
    """One record; None where the person sees none."""
    known = {**table.told_to(user), **table.walks}
    columns = _wanted(params, known, is_single=True)
    rows = table.rows(user).filter(pk=pk).values_list(*_paths(columns))
    found = tell(list(rows), columns, params, user, base)
    return found[0] if found else None


def tell(
    rows: Sequence[Row],
    columns: Sequence[Column],
    params: Params,
    user: User,
    base: str,
) -> list[Record]:
    """Rows as JSON, in the order of the columns."""
    places = {path: place for place, path in enumerate(_paths(columns))}
    extras = _extras(rows, columns, places, params, user)
    tellers = [(c.name, _teller(c, places, extras, params, base)) for c in columns]
    return [{name: told(row) for name, told in tellers} for row in rows]


def _condition(params: Params, known: Mapping[str, Column], user: User) -> Q:
    """One of the queries, and what is named besides."""

    def where(one: Condition) -> Q:
        return _column(one.field, known).where(one, user)

    found = any_of(
        _all_of(any_of(map(where, either)) for either in every)
        for every in params.query.queries
    )
    return found & _all_of(map(where, params.named))


def _all_of(conditions: Iterable[Q]) -> Q:
    found = Q()
    for one in conditions:
        found &= one
    return found


def _column(name: str, known: Mapping[str, Column]) -> Column:
    found = known.get(name)
    if found is None:
        raise Malformed(_("There is no field “%(name)s” to ask for.") % {"name": name})
    return found


def _order(asked: Query, known: Mapping[str, Column]) -> list[str]:
    """Every order ends with the id, so that pages neither skip nor repeat."""
    found = [
        ("-" if one.falling else "") + _column(one.field, known).order()
        for one in asked.orders
    ]
    return [*dict.fromkeys(found), "pk"]


def _wanted(
    params: Params, known: Mapping[str, Column], *, is_single: bool = False
) -> list[Column]:
    """The columns to tell; of a list the journals only where they are named."""
    if params.fields:
        named = [known[name] for name in params.fields if name in known]
        return named or [known["sys_id"]]
    plain = (c for c in known.values() if "." not in c.name)
    return [c for c in plain if is_single or not isinstance(c, Journal)]


def _paths(columns: Iterable[Column]) -> list[str]:
    """What is read of a row; its id always."""
    paths = ("pk", *(path for column in columns for path in column.paths()))
    return list(dict.fromkeys(paths))


def _journals(columns: Iterable[Column], params: Params) -> list[str]:
    """The journals whose words are told: as values they are empty."""
    if params.display == "false":
        return []
    return [column.name for column in columns if isinstance(column, Journal)]


def _extras(
    rows: Sequence[Row],
    columns: Sequence[Column],
    places: Mapping[str, int],
    params: Params,
    user: User,
) -> Extras:
    has_parents = any(isinstance(column, Parent) for column in columns)
    parents = (row[places["parent_id"]] for row in rows) if has_parents else ()
    names = _journals(columns, params) if rows else []
    return Extras(
        parents=visible_parents(user, parents),
        journals=said((row[places["pk"]] for row in rows), names) if names else {},
    )


def _teller(
    column: Column,
    places: Mapping[str, int],
    extras: Extras,
    params: Params,
    base: str,
) -> Told:
    """How one column is told, chosen once for all rows."""
    value, display = column.value(places, extras), column.display(places, extras)
    link = _link(column, places, base) if column.target and params.has_links else None
    if params.display == "all":
        return lambda row: {
            "display_value": display(row),
            "value": value(row),
            **({"link": link(row, value(row))} if link and value(row) else {}),
        }
    shown, name = (
        (display, "display_value") if params.display == "true" else (value, "value")
    )
    if link is None:
        return shown
    return lambda row: (
        {"link": link(row, value(row)), name: shown(row)} if value(row) else ""
    )


def _link(
    column: Column, places: Mapping[str, int], base: str
) -> Callable[[Row, str], str]:
    """Where the record is that a reference leads to."""
    if isinstance(column, Parent):
        place = places["parent__type"]
        return lambda row, sys_id: f"{base}{column.table_of(row[place])}/{sys_id}"
    start = f"{base}{column.target}/"
    return lambda row, sys_id: start + sys_id


def _count(table: Table, params: Params, rows: QuerySet[Any], user: User) -> int:
    """How many in all. Open tickets are counted already; other rows are now."""
    is_open_only = params.query.queries == (OPEN_ONLY,) and not params.named
    if table.ticket_type and is_open_only and user.is_staff:
        return counts.open_counts(user).of_type(table.ticket_type).open
    return rows.order_by().count()
