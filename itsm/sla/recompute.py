"""Promises asked for anew when calendars or agreements change, many at a time.

What a clock has used stays used; from now on the new terms count. Each change is an
event with old and new terms, so that the log still tells every clock.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from core import jobs
from core.context import Door, through
from core.log import act, record
from itsm.sla import clockwork, moves, stories, sweep
from itsm.sla.following import facts_of, missed, new_terms, next_of
from itsm.sla.models import Agreement, Clock, ClockState, Recomputation
from itsm.sla.rows import save
from itsm.sla.rules import Looked
from itsm.sla.stories import Story
from itsm.tickets import kinds
from itsm.tickets.models import Ticket
from itsm.tickets.reckoning import promise
from itsm.tickets.states import OPEN
from people.models import Calendar, User

BATCH = 1000  # tickets in one transaction
DAY = timedelta(days=1)
FIELDS = Clock._meta.concrete_fields
MOST_EFFECTS = 500  # kept to be looked at
LIVING = (ClockState.PLANNED, ClockState.RUNNING, ClockState.PAUSED)
Effect = dict[str, Any]


def register() -> None:
    """Follow calendars and agreements."""
    from people.calendars import actions as calendars

    jobs.register(Recomputation)
    calendars.on_change(calendar_changed)
    calendars.on_default(default_changed)


def calendar_changed(
    calendar: Calendar, old: int | None, new: int, by: User, at: datetime
) -> None:
    """A calendar says something else now."""
    begin(reason=Recomputation.Reason.CALENDAR, by=by, at=at, calendar=calendar)


def default_changed(old: int | None, new: int, by: User, at: datetime) -> None:
    """Another calendar counts where nothing else is said."""
    begin(reason=Recomputation.Reason.CALENDAR, by=by, at=at)


def begin(
    *,
    reason: str,
    by: User | None,
    at: datetime,
    calendar: Calendar | None = None,
    dry: bool = False,
) -> Recomputation | None:
    """Start one in the background; where one waits for the same, that one will do.

    It is held until what it is asked for has committed, and not begun before that.
    None where there is nothing to ask, unless somebody wants to know.
    """
    with transaction.atomic():
        same = {"calendar": calendar, "dry": dry, "reason": reason}
        rows = Recomputation.objects.select_for_update(skip_locked=True, of=("self",))
        waiting = rows.filter(state=jobs.Job.State.QUEUED, cursor=0, **same).first()
    if waiting is not None:
        return waiting
    job = Recomputation(reason=reason, by=by, calendar=calendar, dry=dry, created_at=at)
    job.total = scope(job).count()
    if not job.total and reason != Recomputation.Reason.BY_HAND:
        return None
    jobs.start(job)
    return job


def follow_validity(*, at: datetime) -> bool:
    """Ask anew where an agreement began or ended since that was last looked at.

    Days are those of the installation; an agreement in another zone is a few hours
    early or late in the promises that run, never in new ones.
    """
    today = timezone.localdate(at)
    reason = Recomputation.Reason.VALIDITY
    last = Recomputation.objects.filter(reason=reason).order_by("-created_at").first()
    since = timezone.localdate(last.created_at) if last else today - DAY
    if since >= today:
        return False
    began = Q(valid_from__gt=since, valid_from__lte=today)
    ended = Q(valid_until__gte=since, valid_until__lt=today)
    if not Agreement.objects.filter(began | ended).exists():
        return False
    return begin(reason=reason, by=None, at=at) is not None


def scope(job: Recomputation) -> QuerySet[Any]:
    """The open tickets it is about."""
    rows = Ticket.objects.filter(state_category__in=[c.value for c in OPEN])
    if job.calendar_id is None:
        return rows
    counted = Clock.objects.filter(
        ticket=OuterRef("pk"), calendar__calendar=job.calendar_id, state__in=LIVING
    )
    return rows.filter(Exists(counted))


def work(job: Recomputation, *, at: datetime) -> bool:
    """One batch; whether something is left."""
    with through(Door.TIMER), act():
        tickets = list(
            _told(scope(job).filter(pk__gt=job.cursor).order_by("pk"))[:BATCH]
        )
        effects = apply(tickets, by=job.by, at=at, dry=job.dry)
        _note(job, tickets, effects)
    return len(tickets) == BATCH


def apply(
    tickets: Sequence[Ticket], *, by: User | None, at: datetime, dry: bool = False
) -> list[Effect]:
    """Ask what is promised now of these locked tickets; what became another."""
    rules = Looked()
    known = _stories(tickets)
    effects: list[Effect] = []
    moved: list[Ticket] = []
    clocks: list[Clock] = []
    for ticket in tickets:
        story = known[ticket.pk]
        before = {_key(c): c.due_at for c in story.clocks}
        rows = [_row(clock) for clock in story.clocks]
        is_changed = _change(ticket, story, rules, by, at, dry)
        _fit(story, rules)
        clocks += [c for c in story.clocks if c.pk is None or _row(c) not in rows]
        if not is_changed:
            continue
        effects.append(_effect(ticket, before, story.clocks))
        if promise(ticket, next_of(story.clocks, at), at=at):
            moved.append(ticket)
    if not dry:
        save(clocks)
        sweep.write_places(moved)
    return effects


def _told(rows: QuerySet[Any]) -> QuerySet[Any]:
    facts = (*stories.FACTS, "number", "state_category", *sweep.ORDER)
    locked = rows.select_for_update(of=("self",), no_key=True)
    return locked.only(*facts).select_related(None)


def _stories(tickets: Iterable[Ticket]) -> dict[int, Story]:
    found = {t.pk: Story(t.pk, facts_of(t)) for t in tickets}
    rows = Clock.objects.select_for_update(no_key=True).order_by("pk")
    for clock in rows.filter(ticket_id__in=found):
        found[clock.ticket_id].clocks.append(clock)
    sweep.with_versions(tickets)
    return found


def _change(
    ticket: Ticket,
    story: Story,
    rules: Looked,
    by: User | None,
    at: datetime,
    dry: bool,
) -> bool:
    """Move its clocks to what is promised now; whether anything changed."""
    changes = new_terms(story, rules, at)
    if not changes:
        return False
    if dry:
        told = stories.Told(kinds.PROMISE, at, changes)
        clockwork.follow(story, told, rules)
        return True
    event = record(kinds.PROMISE, subject=ticket, by=by, at=at, changes=changes)
    clockwork.follow(story, event, rules)
    for clock in list(story.late):  # fell due, and nobody had said so yet
        said = record(
            kinds.MISS, subject=ticket, by=None, at=at, changes=missed(clock, rules)
        )
        clockwork.follow(story, said, rules)
    return True


def _fit(story: Story, rules: Looked) -> None:
    """Set when each is looked at next: its agreement may warn at other shares now."""
    for clock in story.clocks:
        is_late = clock.state == ClockState.MISSED and clock.ended_at is None
        if is_late or clock.state == ClockState.RUNNING:
            moves.fit(clock, rules)


def _row(clock: Clock) -> tuple[Any, ...]:
    return tuple(getattr(clock, field.attname) for field in FIELDS)


def _key(clock: Clock) -> str:
    return f"{clock.kind} {clock.cycle}"


def _effect(
    ticket: Ticket, before: dict[str, datetime | None], clocks: Iterable[Clock]
) -> Effect:
    """Which promises fall due at another time now, as a page and a program read it."""
    dues = {}
    for clock in clocks:
        old, new = before.get(_key(clock)), clock.due_at
        if old != new:
            dues[str(clock.kind)] = [
                moment.isoformat() if moment else None for moment in (old, new)
            ]
    return {"ticket": ticket.pk, "number": ticket.number, "due": dues}


def _note(
    job: Recomputation, tickets: Sequence[Ticket], effects: Sequence[Effect]
) -> None:
    job.cursor = tickets[-1].pk if tickets else job.cursor
    job.changed += len(effects)
    job.effects = [*job.effects, *effects][:MOST_EFFECTS]
    Recomputation.objects.filter(pk=job.pk).update(
        cursor=job.cursor, changed=job.changed, effects=job.effects
    )
    job.count_done(len(tickets))
