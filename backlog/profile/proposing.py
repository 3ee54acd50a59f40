"""A value stream proposed from the log: a step per state, with measured times.

What ran on the process is known to the room above that runs on it: it fills the slot
`process.ended` with the ids of its subjects that came to an end, as far as the asker
may see them. The rest is read from the log: how long each stood in each state.
Nothing is kept until a person takes the proposal over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from backlog.profile.models import StreamStep
from backlog.profile.stream import replace
from backlog.standing import lock, require_on
from core import slots
from core.errors import Invalid
from core.log import act
from people.models import User
from processes import definition, queries
from processes.definition import State
from processes.models import Process

SLOT = "process.ended"  # (user, process, since, until, most) -> (subject type, ids)
PERIOD = timedelta(days=180)
MOST = 5000  # of what ended last
FEWEST = 5  # of which one can say anything
USUAL = 0.5  # a step that fewer pass is not proposed, only shown
STALE = timedelta(hours=24)
WORKED = frozenset({"active"})  # categories in which it is worked on
ENDS = frozenset({"closed", "cancelled"})
SERVED = "resolved"  # shown, not proposed: the customer has it
# What a state is worth is for people to say; this is where they begin.
VALUES = {"new": "waste", "waiting": "waste", "active": "adding"}

# Per subject and state: the time it stood there, and how often it came there. Events
# that say the same state again are one visit; the last state has not ended.
STAYS = """
WITH moves AS (
    SELECT subject_id, id, at, changes->'state'->>1 AS state,
           lag(changes->'state'->>1) OVER (PARTITION BY subject_id ORDER BY id) AS was
    FROM core_event
    WHERE subject_type = %s AND subject_id = ANY(%s) AND at <= %s
      AND changes ? 'state'
), visits AS (
    SELECT subject_id, state,
           lead(at) OVER (PARTITION BY subject_id ORDER BY id) - at AS stood
    FROM moves WHERE state IS DISTINCT FROM was
), stays AS (
    SELECT subject_id, state, count(*) AS times,
           greatest(0, extract(epoch FROM sum(stood)) / 60) AS minutes
    FROM visits WHERE stood IS NOT NULL GROUP BY subject_id, state
)
SELECT state, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY minutes),
       count(*) FILTER (WHERE times = 1)
FROM stays GROUP BY state
"""


@dataclass(frozen=True, slots=True)
class Proposed:
    """One step: the median over what passed it, and how many did."""

    slug: str
    name: str
    process_minutes: Decimal
    waiting_minutes: Decimal
    value: str
    first_pass: Decimal  # per cent that passed it once
    passed: int
    is_usual: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """The steps in the order of the definition, from how many, since when."""

    steps: Sequence[Proposed]
    measured: int
    since: datetime
    until: datetime

    @property
    def usual(self) -> list[Proposed]:
        """Those that most passed: what is proposed."""
        return [step for step in self.steps if step.is_usual]


def propose(user: User, process: Process, *, at: datetime) -> Proposal | None:
    """What the log says as of `at`; None where too little ran on the process.

    Three queries: the live version, what ended, how long it stood where.
    """
    live = queries.live_version(process)
    if live is None:
        return None
    since = at - PERIOD
    found = slots.filled(SLOT, user, process, since=since, until=at, most=MOST)
    by_type = [(type_, ids) for type_, ids in found if len(ids) >= FEWEST]
    if not by_type:
        return None
    subject_type, ids = max(by_type, key=lambda one: len(one[1]))
    states = definition.of(live).states
    return Proposal(_steps(subject_type, ids, at, states), len(ids), since, at)


def _steps(
    subject_type: str, ids: Sequence[int], at: datetime, states: Mapping[str, State]
) -> list[Proposed]:
    with connection.cursor() as cursor:
        cursor.execute(STAYS, [subject_type, list(ids), at])
        stays = {row[0]: row[1:] for row in cursor.fetchall()}
    return [
        _step(state, *stays[state.slug], of=len(ids))
        for state in states.values()
        if state.slug in stays and state.category not in ENDS
    ]


def _step(state: State, passed: int, median: Any, once: int, *, of: int) -> Proposed:
    """A state that is worked in is process time, any other waiting."""
    minutes = Decimal(median).quantize(Decimal("0.1"))
    is_worked = state.category in WORKED
    none = Decimal(0)
    return Proposed(
        slug=state.slug,
        name=state.name,
        process_minutes=minutes if is_worked else none,
        waiting_minutes=none if is_worked else minutes,
        value=VALUES.get(state.category, "necessary"),
        first_pass=(Decimal(100 * once) / passed).quantize(Decimal("0.1")),
        passed=passed,
        is_usual=passed >= USUAL * of and state.category != SERVED,
    )


def take_over(
    *,
    process: Process,
    by: User,
    at: datetime,
    states: Sequence[str],
    as_of: datetime | None = None,
) -> list[StreamStep]:
    """Put the proposed steps of these states in place of the stream.

    `as_of` is when the proposal was shown: the log is read as far as it went then, so
    that what is taken is what was seen. Raises Forbidden, Invalid.
    """
    as_of = as_of or at
    with act():
        lock(process)
        require_on(by, "backlog.describe", process)
        if not at - STALE <= as_of <= at:
            raise Invalid({"as_of": [_("This proposal is old; look at a new one.")]})
        proposal = propose(by, process, at=as_of)
        known = {step.slug: step for step in proposal.steps} if proposal else {}
        if not states or not known.keys() >= {*states}:
            raise Invalid({"states": [_("Choose steps of the proposal.")]})
        chosen = [step for step in known.values() if step.slug in states]
        rows = [_taken(process, n, step, as_of) for n, step in enumerate(chosen)]
        old = list(process.stream.order_by("position"))
        replace(process, old, rows, by, at)
    return rows


def _taken(
    process: Process, position: int, step: Proposed, as_of: datetime
) -> StreamStep:
    return StreamStep(
        process=process,
        position=position,
        name=step.name,
        process_minutes=step.process_minutes,
        waiting_minutes=step.waiting_minutes,
        value=step.value,
        first_pass=step.first_pass,
        measured_at=as_of,
    )
