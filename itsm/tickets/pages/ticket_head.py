"""A ticket's header: how far it has come, and the next promise. Pure, no queries."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from django.utils.translation import ngettext

from core import wording
from core.reader import gettext as _
from core.reader import inside, phrase
from itsm.tickets import details
from itsm.tickets.models import Ticket
from itsm.tickets.reckoning import definition_of
from itsm.tickets.states import OPEN, DueKind, StateCategory, TicketType
from itsm.tickets.timeline_rows import Happened, Names
from processes.definition import State

SOON = 0.25  # share of a promise's time that is left when it becomes urgent


@dataclass(slots=True)
class Step:
    """One mark of the line: a value stream step, and the state over it."""

    name: str
    at: str = "todo"  # done, now, todo
    note: str = ""
    of: str = ""
    kink: str = ""


@dataclass(frozen=True, slots=True)
class Promised:
    """What the promise's box shows; see ui.promise."""

    words: str
    by: datetime | None
    level: str
    left: float | None
    text: str
    work: str = ""  # working time left, where it is not the time on the wall
    open: str = ""  # its periods, to count it down by


class Told(Protocol):
    """What is known of the next promise besides the ticket's own row."""

    @property
    def share(self) -> float | None:
        """How much of its working time is left, 0..1."""

    @property
    def work(self) -> str:
        """The working time left in words, where it is another than the wall's."""

    @property
    def open(self) -> str:
        """The periods of that, for relative-time.js."""


def steps(ticket: Ticket, events: Sequence[Happened], names: Names) -> list[Step]:
    """The main states of its process, in order, as far as it has come."""
    line = _line(ticket, events)
    entered = _entered(ticket, events)
    here = _position(ticket, line, events)
    found = []
    for at, state in enumerate(line):
        place = "done" if at < here else "now" if at == here else "todo"
        when = entered.get(state.slug) if at <= here else None
        found.append(
            Step(
                name=_mark(ticket, state, at, line),
                at=place,
                note=wording.clock_words(when) if when else "",
                of=_beneath(state, _mark(ticket, state, at, line)),
            )
        )
    _note_here(ticket, line, found[here])
    _note_handovers(ticket, events, names, line, found)
    return found


def _line(ticket: Ticket, events: Sequence[Happened]) -> list[State]:
    """States on the way; side states (rejected, a wait) only where it stands there."""
    states = definition_of(ticket).states
    visited = {ticket.state, *(_to(e) for e in events)}
    main = [
        s
        for s in states.values()
        if s.category != StateCategory.CANCELLED
        and not s.reasons
        and (s.category != StateCategory.WAITING or s.slug in visited or not _ends(s))
    ]
    closed = [s for s in main if s.category == StateCategory.CLOSED]
    if len(closed) > 1:  # several ends: the one it reached, else the first
        keep = next((s for s in closed if s.slug == ticket.state), closed[0])
        main = [s for s in main if s.category != StateCategory.CLOSED or s is keep]
    if ticket.type == "request" and "approval" not in visited:
        main = [s for s in main if s.slug != "approval"]
    if ticket.state_category == StateCategory.CANCELLED:
        reached = {s for s in visited if s}
        main = [s for s in main if s.slug in reached or s is main[0]]
        main.append(states[ticket.state])
    return main


def _ends(state: State) -> bool:
    return state.is_final


def _to(event: Happened) -> str:
    pair = event.changes.get("state")
    return str(pair[1]) if pair else ""


def _entered(ticket: Ticket, events: Sequence[Happened]) -> dict[str, datetime]:
    """When it last came into each state."""
    entered = {to: e.at for e in events if (to := _to(e))}
    entered[definition_of(ticket).initial.slug] = ticket.opened_at
    entered[ticket.state] = ticket.state_since
    return entered


def _position(ticket: Ticket, line: Sequence[State], events: Sequence[Happened]) -> int:
    """Where on the line it is; from a side state, where it left the line."""
    slugs = [state.slug for state in line]
    if ticket.state in slugs:
        return slugs.index(ticket.state)
    for event in reversed(events):
        pair = event.changes.get("state")
        if pair and pair[1] == ticket.state and pair[0] in slugs:
            return max(slugs.index(pair[0]), min(1, len(slugs) - 1))
    return min(1, len(slugs) - 1)


def _mark(ticket: Ticket, state: State, at: int, line: Sequence[State]) -> str:
    """The step of the value stream that a state stands for, else its own name."""
    if at == 0:
        return _("Registered")
    if ticket.type == "incident" and state.category == StateCategory.ACTIVE:
        return _("Investigated")
    if ticket.type in {"incident", "request"}:
        if state.category == StateCategory.RESOLVED:
            return _("Fix found") if ticket.type == "incident" else _("Delivered")
        if state.category == StateCategory.CLOSED:
            if ticket.state_category == StateCategory.CLOSED and not ticket.verified_by:
                return _("Not verified")
            return _("Verified")
    return phrase(state.name)


def _beneath(state: State, mark: str) -> str:
    """The state's own name, where the mark is another."""
    name = phrase(state.name)
    return "" if name == mark else name


def _note_here(ticket: Ticket, line: Sequence[State], step: Step) -> None:
    definition = definition_of(ticket)
    state = definition.states[ticket.state]
    if state in line:
        return
    reason = state.reasons.get(ticket.wait_reason)
    waits = phrase(state.name)
    if reason:
        waits += f" {inside(phrase(reason.name))}"
    step.note = _("%(state)s since %(when)s") % {
        "state": waits,
        "when": wording.clock_words(ticket.state_since),
    }


def _note_handovers(
    ticket: Ticket,
    events: Sequence[Happened],
    names: Names,
    line: Sequence[State],
    found: list[Step],
) -> None:
    """A detour on the line where it changed hands, with the hands it went through."""
    slugs = [state.slug for state in line]
    at = 0
    hands: dict[int, list[str]] = {}
    for event in events:
        to = _to(event)
        if to in slugs:
            at = slugs.index(to)
        for field, table in (("owner", names.user), ("team", names.team)):
            old, new = event.changes.get(field, (None, None))
            if old and new:
                hands.setdefault(at, []).append(table.get(new, "?"))
                break
    for place, people in hands.items():
        step = found[min(place, len(found) - 1)]
        times = ngettext(
            "Handed over %(n)d time", "Handed over %(n)d times", len(people)
        )
        step.kink = f"{times % {'n': len(people)}}: {', '.join(people[-4:])}"
    if not hands and ticket.handovers:
        times = ngettext(
            "Handed over %(n)d time", "Handed over %(n)d times", ticket.handovers
        )
        found[min(1, len(found) - 1)].kink = times % {"n": ticket.handovers}


def promised(ticket: Ticket, *, now: datetime, told: Told | None = None) -> Promised:
    """The next promise to the requester, or what takes its place."""
    who = ticket.requester.name if ticket.requester else _("the requester")
    if ticket.state_category not in OPEN:
        return _settled(ticket, who)
    if ticket.paused_since is not None:
        return _paused(ticket, who, now)
    if ticket.next_due_at is None:
        return Promised(_("Nothing is promised"), None, "calm", None, "")
    words = {
        DueKind.RESPONSE: _("First word to %(who)s"),
        DueKind.UPDATE: _("Next word to %(who)s"),
        DueKind.RESOLUTION: _solution(ticket),
    }.get(DueKind(ticket.next_due_kind), _("Promised to %(who)s")) % {"who": who}
    level, left, text = left_of(ticket, now=now, share=told.share if told else None)
    made = Promised(words, ticket.next_due_at, level, left, text)
    return replace(made, work=told.work, open=told.open) if told else made


def _solution(ticket: Ticket) -> str:
    if ticket.type == TicketType.REQUEST:
        return _("Fulfilled for %(who)s")
    is_change = ticket.type == TicketType.CHANGE
    return _("Done for %(who)s") if is_change else _("Solution for %(who)s")


def _solved(ticket: Ticket, took: str) -> str:
    if ticket.type == TicketType.REQUEST:
        return _("Fulfilled after %(t)s") % {"t": took}
    return _("Solved after %(t)s") % {"t": took}


def _paused(ticket: Ticket, who: str, now: datetime) -> Promised:
    """The requester has the ball; what is left stands still."""
    words = _("Waits for %(who)s") % {"who": who}
    since = wording.duration(now - (ticket.paused_since or now))
    if ticket.time_left is None:
        text = _("paused for %(t)s") % {"t": since}
    else:
        left = wording.worked(ticket.time_left)
        text = _("paused for %(t)s, %(left)s left") % {"t": since, "left": left}
    return Promised(words, None, "paused", None, text)


def left_of(
    ticket: Ticket, *, now: datetime, share: float | None = None
) -> tuple[str, float, str]:
    """Level, share left 0..1 and words of the promise that is next.

    `share` is of its working time; without it, it is reckoned on the wall.
    """
    due = ticket.next_due_at or now
    if due < now:
        return "late", 0.0, _("%(t)s over") % {"t": wording.countdown(now - due)}
    if share is None:
        is_update = ticket.next_due_kind == DueKind.UPDATE
        since = (ticket.informed_at if is_update else None) or ticket.opened_at
        share = (due - now) / (due - since) if due > since else 1.0
    text = _("%(t)s left") % {"t": wording.countdown(due - now)}
    return ("soon" if share <= SOON else "calm"), round(min(share, 1.0), 3), text


def _settled(ticket: Ticket, who: str) -> Promised:
    took = wording.duration(
        (ticket.resolved_at or ticket.closed_at or ticket.updated_at) - ticket.opened_at
    )
    if ticket.state_category == StateCategory.CANCELLED:
        return Promised(_("Nothing more is promised"), None, "met", None, "")
    told = _ended(ticket, took)
    if told is not None:
        return Promised(told[0], None, told[1], None, "")
    if ticket.state_category == StateCategory.RESOLVED and ticket.timer_at:
        words = _("%(ended)s; closes by itself") % {"ended": _solved(ticket, took)}
        return Promised(words, ticket.timer_at, "met", None, "")
    done = {
        "requester": _("%(who)s confirmed it") % {"who": who},
        "monitoring": _("Monitoring confirmed it"),
    }.get(ticket.verified_by, "")
    return Promised(_solved(ticket, took), None, "met", None, done)


def _ended(ticket: Ticket, took: str) -> tuple[str, str] | None:
    """How a practice says that it is over; None where it is like any ticket."""
    detail = details.of(ticket.type)
    return detail.ended(ticket, detail.load(ticket), took) if detail else None
