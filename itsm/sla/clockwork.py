"""How events move clocks: one pure fold, for what happens now, for imports, for replay.

A ticket's clocks are what its events add up to. `follow` takes one event after the
other; nothing here reads a clock or a database, so that the log can be replayed at any
time and must come to the same rows (`itsm.sla.replay`, and `manage.py doctor`).

Working time is counted when a clock changes, and only then: `used` up to `since`, and
`due_at` is the instant at which `target` is used up in its calendar. A pause keeps
what is left to the microsecond.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.utils.dateparse import parse_datetime

from core import worktime
from itsm.sla.models import Clock, ClockKind, ClockState
from itsm.sla.steps import Step
from itsm.sla.terms import Terms
from itsm.tickets import kinds
from itsm.tickets.states import OPEN, StateCategory
from processes.definition import Definition

NOTHING = timedelta(0)
PROMISED = "_promise"  # behind a kind of clock: the field of an event with its terms
TERMS_OF = ("type", "priority", "service", "organisation", "team", "process_version")
FACTS = (
    *(*TERMS_OF, "requester", "owner", "state", "wait_reason"),
    *("responded_at", "informed_at"),
)
RELEVANT = frozenset({*FACTS, "state_category", "act"})
STEPS = frozenset({kinds.WARN, kinds.ESCALATE, kinds.MISS})  # each of one clock
OWN = STEPS | {kinds.PROMISE, kinds.RENEW}
ENDED = frozenset(
    {
        *(ClockState.MET, ClockState.KEPT),
        *(ClockState.WITHDRAWN, ClockState.CANCELLED),
    }
)


class Rules(Protocol):
    """What the fold looks up: rows that never change, by their id."""

    def definition(self, version: int) -> Definition:
        """A process version's definition."""

    def hours(self, calendar: int | None) -> worktime.Calendar:
        """A calendar version's working time; None is around the clock."""

    def steps(
        self, agreement: int | None, kind: str, target: timedelta
    ) -> tuple[Step, ...]:
        """The warnings, escalations and the miss of such a promise, in order."""


class Happening(Protocol):
    """An event, as far as clocks ask."""

    @property
    def kind(self) -> str:
        """What happened."""

    @property
    def at(self) -> datetime:
        """When."""

    @property
    def changes(self) -> Mapping[str, Any]:
        """Old and new of what changed."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event that is not recorded (yet)."""

    kind: str
    at: datetime
    changes: Mapping[str, Any]


@dataclass(slots=True)
class Facts:
    """What clocks ask of their ticket."""

    type: str = ""
    priority: int = 0
    service: int | None = None
    organisation: int | None = None
    team: int | None = None
    process_version: int = 0
    requester: int | None = None
    owner: int | None = None
    state: str = ""
    wait_reason: str = ""
    responded_at: Any = None  # what came from elsewhere may know no more than this
    informed_at: Any = None

    @property
    def is_known(self) -> bool:
        """Whether the opening was told: without it nothing can be promised."""
        return bool(self.state and self.process_version and self.priority)

    @property
    def is_answered(self) -> bool:
        """Whether somebody has said something to the requester."""
        return (self.responded_at or self.informed_at) is not None

    def learn(self, changes: Mapping[str, Any]) -> bool:
        """Take over what an event says; whether the terms may be others now."""
        for name in FACTS:
            if name in changes:
                setattr(self, name, changes[name][1])
        return any(name in changes for name in TERMS_OF)


@dataclass(slots=True)
class Story:
    """One ticket's clocks, and what is known of it so far.

    `late` are promises found missed that nobody has recorded as missed yet.
    """

    ticket_id: int
    facts: Facts
    clocks: list[Clock] = field(default_factory=list)
    late: list[Clock] = field(default_factory=list)

    def of(self, kind: str, party: int | None = None) -> Clock | None:
        """The last cycle of one promise."""
        found = [c for c in self.clocks if c.kind == kind and c.party_id == party]
        return max(found, key=lambda clock: clock.cycle, default=None)

    def of_cycle(self, kind: str, cycle: int) -> Clock | None:
        """One cycle of a promise; cycle 0 of the updates keeps what was agreed."""
        found = (c for c in self.clocks if c.kind == kind and c.cycle == cycle)
        return next(found, None)

    def named(self, name: Iterable[Any]) -> Clock | None:
        """The clock an event names, see `name_of`."""
        wanted = tuple(name)
        return next((c for c in self.clocks if tuple(name_of(c)) == wanted), None)


@dataclass(frozen=True, slots=True)
class _Stand:
    """How the ticket stands now, in the words of clocks."""

    is_open: bool
    is_closed: bool
    is_cancelled: bool
    pauses: frozenset[str]


def concerns(event: Happening) -> bool:
    """Whether an event can mean anything to clocks."""
    if event.kind in OWN or event.kind in {kinds.OPEN, kinds.UNMERGE}:
        return True
    return not RELEVANT.isdisjoint(event.changes)


def name_of(clock: Clock) -> list[Any]:
    """How events name a clock of their ticket."""
    return [str(clock.kind), clock.party_id, clock.cycle]


def follow(story: Story, event: Happening, rules: Rules) -> None:
    """Move the clocks by one event; the story knows its facts already."""
    if event.kind in STEPS:
        _passed(story, event, rules)
        return
    catch_up(story, event.at)
    if event.kind == kinds.PROMISE:
        for name, (old, new) in event.changes.items():
            kind = name.removesuffix(PROMISED)
            _set_terms(story, kind, old, new, event.at, rules)
    elif event.kind == kinds.RENEW:
        _renew(story, event, rules)
    told = (event.changes.get("informed_at") or (None, None))[1] is not None
    told = told and "act" not in event.changes  # what is taken back says nothing new
    if event.kind == kinds.PROMISE or event.kind not in OWN:
        _settle(story, event, told, rules)


def due_next(clocks: Iterable[Clock], *, at: datetime) -> Clock | None:
    """The next promise that can still be kept; else the next update, else the late one.

    A missed promise is replaced by the next-update promise, so that a lost ticket does
    not crowd out one that can be saved.
    """
    shown = [c for c in clocks if c.kind != ClockKind.OPERATIONAL and _owed(c)]
    shown.sort(key=lambda clock: clock.due_at or at)
    ahead = [
        c for c in shown if c.state == ClockState.RUNNING and c.due_at and c.due_at > at
    ]
    if ahead:
        return ahead[0]
    updates = [c for c in shown if c.kind == ClockKind.UPDATE]
    return next(iter(updates or shown), None)


def _owed(clock: Clock) -> bool:
    is_missed = clock.state == ClockState.MISSED and clock.ended_at is None
    return clock.due_at is not None and (clock.state == ClockState.RUNNING or is_missed)


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


# What single events do ------------------------------------------------------------


def catch_up(story: Story, at: datetime) -> None:
    """What fell due before this event was missed, whoever says so first."""
    for clock in story.clocks:
        if clock.state == ClockState.RUNNING and clock.due_at and clock.due_at < at:
            _miss(clock)
            story.late.append(clock)


def _miss(clock: Clock) -> None:
    clock.state = ClockState.MISSED
    clock.missed_at = clock.due_at
    clock.used, clock.since = max(clock.used, clock.target), None


def _passed(story: Story, event: Happening, rules: Rules) -> None:
    """A warning, an escalation or a miss that was recorded."""
    clock = story.named(event.changes["clock"][1])
    if clock is None:
        return
    if not _is_of_now(event, clock):
        return  # it fell due so only by what was taken back since
    if event.kind == kinds.MISS and clock.state == ClockState.RUNNING:
        _miss(clock)
    if clock in story.late:
        story.late.remove(clock)
    clock.step = max(clock.step, event.changes["step"][1])
    schedule(clock, rules)


def _is_of_now(event: Happening, clock: Clock) -> bool:
    """Whether a step was taken when the clock was due as it is now."""
    if "due" not in event.changes:
        return True
    due = event.changes["due"][1]
    return (parse_datetime(due) if due else None) == clock.due_at


def _set_terms(
    story: Story,
    kind: str,
    old: Mapping[str, Any] | None,
    new: Mapping[str, Any] | None,
    at: datetime,
    rules: Rules,
) -> None:
    """A promise begins, changes or ends; the time already used stays used."""
    party = (new or old or {}).get("party")
    clock = story.of(kind, party)
    if new is None:
        for one in (story.of_cycle(kind, 0), clock):
            if one is not None:
                _stop(one, ClockState.WITHDRAWN, at, rules)
        return
    terms = terms_from(new)
    if clock is None:
        cycle = 0 if kind == ClockKind.UPDATE else 1
        _planned(story, kind, party, terms, cycle)
        return
    agreed = story.of_cycle(kind, 0) or clock
    was_agreed = terms_of(clock) == terms_of(agreed)
    for one in (agreed, clock):
        if one.state == ClockState.WITHDRAWN:
            one.state, one.ended_at = ClockState.PLANNED, None
    if agreed is not clock:
        _put(agreed, terms)
    if was_agreed:  # a time that was given to the requester stays
        _retarget(clock, terms, at, rules)


def terms_from(told: Mapping[str, Any]) -> Terms:
    """Terms as an event tells them."""
    target = timedelta(seconds=told["target"])
    return Terms(target, told.get("calendar"), told.get("agreement"))


def told_as(terms: Terms, party: int | None = None) -> dict[str, Any]:
    """Terms as events tell them: the target in seconds, the rest by id."""
    told: dict[str, Any] = {"target": terms.target.total_seconds()}
    for name, value in (
        ("calendar", terms.calendar),
        ("agreement", terms.agreement),
        ("party", party),
    ):
        if value is not None:
            told[name] = value
    return told


def terms_of(clock: Clock) -> Terms:
    """What was promised, by which calendar, out of which agreement."""
    return Terms(clock.target, clock.calendar_id, clock.agreement_id)


def _put(clock: Clock, terms: Terms) -> None:
    clock.target, clock.calendar_id = terms.target, terms.calendar
    clock.agreement_id = terms.agreement


def _planned(
    story: Story, kind: str, party: int | None, terms: Terms, cycle: int = 1
) -> Clock:
    clock = Clock(
        ticket_id=story.ticket_id,
        kind=kind,
        party_id=party,
        cycle=cycle,
        state=ClockState.PLANNED,
        used=NOTHING,
    )
    _put(clock, terms)
    story.clocks.append(clock)
    return clock


def _retarget(clock: Clock, terms: Terms, at: datetime, rules: Rules) -> None:
    if clock.state == ClockState.MISSED:
        return  # it was promised, and it was missed: that stays
    if clock.state == ClockState.RUNNING:
        clock.used = used_by(clock, at, rules)
        clock.since = at
    is_same = clock.agreement_id == terms.agreement
    _put(clock, terms)
    steps = rules.steps(clock.agreement_id, clock.kind, clock.target)
    behind = [s for s in steps if s.kind != "miss" and s.at <= clock.used]
    passed = len(behind)
    clock.step = min(clock.step, passed) if is_same else passed
    if clock.state == ClockState.RUNNING:
        _run(clock, at, rules)
    schedule(clock, rules)


def _renew(story: Story, event: Happening, rules: Rules) -> None:
    """The requester was given a time: the next update is due then, to the second."""
    clock = story.of(ClockKind.UPDATE)
    until = parse_datetime(event.changes["until"][1])
    if until is None:
        return
    if clock is None:
        return
    if not clock.cycle or clock.state in ENDED or clock.state == ClockState.MISSED:
        _stop(clock, ClockState.MET, event.at, rules)  # what was missed is over
        clock = _next_cycle(story, clock)
    clock.state, clock.used, clock.since = ClockState.RUNNING, NOTHING, event.at
    clock.started_at = clock.started_at or event.at
    clock.target, clock.calendar_id = until - event.at, None
    clock.due_at, clock.step = until, 0
    schedule(clock, rules)


# How the ticket stands, and what that means for each promise -----------------------


def _settle(story: Story, event: Happening, told: bool, rules: Rules) -> None:
    stand = _stand(story.facts, event.kind, rules)
    at = event.at
    for clock in list(story.clocks):
        if clock.state == ClockState.WITHDRAWN:
            continue
        if clock.kind == ClockKind.RESPONSE:
            _settle_response(clock, story.facts, stand, at, rules)
        elif clock.kind in {ClockKind.RESOLUTION, ClockKind.OPERATIONAL}:
            _settle_work(clock, story.facts, stand, at, rules)
        elif stand.is_closed:
            _finish(clock)
    _settle_update(story, stand, told, at, rules)


def _stand(facts: Facts, kind: str, rules: Rules) -> _Stand:
    state = rules.definition(facts.process_version).states[facts.state]
    reason = state.reasons.get(facts.wait_reason)
    is_cancelled = state.category == StateCategory.CANCELLED or kind == kinds.MERGE
    return _Stand(
        is_open=state.category in OPEN and not is_cancelled,
        is_closed=state.category == StateCategory.CLOSED and not is_cancelled,
        is_cancelled=is_cancelled,
        pauses=frozenset(reason.pauses if reason else ()),
    )


def _settle_response(
    clock: Clock, facts: Facts, stand: _Stand, at: datetime, rules: Rules
) -> None:
    """Whoever works on what they asked for themselves owes nobody a first word."""
    own = facts.owner is not None and facts.owner == facts.requester
    if facts.is_answered:
        _stop(clock, ClockState.MET, at, rules)
    elif not stand.is_open:
        _stop(clock, ClockState.CANCELLED, at, rules)
    elif own or ClockKind.RESPONSE in stand.pauses:
        _pause(clock, at, rules)
    else:
        _go_on(clock, at, rules)
    if stand.is_closed:
        _finish(clock)


def _settle_work(
    clock: Clock, facts: Facts, stand: _Stand, at: datetime, rules: Rules
) -> None:
    """A solution; a team's target ends also when another has the ticket."""
    is_elsewhere = clock.kind == ClockKind.OPERATIONAL and clock.party_id != facts.team
    if stand.is_cancelled:
        _stop(clock, ClockState.CANCELLED, at, rules)
    elif not stand.is_open or is_elsewhere:
        _stop(clock, ClockState.MET, at, rules)
    elif ClockKind.RESOLUTION in stand.pauses:
        _pause(clock, at, rules)
    else:
        _go_on(clock, at, rules)
    if stand.is_closed:
        _finish(clock)


def _settle_update(
    story: Story, stand: _Stand, told: bool, at: datetime, rules: Rules
) -> None:
    """Each public text of ours keeps one promise of an update and begins the next."""
    clock = story.of(ClockKind.UPDATE)
    if clock is None or clock.state == ClockState.WITHDRAWN:
        return
    if not stand.is_open:
        kept = told and not stand.is_cancelled
        if clock.cycle:
            _stop(clock, ClockState.MET if kept else ClockState.CANCELLED, at, rules)
        if stand.is_closed:
            _finish(clock)
        return
    if story.facts.informed_at is None:
        return  # the first word is owed before the next
    if not clock.cycle or told or clock.state in ENDED:  # told again, or it came back
        _stop(clock, ClockState.MET, at, rules)
        clock = _next_cycle(story, clock)
    if ClockKind.RESOLUTION in stand.pauses or ClockKind.UPDATE in stand.pauses:
        _pause(clock, at, rules)
    else:
        _go_on(clock, at, rules)


def _next_cycle(story: Story, last: Clock) -> Clock:
    """On the terms that were agreed: a time given to the requester is for one cycle."""
    agreed = story.of_cycle(ClockKind.UPDATE, 0) or last
    return _planned(
        story, ClockKind.UPDATE, None, terms_of(agreed), cycle=last.cycle + 1
    )


# The moves of one clock ------------------------------------------------------------


def _run(clock: Clock, at: datetime, rules: Rules) -> None:
    clock.state, clock.since = ClockState.RUNNING, at
    clock.started_at = clock.started_at or at
    hours = rules.hours(clock.calendar_id)
    clock.due_at = later(hours, at, clock.target - clock.used)


def _go_on(clock: Clock, at: datetime, rules: Rules) -> None:
    if clock.state == ClockState.RUNNING:
        return
    if clock.state == ClockState.MISSED:
        _reopen_late(clock, rules)
        return
    clock.ended_at = None
    _run(clock, at, rules)
    schedule(clock, rules)


def _pause(clock: Clock, at: datetime, rules: Rules) -> None:
    if clock.state == ClockState.PAUSED:
        return
    if clock.state == ClockState.MISSED:
        _reopen_late(clock, rules)
        return
    _freeze(clock, at, rules)
    clock.state, clock.ended_at = ClockState.PAUSED, None
    clock.started_at = clock.started_at or at
    schedule(clock, rules)


def _reopen_late(clock: Clock, rules: Rules) -> None:
    if clock.ended_at is not None:
        clock.ended_at = None
        schedule(clock, rules)


def _stop(clock: Clock, state: ClockState, at: datetime, rules: Rules) -> None:
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
        _freeze(clock, at, rules)
        clock.state, clock.ended_at = state, at
    schedule(clock, rules)


def _freeze(clock: Clock, at: datetime, rules: Rules) -> None:
    clock.used = used_by(clock, at, rules)
    clock.since = clock.due_at = None


def _finish(clock: Clock) -> None:
    """A promise that was met is kept once the ticket is closed."""
    if clock.state == ClockState.MET:
        clock.state = ClockState.KEPT
