"""How many tickets there are, without counting them.

Database triggers write what each statement changed as delta rows (no hot row); a
sweep folds them into `TicketCount`; a reader adds both in one statement, so it is
exact at any moment. Restricted tickets are in neither: those a person may see are few
and counted for that person.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from itsm.tickets.models import Ticket
from itsm.tickets.states import WORKABLE
from people.models import User

CAP = 1000
FOLD_LOCK = 7_236_002  # advisory: one sweep at a time
KEY = "type, state_category, team_id, owner_id"

READ = f"""
SELECT type, team_id, sum(n)::bigint,
    sum(n) FILTER (WHERE state_category = ANY(%s))::bigint,
    sum(n) FILTER (WHERE state_category = 'new')::bigint,
    sum(n) FILTER (WHERE state_category = 'waiting')::bigint,
    sum(n) FILTER (WHERE owner_id = %s)::bigint,
    sum(n) FILTER (WHERE owner_id IS NULL)::bigint,
    grouping(type, team_id)
FROM (
    SELECT {KEY}, n FROM itsm_ticketcount
    UNION ALL SELECT {KEY}, n FROM itsm_ticketcountdelta
    UNION ALL {{restricted}}
) counted
GROUP BY GROUPING SETS ((), (type), (team_id))
"""  # noqa: S608 - names of our own columns
FOLD = f"""
WITH moved AS (DELETE FROM itsm_ticketcountdelta RETURNING {KEY}, n)
INSERT INTO itsm_ticketcount AS kept ({KEY}, n)
SELECT {KEY}, sum(n) FROM moved GROUP BY {KEY} HAVING sum(n) <> 0
ON CONFLICT ({KEY}) DO UPDATE SET n = kept.n + excluded.n
"""  # noqa: S608
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


def open_counts(user: User) -> OpenCounts:
    """Every built-in view's count for a member of staff, exact, in one query.

    Requesters' lists are short and counted with `capped`.
    """
    restricted = (
        Ticket.objects.visible_to(user)
        .open()
        .filter(restricted=True)
        .order_by()
        .values_list("type", "state_category", "team_id", "owner_id")
    )
    sql, values = restricted.query.sql_with_params()
    few = f"SELECT {KEY}, 1 AS n FROM ({sql}) few ({KEY})"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(READ.format(restricted=few), [list(WORKABLE), user.pk, *values])
        rows = cursor.fetchall()
    whole, types, teams = Count(), {}, {}
    for type_, team_id, *numbers, level in rows:
        count = Count(*(n or 0 for n in numbers))
        if level == 3:
            whole = count
        elif level == 1:
            types[type_] = count
        else:
            teams[team_id] = count
    return OpenCounts(whole, types, teams)


def fold() -> int:
    """Move delta rows into the table; how many keys changed, 0 while another folds."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [FOLD_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(FOLD)
        changed = cursor.rowcount
        cursor.execute("DELETE FROM itsm_ticketcount WHERE n = 0")
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
