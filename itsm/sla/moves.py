"""The moves of one clock: it runs, pauses, is missed, ends. Pure.

Working time is counted when a clock changes, and only then: `used` up to `since`, and
`due_at` is the instant at which `target` is used up in its calendar. A pause keeps
what is left to the microsecond.
"""

from datetime import datetime, timedelta

from core import worktime
from itsm.sla.models import Clock, ClockKind, ClockState
from itsm.sla.stories import Rules
from itsm.sla.terms import Terms

NOTHING = timedelta(0)
ENDED = frozenset(
    {
        *(ClockState.MET, ClockState.KEPT),
        *(ClockState.WITHDRAWN, ClockState.CANCELLED),
    }
)


def left_of(clock: Clock) -> timedelta:
    """The working time that a paused promise has left."""
    return max(NOTHING, clock.target - clock.used)


def used_by(clock: Clock, at: datetime, rules: Rules) -> timedelta:
    """The working time gone by `at`."""
    if clock.state != ClockState.RUNNING or clock.since is None:
        return clock.used
    return clock.used + worktime.between(
        rules.hours(clock.calendar_id), clock.since, at
    )


def schedule(clock: Clock, rules: Rules) -> None:
    """Set when its next warning, escalation or miss comes."""
    steps = rules.steps(clock.agreement_id, clock.kind, clock.target)
    clock.next_at = None
    if clock.step >= len(steps):
        return
    ahead = steps[clock.step].at
    hours = rules.hours(clock.calendar_id)
    if clock.state == ClockState.RUNNING and clock.since is not None:
        if steps[clock.step].kind == "miss":
            clock.next_at = clock.due_at
        else:
            clock.next_at = later(hours, clock.since, ahead - clock.used)
    elif _is_late(clock) and clock.due_at is not None:
        clock.next_at = later(hours, clock.due_at, ahead - clock.target)


def fit(clock: Clock, rules: Rules) -> None:
    """Find its next step again where its agreement has others than when it was set.

    What was recorded is not recorded again, and no miss is passed by.
    """
    steps = rules.steps(clock.agreement_id, clock.kind, clock.target)
    miss = next(n for n, step in enumerate(steps) if step.kind == "miss")
    if clock.state == ClockState.RUNNING:
        clock.step = min(clock.step, miss)
    schedule(clock, rules)


def later(
    hours: worktime.Calendar, start: datetime, length: timedelta
) -> datetime | None:
    """When so much working time is used up; at once where none is left.

    None where the calendar's hours end before: such a promise cannot fall due.
    """
    if length <= NOTHING:
        return start
    try:
        return worktime.add(hours, start, length)
    except worktime.CalendarError:
        return None


def _is_late(clock: Clock) -> bool:
    return clock.state == ClockState.MISSED and clock.ended_at is None


def put(clock: Clock, terms: Terms) -> None:
    """Take these terms over; nothing is counted anew."""
    clock.target, clock.calendar_id = terms.target, terms.calendar
    clock.agreement_id = terms.agreement


def miss(clock: Clock) -> None:
    """Its time is used up, and what was promised was not done."""
    clock.state = ClockState.MISSED
    clock.missed_at = clock.due_at
    clock.used, clock.since = max(clock.used, clock.target), None


def run(clock: Clock, at: datetime, rules: Rules) -> None:
    """Count from here on."""
    clock.state, clock.since = ClockState.RUNNING, at
    clock.started_at = clock.started_at or at
    hours = rules.hours(clock.calendar_id)
    clock.due_at = later(hours, at, clock.target - clock.used)


def go_on(clock: Clock, at: datetime, rules: Rules) -> None:
    """Begin, or go on after a pause or an end that was taken back."""
    if clock.state == ClockState.RUNNING:
        return
    if clock.state == ClockState.MISSED:
        _reopen_late(clock, rules)
        return
    clock.ended_at = None
    run(clock, at, rules)
    schedule(clock, rules)


def pause(clock: Clock, at: datetime, rules: Rules) -> None:
    """Stand still; what is left is kept."""
    if clock.state == ClockState.PAUSED:
        return
    if clock.state == ClockState.MISSED:
        _reopen_late(clock, rules)
        return
    freeze(clock, at, rules)
    clock.state, clock.ended_at = ClockState.PAUSED, None
    clock.started_at = clock.started_at or at
    schedule(clock, rules)


def _reopen_late(clock: Clock, rules: Rules) -> None:
    if clock.ended_at is not None:
        clock.ended_at = None
        schedule(clock, rules)


def stop(clock: Clock, state: ClockState, at: datetime, rules: Rules) -> None:
    """End it; what was missed stays missed, what has ended stays as it ended."""
    if clock.state in ENDED:
        return
    if clock.state == ClockState.MISSED:
        clock.ended_at = clock.ended_at or at
    elif clock.state == ClockState.PLANNED and (
        clock.kind == ClockKind.OPERATIONAL or not clock.cycle
    ):
        if state == ClockState.WITHDRAWN:
            clock.state = state
    else:
        freeze(clock, at, rules)
        clock.state, clock.ended_at = state, at
    schedule(clock, rules)


def freeze(clock: Clock, at: datetime, rules: Rules) -> None:
    """Count up to here, and no further."""
    clock.used = used_by(clock, at, rules)
    clock.since = clock.due_at = None


def finish(clock: Clock) -> None:
    """A promise that was met is kept once the ticket is closed."""
    if clock.state == ClockState.MET:
        clock.state = ClockState.KEPT
