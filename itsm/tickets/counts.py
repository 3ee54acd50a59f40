"""How many tickets there are, without counting them.

Database triggers write what each statement changed as delta rows (no hot row); a
sweep folds them into `TicketCount`; a reader adds both in one statement, so it is
exact at any moment. Restricted tickets are in neither: those a person may see are few
and counted for that person.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from core import prepared
from itsm.tickets.querysets import Personal
from itsm.tickets.states import WORKABLE
from people.models import User
from people.roles import Role

CAP = 1000
FOLD_LOCK = 7_236_002  # advisory: one sweep at a time
KEY = "type, state_category, team_id, owner_id"
ALL = ("all", None)
MINE = 4  # the place of `mine` in a Count
Row = tuple[Any, ...]  # type, state category, team, owner, n

READ = f"""
WITH fold AS MATERIALIZED (SELECT stamp::text FROM itsm_ticketcountfold LIMIT 1)
SELECT 'stamp', (SELECT stamp FROM fold), NULL, NULL::bigint, NULL::bigint, 0::bigint
UNION ALL SELECT 'folded', {KEY}, n FROM itsm_ticketcount
    WHERE (SELECT stamp FROM fold) IS DISTINCT FROM %(stamp)s
UNION ALL SELECT 'since', {KEY}, sum(n)::bigint FROM itsm_ticketcountdelta
    GROUP BY {KEY}
UNION ALL SELECT 'restricted', {KEY}, 1 FROM ({{restricted}}) few ({KEY})
"""  # noqa: S608 - names of our own columns
FOLD = f"""
WITH moved AS (DELETE FROM itsm_ticketcountdelta RETURNING {KEY}, n)
INSERT INTO itsm_ticketcount AS kept ({KEY}, n)
SELECT {KEY}, sum(n) FROM moved GROUP BY {KEY} HAVING sum(n) <> 0
ON CONFLICT ({KEY}) DO UPDATE SET n = kept.n + excluded.n
"""  # noqa: S608
STAMP = """
WITH changed AS (
    UPDATE itsm_ticketcountfold SET stamp = gen_random_uuid() RETURNING 1
)
INSERT INTO itsm_ticketcountfold (stamp)
SELECT gen_random_uuid() WHERE NOT EXISTS (SELECT FROM changed)
"""
COMPARE = f"""
SELECT {KEY}, sum(counted)::bigint, sum(rows)::bigint FROM (
    SELECT {KEY}, n AS counted, 0 AS rows FROM itsm_ticketcount
    UNION ALL SELECT {KEY}, n, 0 FROM itsm_ticketcountdelta
    UNION ALL SELECT {KEY}, 0, 1 FROM itsm_ticket
    WHERE state_category IN ('new', 'active', 'waiting') AND NOT restricted
) both_sides
GROUP BY {KEY} HAVING sum(counted) <> sum(rows)
ORDER BY {KEY}
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Count:
    """Open tickets of one view."""

    open: int = 0
    workable: int = 0
    new: int = 0
    waiting: int = 0
    mine: int = 0
    unassigned: int = 0


@dataclass(frozen=True, slots=True)
class OpenCounts:
    """Open tickets that one person may see."""

    all: Count = Count()
    by_type: Mapping[str, Count] = field(default_factory=dict)
    by_team: Mapping[int | None, Count] = field(default_factory=dict)

    def of_type(self, type_: str) -> Count:
        """Those of one practice."""
        return self.by_type.get(type_, Count())

    def of_team(self, team_id: int | None) -> Count:
        """Those of one team; None: of no team."""
        return self.by_team.get(team_id, Count())


class _Sums:
    """Counts by view, added up row by row: all, of a type, of a team."""

    def __init__(self, views: Mapping[Any, list[int]] | None = None) -> None:
        self.views = {view: list(sums) for view, sums in (views or {}).items()}

    def add(self, rows: Iterable[Row]) -> None:
        """Add rows to all but `mine`."""
        for row in rows:
            _, state, _, owner_id, n = row
            is_workable, is_unowned = state in WORKABLE, owner_id is None
            is_new, is_waiting = state == "new", state == "waiting"
            parts = (n, n * is_workable, n * is_new, n * is_waiting, 0, n * is_unowned)
            for sums in self._views(row):
                for place, part in enumerate(parts):
                    sums[place] += part

    def add_mine(self, rows: Iterable[Row], user: User) -> None:
        """Add to `mine` those rows whose owner the user is."""
        for row in rows:
            if row[3] == user.pk:
                for sums in self._views(row):
                    sums[MINE] += row[4]

    def _views(self, row: Row) -> list[list[int]]:
        views = (ALL, ("type", row[0]), ("team", row[2]))
        return [self.views.setdefault(view, [0] * 6) for view in views]

    def told(self) -> OpenCounts:
        """As what callers get."""
        made = {view: Count(*sums) for view, sums in self.views.items()}
        return OpenCounts(
            made.get(ALL, Count()),
            {view[1]: count for view, count in made.items() if view[0] == "type"},
            {view[1]: count for view, count in made.items() if view[0] == "team"},
        )


class _Folded:
    """The folded table as this process read it last: sums, and the rows of owners."""

    def __init__(self, stamp: str | None, rows: Sequence[Row]) -> None:
        self.stamp = stamp or ""  # before the first fold there is none
        self.sums = _Sums()
        self.sums.add(rows)
        self.owned: dict[int, list[Row]] = {}
        for row in rows:
            if row[3] is not None:
                self.owned.setdefault(row[3], []).append(row)


_folded = _Folded(None, [])


def open_counts(user: User) -> OpenCounts:
    """Every built-in view's count for a member of staff, exact, in one query.

    The folded table is fetched only where it changed since this process last did;
    stamp, table, deltas and restricted tickets are read in one statement, so they fit
    each other. Requesters' lists are short and counted with `capped`.
    """
    global _folded
    sql = READ.format(restricted=_restricted(user))
    found: dict[str, list[Row]] = {}
    for source, *row in prepared.select(sql, stamp=_folded.stamp, user=user.pk):
        found.setdefault(source, []).append(tuple(row))
    stamp = found["stamp"][0][0]
    known = _folded
    if stamp != known.stamp:
        known = _folded = _Folded(stamp, found.get("folded", []))
    sums = _Sums(known.sums.views)
    recent = [*found.get("since", []), *found.get("restricted", [])]
    sums.add(recent)
    sums.add_mine([*known.owned.get(user.pk, []), *recent], user)
    return sums.told()


def _restricted(user: User) -> str:
    """SQL for the open restricted tickets a person sees, from an index of those."""
    personal = "true" if user.has_role(Role.ADMINISTRATOR) else Personal(user).plain()
    return f"""SELECT {KEY} FROM itsm_ticket WHERE restricted
        AND state_category IN ('new', 'active', 'waiting') AND ({personal})"""  # noqa: S608 - our own


def fold() -> int:
    """Move delta rows into the table; how many keys changed, 0 while another folds."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [FOLD_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(FOLD)
        changed = cursor.rowcount
        if changed:
            cursor.execute("DELETE FROM itsm_ticketcount WHERE n = 0")
            cursor.execute(STAMP)
        return changed


def capped(queryset: QuerySet[Any], cap: int = CAP) -> tuple[int, bool]:
    """How many rows, reading no more than `cap` + 1: the number, and if it is exact."""
    found = queryset.order_by()[: cap + 1].count()
    return min(found, cap), found <= cap


def check() -> list[str]:
    """What is wrong with the counts, a sentence each; reads every open ticket."""
    with connection.cursor() as cursor:
        cursor.execute(COMPARE)
        return [
            f"The count of {type_} tickets in {category} of team {team} and owner "
            f"{owner} says {counted}, and there are {rows}."
            for type_, category, team, owner, counted, rows in cursor.fetchall()
        ]
