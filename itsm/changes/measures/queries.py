"""DORA's four measures of changes, the wait for approval, and emergencies.

The four are those of DORA's research (Forsgren, Humble, Kim: Accelerate, 2018;
https://dora.dev/guides/dora-metrics-four-keys/), read off changes and the log:

- **Deployment frequency**: changes that ended with a result, whatever it was, divided
  by the weeks of the period. An attempt that failed is one too, else the share of
  failures could not be told.
- **Lead time for changes**: from `committed_at` until it was over, of those that ended
  well (success, or success with issues) and say when they were committed; the median.
- **Change failure rate**: the share of them that failed, were rolled back, or are what
  an incident is linked to as caused by.
- **Time to restore** (DORA now says failed deployment recovery time): of those that
  failed, from when the first incident that they caused was opened until the last one
  was resolved; of a rollback without incidents, from when it was told as deployed, else
  begun, until it was taken back; the median. What is not restored yet is not in it.

Besides: the **wait for approval** is the time that a change stood in a waiting state
whose way on is somebody's approval, as its process version has it; its share is of all
the time from opening until it was over. **Emergencies** are a share of all of them.

Two statements for the page, whatever the numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from itsm.changes.measures import statements
from itsm.tickets.models import Ticket
from people.models import User
from processes import definition as definitions
from processes.definition import Definition
from processes.models import ProcessVersion

WEEKS = 12
DIMENSIONS = ("service", "team", "model", "week")


@dataclass(frozen=True, slots=True)
class Wish:
    """Which changes: over from a day to a day, of a service, a team, a model."""

    first: date
    last: date
    zone: ZoneInfo
    where: Mapping[str, int | str] = field(default_factory=dict)

    @property
    def span(self) -> tuple[datetime, datetime]:
        """From the first day's beginning to the end of the last."""
        start = datetime.combine(self.first, time(), self.zone)
        end = datetime.combine(self.last + timedelta(days=1), time(), self.zone)
        return start, end

    @property
    def weeks(self) -> float:
        """How long that is."""
        return ((self.last - self.first).days + 1) / 7


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of some changes; times in seconds, medians unless they say `all`."""

    deployments: int = 0
    n_lead: int = 0
    lead: float | None = None
    failures: int = 0
    n_restored: int = 0
    restored: float | None = None
    emergencies: int = 0
    n_waited: int = 0
    waited: float | None = None
    waited_all: float = 0.0
    life_all: float = 0.0

    @property
    def failure_rate(self) -> float | None:
        """0 to 1."""
        return self.failures / self.deployments if self.deployments else None

    @property
    def emergency_share(self) -> float | None:
        """0 to 1."""
        return self.emergencies / self.deployments if self.deployments else None

    @property
    def waited_share(self) -> float | None:
        """Of all their time, what they waited for approval, 0 to 1."""
        return self.waited_all / self.life_all if self.life_all else None


@dataclass(frozen=True, slots=True)
class Stood:
    """How long changes stood in one state: all of them, and by model; seconds."""

    state: str
    changes: int
    seconds: float
    by_model: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Measures:
    """All of it, and by each dimension; None is what has no service or team."""

    total: Figures
    by: Mapping[str, Mapping[Any, Figures]]
    states: Sequence[Stood]


def measures(user: User, wish: Wish) -> Measures:
    """What this person may see of it. Three statements, one of them for versions."""
    asks = _asking()
    by: dict[str, dict[Any, Figures]] = {name: {} for name in DIMENSIONS}
    total = Figures()
    names, rows = _ask(statements.FIGURES, user, wish, asks)
    for row in rows:
        figures = Figures(**dict(zip(names[8:], row[8:], strict=True)))
        n = next((n for n in range(4) if row[n] == 0), None)
        if n is None:
            total = figures
        else:
            by[DIMENSIONS[n]][row[4 + n]] = figures
    return Measures(total, by, _states(user, wish, asks) if total.deployments else [])


def _states(user: User, wish: Wish, asks: "Asks") -> list[Stood]:
    """The longest first."""
    found: dict[str, dict[str | None, tuple[int, float]]] = {}
    for model, state, changes, seconds in _ask(statements.STATES, user, wish, asks)[1]:
        found.setdefault(state, {})[model] = changes, seconds
    stood = [
        Stood(state, *all_, {m: s for m, (_n, s) in by.items() if m})
        for state, by in found.items()
        if (all_ := by[None])[1]
    ]
    return sorted(stood, key=lambda one: -one.seconds)


def behind(
    user: User, wish: Wish, what: str, state: str, most: int
) -> list[tuple[Any, ...]]:
    """The newest changes behind a number. Two statements.

    number, title, model, result, ended_at, lead, restored, waited, is_failure, service
    """
    condition = statements.CONDITIONS[what]
    more = {"most": most, "state": state}
    sql = statements.BEHIND.replace("{condition}", condition)
    return _ask(sql, user, wish, _asking(), **more)[1]


Asks = tuple[list[int], list[str]]


def _asking() -> Asks:
    """In which states of which versions a change waits for approval. One query."""
    rows = ProcessVersion.objects.filter(
        process__slug="change", released_at__isnull=False
    )
    pairs = [
        (version.pk, state)
        for version in rows
        for state in asking_states(definitions.of(version))
    ]
    return [pk for pk, _state in pairs], [state for _pk, state in pairs]


def asking_states(definition: Definition) -> set[str]:
    """Waiting states that an approval leads out of."""
    verbs = {approval.verb for approval in definition.approvals}
    return {
        state
        for rule in definition.rules
        if rule.verb in verbs
        for state in rule.from_
        if definition.states[state].category == "waiting"
    }


def _ask(
    sql: str, user: User, wish: Wish, asks: Asks, **more: Any
) -> tuple[list[str], list[tuple[Any, ...]]]:
    start, end = wish.span
    params: dict[str, Any] = {
        "zone": str(wish.zone),
        "start": start,
        "end": end,
        "versions": asks[0],
        "states": asks[1],
        **{f"w_{name}": value for name, value in wish.where.items()},
        **more,
    }
    rows = Ticket.objects.visible_to(user).filter(type="change").values("id")
    visible, values = rows.order_by().query.sql_with_params()
    names = [f"v{n}" for n in range(len(values))]
    params.update(zip(names, values, strict=True))
    columns = statements.COLUMNS
    picked = statements.PICKED.format(
        visible=visible % tuple(f"%({name})s" for name in names),
        where=" ".join(f"AND {columns[n]} = %(w_{n})s" for n in wish.where),
    )
    with connection.cursor() as cursor:
        cursor.execute(sql.replace("{picked}", picked), params)
        found = [column[0] for column in cursor.description]
        return found, cursor.fetchall()


def first_wish(today: date, zone: ZoneInfo) -> Wish:
    """The last twelve weeks, this one included."""
    monday = today - timedelta(days=today.weekday())
    return Wish(monday - timedelta(weeks=WEEKS - 1), today, zone)
