"""How events move clocks: one pure fold, for what happens now, for imports, for replay.

A ticket's clocks are what its events add up to. `follow` takes one event after the
other; nothing here reads a clock or a database, so that the log can be replayed at any
time and must come to the same rows (`itsm.sla.replay`, and `manage.py doctor`).
What one clock does is said by `itsm.sla.moves`, what is known by `itsm.sla.stories`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from itsm.sla import moves
from itsm.sla.models import Clock, ClockKind, ClockState
from itsm.sla.stories import FACTS, Facts, Happening, Rules, Story, terms_from, terms_of
from itsm.sla.terms import Terms
from itsm.tickets import kinds
from itsm.tickets.states import OPEN, StateCategory

PROMISED = "_promise"  # behind a kind of clock: the field of an event with its terms
RELEVANT = frozenset({*FACTS, "state_category", "act"})
STEPS = frozenset({kinds.WARN, kinds.ESCALATE, kinds.MISS})  # each of one clock
OWN = STEPS | {kinds.PROMISE, kinds.RENEW}


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


KINDS = ClockKind.values  # in the order in which a ticket needs them


def due_next(clocks: Iterable[Clock], *, at: datetime) -> Clock | None:
    """The next promise that can still be kept; else the next update, else the late one.

    A missed promise is replaced by the next-update promise, so that a lost ticket does
    not crowd out one that can be saved. Of those due at one instant the first word
    comes first, then the next, then the solution.
    """
    shown = [c for c in clocks if c.kind != ClockKind.OPERATIONAL and _owed(c)]
    shown.sort(key=lambda c: (c.due_at or at, KINDS.index(c.kind), c.cycle))
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


def catch_up(story: Story, at: datetime) -> None:
    """What fell due before this event was missed, whoever says so first."""
    for clock in story.clocks:
        if clock.state == ClockState.RUNNING and clock.due_at and clock.due_at < at:
            moves.miss(clock)
            story.late.append(clock)


def _passed(story: Story, event: Happening, rules: Rules) -> None:
    """A warning, an escalation or a miss that was recorded."""
    clock = story.named(event.changes["clock"][1])
    if clock is None:
        return
    if not _is_of_now(event, clock):
        return  # it fell due so only by what was taken back since
    if event.kind == kinds.MISS and clock.state == ClockState.RUNNING:
        moves.miss(clock)
    if clock in story.late:
        story.late.remove(clock)
    clock.step = max(clock.step, event.changes["step"][1])
    moves.schedule(clock, rules)


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
                moves.stop(one, ClockState.WITHDRAWN, at, rules)
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
        moves.put(agreed, terms)
    if was_agreed:  # a time that was given to the requester stays
        _retarget(clock, terms, at, rules)


def _planned(
    story: Story, kind: str, party: int | None, terms: Terms, cycle: int = 1
) -> Clock:
    clock = Clock(
        ticket_id=story.ticket_id,
        kind=kind,
        party_id=party,
        cycle=cycle,
        state=ClockState.PLANNED,
        used=moves.NOTHING,
    )
    moves.put(clock, terms)
    story.clocks.append(clock)
    return clock


def _retarget(clock: Clock, terms: Terms, at: datetime, rules: Rules) -> None:
    if clock.state == ClockState.MISSED:
        return  # it was promised, and it was missed: that stays
    if clock.state == ClockState.RUNNING:
        clock.used = moves.used_by(clock, at, rules)
        clock.since = at
    is_same = clock.agreement_id == terms.agreement
    moves.put(clock, terms)
    steps = rules.steps(clock.agreement_id, clock.kind, clock.target)
    behind = [s for s in steps if s.kind != "miss" and s.at <= clock.used]
    passed = len(behind)
    clock.step = min(clock.step, passed) if is_same else passed
    if clock.state == ClockState.RUNNING:
        moves.run(clock, at, rules)
    moves.fit(clock, rules)


def _renew(story: Story, event: Happening, rules: Rules) -> None:
    """The requester was given a time: the next update is due then, to the second."""
    clock = story.of(ClockKind.UPDATE)
    until = parse_datetime(event.changes["until"][1])
    if until is None:
        return
    if clock is None:
        return
    if (
        not clock.cycle
        or clock.state in moves.ENDED
        or clock.state == ClockState.MISSED
    ):
        moves.stop(clock, ClockState.MET, event.at, rules)  # what was missed is over
        clock = _next_cycle(story, clock)
    clock.state, clock.used, clock.since = ClockState.RUNNING, moves.NOTHING, event.at
    clock.started_at = clock.started_at or event.at
    clock.target, clock.calendar_id = until - event.at, None
    clock.due_at, clock.step = until, 0
    moves.schedule(clock, rules)


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
            moves.finish(clock)
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
        moves.stop(clock, ClockState.MET, at, rules)
    elif not stand.is_open:
        moves.stop(clock, ClockState.CANCELLED, at, rules)
    elif own or ClockKind.RESPONSE in stand.pauses:
        moves.pause(clock, at, rules)
    else:
        moves.go_on(clock, at, rules)
    if stand.is_closed:
        moves.finish(clock)


def _settle_work(
    clock: Clock, facts: Facts, stand: _Stand, at: datetime, rules: Rules
) -> None:
    """A solution; a team's target ends also when another has the ticket."""
    is_elsewhere = clock.kind == ClockKind.OPERATIONAL and clock.party_id != facts.team
    if stand.is_cancelled:
        moves.stop(clock, ClockState.CANCELLED, at, rules)
    elif not stand.is_open or is_elsewhere:
        moves.stop(clock, ClockState.MET, at, rules)
    elif ClockKind.RESOLUTION in stand.pauses:
        moves.pause(clock, at, rules)
    else:
        moves.go_on(clock, at, rules)
    if stand.is_closed:
        moves.finish(clock)


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
            moves.stop(
                clock, ClockState.MET if kept else ClockState.CANCELLED, at, rules
            )
        if stand.is_closed:
            moves.finish(clock)
        return
    if story.facts.informed_at is None:
        return  # the first word is owed before the next
    if (
        not clock.cycle or told or clock.state in moves.ENDED
    ):  # told again, or it came back
        moves.stop(clock, ClockState.MET, at, rules)
        clock = _next_cycle(story, clock)
    if ClockKind.RESOLUTION in stand.pauses or ClockKind.UPDATE in stand.pauses:
        moves.pause(clock, at, rules)
    else:
        moves.go_on(clock, at, rules)


def _next_cycle(story: Story, last: Clock) -> Clock:
    """On the terms that were agreed: a time given to the requester is for one cycle."""
    agreed = story.of_cycle(ClockKind.UPDATE, 0) or last
    return _planned(
        story, ClockKind.UPDATE, None, terms_of(agreed), cycle=last.cycle + 1
    )
