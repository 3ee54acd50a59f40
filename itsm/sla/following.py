"""Clocks join every action on a ticket, inside its transaction.

What an event means for the clocks is said by `itsm.sla.clockwork`; here they are read,
written once at the end of the action, and the ticket's next promise follows them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from core import followers
from core.context import Door, through
from core.log import open_act, record, write_at_end
from core.models import Event
from itsm.sla import bringing, clockwork, moves, replay, stories
from itsm.sla.models import Clock, ClockKind, ClockState
from itsm.sla.rows import PLACE, save
from itsm.sla.rules import Looked
from itsm.sla.stories import Facts, Story
from itsm.sla.terms import PROMISES, Question
from itsm.tickets import kinds, promising
from itsm.tickets.actions.common import touch
from itsm.tickets.models import Ticket
from itsm.tickets.promising import NOTHING_PROMISED, Promise
from itsm.tickets.reckoning import promise
from itsm.tickets.states import OPEN, DueKind

if TYPE_CHECKING:
    from itsm.sla.replay import Told

HELD = "clocks"  # of an open action: its stories by ticket
WORDS = frozenset({ClockKind.RESPONSE.value, ClockKind.UPDATE.value})
Changes = dict[str, tuple[Any, Any]]


@dataclass(slots=True)
class _Held:
    """What one action knows of clocks."""

    rules: Looked = field(default_factory=Looked)
    stories: dict[int, Story] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)
    logs: dict[int, list[Event]] = field(default_factory=dict)  # of those without any


def register() -> None:
    """Join the tickets' actions."""
    promising.register(begin, expect, bringing.bring)
    followers.follow(Ticket.subject_type, follow)


def begin(ticket: Ticket, at: datetime) -> Promise:
    """The first promises of a ticket about to be opened; its event records them."""
    held = _held()
    held.rules.know(ticket.requester)
    story = Story(0, facts_of(ticket))
    changes = new_terms(story, held.rules, at)
    clockwork.follow(story, stories.Told(kinds.PROMISE, at, changes), held.rules)
    ticket.promised = story, changes
    return next_of(story.clocks, at)


def expect(tickets: Sequence[Ticket]) -> None:
    """Read the clocks of many tickets at once, and the logs of those that have none."""
    held = _held()
    missing = [t for t in tickets if t.pk not in held.stories]
    rows: dict[int, list[Clock]] = {ticket.pk: [] for ticket in missing}
    for clock in _locked(rows):
        rows[clock.ticket_id].append(clock)
    for ticket in missing:
        held.stories[ticket.pk] = Story(ticket.pk, facts_of(ticket), rows[ticket.pk])
    without = [pk for pk, clocks in rows.items() if not clocks]
    if len(without) > 1:
        logs = replay.events_of(without)
        held.logs |= {pk: logs.get(pk, []) for pk in without}


def log_of(ticket: Ticket) -> list[Event]:
    """Its events in the order of the log, with those of the action that is open."""
    logs = _held().logs
    written = logs.pop(ticket.pk, None)
    if written is None:
        written = replay.events_of([ticket.pk])[ticket.pk]
    about = Ticket.subject_type, ticket.pk
    opened = open_act().events
    return [*written, *(e for e in opened if (e.subject_type, e.subject_id) == about)]


def follow(event: Event, subject: Any) -> None:
    """Move the clocks by an event of their ticket."""
    if event.kind in clockwork.OWN:
        return
    ticket = cast(Ticket, subject)
    if event.kind == kinds.OPEN:
        _opened(event, ticket)
    elif clockwork.concerns(event):
        _move(event, ticket)


def facts_of(ticket: Ticket) -> Facts:
    """What its clocks ask of a ticket, as its row stands."""
    return Facts(
        type=ticket.type,
        priority=ticket.priority,
        service=ticket.service_id,
        organisation=ticket.organisation_id,
        team=ticket.team_id,
        process_version=ticket.process_version_id,
        requester=ticket.requester_id,
        owner=ticket.owner_id,
        state=ticket.state,
        wait_reason=ticket.wait_reason,
        responded_at=ticket.responded_at,
        informed_at=ticket.informed_at,
    )


def new_terms(story: Story, rules: Looked, at: datetime) -> Changes:
    """What an event of the kind `ticket.promise` has to say now; empty if nothing."""
    facts = story.facts
    question = Question(
        type=facts.type,
        priority=facts.priority,
        service_id=facts.service,
        organisation_id=facts.organisation,
        team_id=facts.team,
        always_on=rules.always_on(facts.service),
    )
    wanted = rules.terms(question, facts.process_version, at)
    if rules.is_machine(facts.requester):  # it reads nothing: there is work to be done
        wanted = {k: v for k, v in wanted.items() if k not in WORDS}
    changes: Changes = {}
    for kind in (*PROMISES, ClockKind.OPERATIONAL):
        party = facts.team if kind == ClockKind.OPERATIONAL else None
        agreed = _agreed(story, kind, party)
        if agreed is not None and agreed.state == ClockState.MISSED:
            continue  # what was missed keeps the terms it was missed on
        old = stories.terms_of(agreed) if agreed else None
        new = wanted.get(kind.value)
        if old != new:
            changes[f"{kind.value}{clockwork.PROMISED}"] = (
                stories.told_as(old, party) if old else None,
                stories.told_as(new, party) if new else None,
            )
    return changes


def next_of(clocks: Iterable[Clock], at: datetime) -> Promise:
    """What the ticket's row says of its promises."""
    clocks = list(clocks)
    paused = [
        c
        for c in clocks
        if c.kind == ClockKind.RESOLUTION and c.state == ClockState.PAUSED
    ]
    left = moves.left_of(paused[0]) if paused else None
    due = clockwork.due_next(clocks, at=at)
    if due is None:
        return NOTHING_PROMISED._replace(left=left)
    return Promise(DueKind(due.kind), due.due_at, left)


def story_of(ticket: Ticket) -> Story:
    """Its clocks, locked until the action ends."""
    held = _held()
    if ticket.pk not in held.stories:
        expect([ticket])
    return held.stories[ticket.pk]


def apply(ticket: Ticket, event: Event) -> None:
    """Move its clocks by an event of our own that is being recorded."""
    held, story = _held(), story_of(ticket)
    clockwork.follow(story, event, held.rules)
    _say_late(ticket, story, event.at, held.rules)
    _settle(ticket, story, event.at)


def replace(ticket: Ticket, told: Story, at: datetime) -> None:
    """Its clocks are these now, as the log says; the agreements are asked again."""
    held, story = _held(), story_of(ticket)
    known = {tuple(stories.name_of(c)): c.pk for c in story.clocks}
    gone = known.keys() - {tuple(stories.name_of(c)) for c in told.clocks}
    Clock.objects.filter(pk__in=[known[name] for name in gone]).delete()
    story.clocks, story.late, story.facts = told.clocks, told.late, facts_of(ticket)
    _say_late(ticket, story, at, held.rules)
    _promise_anew(ticket, story, at, held.rules)
    _settle(ticket, story, at)


def keep(ticket: Ticket, told: "Told", at: datetime) -> None:
    """Take over clocks told from the log for the first time, and record their terms."""
    story = story_of(ticket)
    story.clocks, story.facts = told.story.clocks, facts_of(ticket)
    with through(Door.IMPORT):  # told afterwards
        for kind, then, changes in told.new:
            record(kind, subject=ticket, by=None, at=then, changes=changes)
    _settle(ticket, story, at)


def _held() -> _Held:
    held = open_act().held
    if HELD not in held:
        held[HELD] = _Held()
    return cast(_Held, held[HELD])


def _locked(tickets: Iterable[int]) -> Iterable[Clock]:
    rows = Clock.objects.select_for_update(no_key=True).order_by("pk")
    return rows.filter(ticket_id__in=list(tickets))


def _agreed(story: Story, kind: str, party: int | None) -> Clock | None:
    """The clock that keeps what is agreed, while anything is."""
    clock = story.of_cycle(kind, 0) or story.of(kind, party)
    return None if clock is None or clock.state == ClockState.WITHDRAWN else clock


def _opened(event: Event, ticket: Ticket) -> None:
    """Its promises were made before its row was written; now they are recorded."""
    if ticket.promised is None:
        return
    story, changes = ticket.promised
    ticket.promised = None
    story.ticket_id = ticket.pk
    for clock in story.clocks:
        clock.ticket_id = ticket.pk
    _held().stories[ticket.pk] = story
    if changes:
        record(kinds.PROMISE, subject=ticket, by=None, at=event.at, changes=changes)
        _write_later(ticket.pk)


def _move(event: Event, ticket: Ticket) -> None:
    held, story = _held(), story_of(ticket)
    is_undone = event.kind == kinds.UNMERGE or "act" in event.changes
    if is_undone or not story.clocks:
        from itsm.sla.replay import retell

        retell(ticket, event, held.rules)
        return
    story.facts = facts_of(ticket)
    clockwork.follow(story, event, held.rules)
    _say_late(ticket, story, event.at, held.rules)
    if _asks_anew(event):
        _promise_anew(ticket, story, event.at, held.rules)
    _settle(ticket, story, event.at)


def _asks_anew(event: Event) -> bool:
    """Whether something else may be promised now: it is another thing, or came back."""
    old, new = event.changes.get("state_category") or ("", "")
    is_back = old not in OPEN and new in OPEN
    return is_back or any(name in event.changes for name in stories.TERMS_OF)


def _promise_anew(ticket: Ticket, story: Story, at: datetime, rules: Looked) -> None:
    rules.know(ticket._state.fields_cache.get("requester"))
    changes = new_terms(story, rules, at)
    if changes:
        event = record(kinds.PROMISE, subject=ticket, by=None, at=at, changes=changes)
        clockwork.follow(story, event, rules)


def _say_late(ticket: Ticket, story: Story, at: datetime, rules: Looked) -> None:
    """Record what was missed before the sweep came to it."""
    for clock in list(story.late):
        changes = missed(clock, rules)
        event = record(kinds.MISS, subject=ticket, by=None, at=at, changes=changes)
        clockwork.follow(story, event, rules)


def missed(clock: Clock, rules: Looked) -> Changes:
    """What an event of the kind `ticket.miss` says."""
    steps = rules.steps(clock.agreement_id, clock.kind, clock.target)
    miss = next(n for n, step in enumerate(steps) if step.kind == "miss")
    due = clock.due_at or clock.missed_at
    return {
        "clock": (None, stories.name_of(clock)),
        "due": (None, due.isoformat() if due else None),
        "step": (clock.step, miss + 1),
    }


def _settle(ticket: Ticket, story: Story, at: datetime) -> None:
    """Write the clocks at the end, and on the ticket what is promised next."""
    if promise(ticket, next_of(story.clocks, at), at=at):
        touch(ticket, PLACE)
    _write_later(ticket.pk)


def _write_later(pk: int) -> None:
    held = _held()
    held.changed.add(pk)
    write_at_end(HELD, partial(_write, held))


def _write(held: _Held) -> None:
    """All clocks of the action in one statement."""
    clocks = [c for pk in held.changed for c in held.stories[pk].clocks]
    save(clocks)
