"""How a promise stands, in plain words. Pure: clocks and an instant in, words out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core import worktime
from core.reader import gettext as _
from core.wording import countdown, worked
from itsm.sla.models import Clock, ClockKind, ClockState
from itsm.sla.moves import left_of, used_by
from itsm.sla.stories import Rules
from itsm.sla.working import periods
from itsm.tickets.rows import SOON

NOTHING = timedelta(0)
MET = frozenset({ClockState.MET, ClockState.KEPT})
ORDER = {kind: place for place, kind in enumerate(ClockKind.values)}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a promise comes from; "" is the process itself, and around the clock."""

    agreement: str = ""
    calendar: str = ""
    party: str = ""  # whose operational target


@dataclass(slots=True)
class Stand:
    """One promise as a page shows it. `level`: calm soon late paused met none.

    `work` is the working time left, where it is not the time on the wall; `open` are
    its periods (`itsm.sla.working.periods`). `notes` are whole sentences.
    """

    kind: str
    name: str
    state: str
    level: str
    text: str = ""
    share: float | None = None
    due: datetime | None = None
    work: str = ""
    open: str = ""
    notes: list[str] = field(default_factory=list)
    source: Source = Source()


def stands(
    clocks: Iterable[tuple[Clock, Source]], rules: Rules, *, at: datetime, who: str
) -> list[Stand]:
    """The last cycle of each promise, in the order in which they are owed.

    `who` has asked for it. What was promised before the last update is one sentence.
    """
    last: dict[tuple[str, int | None], tuple[Clock, Source]] = {}
    updates: list[Clock] = []
    for clock, source in clocks:
        if clock.state == ClockState.PLANNED:
            continue
        key = clock.kind, clock.party_id
        if key not in last or last[key][0].cycle < clock.cycle:
            last[key] = clock, source
        if clock.kind == ClockKind.UPDATE:
            updates.append(clock)
    found = [
        stand(clock, source, rules, at=at, who=who)
        for clock, source in sorted(last.values(), key=lambda one: ORDER[one[0].kind])
    ]
    for one in found:
        if one.kind == ClockKind.UPDATE:
            newest = last[ClockKind.UPDATE.value, None][0]
            one.notes += _before([c for c in updates if c is not newest])
    return found


def stand(
    clock: Clock, source: Source, rules: Rules, *, at: datetime, who: str
) -> Stand:
    """How one promise stands at an instant."""
    made = Stand(
        kind=str(clock.kind),
        name=_name(clock, source),
        state=_state(clock),
        level="none",
        source=source,
    )
    calendar = rules.hours(clock.calendar_id)
    if clock.state == ClockState.RUNNING or _is_owed_late(clock):
        _running(made, clock, calendar, at, used_by(clock, at, rules))
    elif clock.state == ClockState.PAUSED:
        left = worked(left_of(clock))
        made.level, made.text = "paused", left
        words = {"who": who, "left": left}
        made.notes.append(
            _("It stands still until %(who)s answers, with %(left)s left.") % words
        )
    elif clock.state in MET:
        _met(made, clock)
    elif clock.state == ClockState.MISSED:
        _missed(made, clock, calendar)
    return made


def _name(clock: Clock, source: Source) -> str:
    if clock.kind == ClockKind.OPERATIONAL and source.party:
        return _("Target of %(team)s") % {"team": source.party}
    return str(ClockKind(clock.kind).label)


def _state(clock: Clock) -> str:
    words = {
        ClockState.RUNNING: _("running"),
        ClockState.PAUSED: _("paused"),
        ClockState.MET: _("met"),
        ClockState.KEPT: _("kept"),
        ClockState.MISSED: _("missed"),
        ClockState.WITHDRAWN: _("withdrawn: not promised any more"),
        ClockState.CANCELLED: _("ended with what it was for"),
    }
    return words.get(ClockState(clock.state), "")


def _is_owed_late(clock: Clock) -> bool:
    return clock.state == ClockState.MISSED and clock.ended_at is None


def _running(
    made: Stand,
    clock: Clock,
    calendar: worktime.Calendar,
    at: datetime,
    used: timedelta,
) -> None:
    """Something is owed now: by when, and how much of both times is left."""
    due = made.due = clock.due_at
    if due is None:
        made.notes.append(_("Its calendar has no more working time ahead."))
        return
    if due < at:
        made.level, made.share = "late", 0.0
        is_word = clock.kind == ClockKind.UPDATE
        over = _("word %(time)s over") if is_word else _("%(time)s over")
        made.text = over % {"time": countdown(at - due)}
        if calendar != worktime.ALWAYS:
            work = worked(worktime.between(calendar, due, at))
            made.notes.append(_("%(time)s of working time over.") % {"time": work})
        return
    left = max(NOTHING, clock.target - used)
    made.share = left / clock.target
    made.level = "soon" if made.share <= SOON else "calm"
    made.text = countdown(due - at)
    if made.level == "soon":
        made.text = _("only %(time)s") % {"time": made.text}
    if calendar != worktime.ALWAYS:
        made.work, made.open = worked(left), periods(calendar, at, due)


def _met(made: Stand, clock: Clock) -> None:
    made.level = "met"
    words = {"used": worked(clock.used), "target": worked(clock.target)}
    made.notes.append(_("After %(used)s of %(target)s.") % words)
    if clock.state == ClockState.MET:
        made.notes.append(_("Provisional until it is closed."))


def _missed(made: Stand, clock: Clock, calendar: worktime.Calendar) -> None:
    """It was late, and it is over."""
    made.level = "missed"
    due, ended = clock.missed_at, clock.ended_at
    if due is None or ended is None:
        return
    made.due = due
    words = {"time": countdown(ended - due)}
    if calendar == worktime.ALWAYS:
        made.notes.append(_("Missed by %(time)s.") % words)
        return
    words["work"] = worked(worktime.between(calendar, due, ended))
    made.notes.append(_("Missed by %(work)s of working time (%(time)s).") % words)


def _before(clocks: Sequence[Clock]) -> list[str]:
    """What became of the updates before this one."""
    kept = sum(clock.state in MET for clock in clocks)
    missed = sum(clock.state == ClockState.MISSED for clock in clocks)
    if not kept and not missed:
        return []
    words = {"kept": kept, "missed": missed}
    return [_("Before: %(kept)d kept, %(missed)d missed.") % words]
