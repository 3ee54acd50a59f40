"""Promises asked for anew when calendars or agreements change, many at a time.

What a clock has used stays used; from now on the new terms count. Each change is an
event with old and new terms, so that the log still tells every clock. What is asked of
one batch is in `itsm.sla.anew`.

Whoever had begun to write before a job began may have read what held before, and its
tickets are seen only when it commits. So a job that has come to its end waits for such
transactions, and then looks once more at what was touched since. What remains: one that
stays open for longer than LONGEST, and tickets brought meanwhile by an import, whose
times are their own. They follow when something happens to them, or by hand.
"""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from core import jobs
from core.bulk import without_collection
from core.context import Door, through
from core.log import act
from itsm.sla import anew
from itsm.sla.models import Agreement, Clock, Recomputation
from itsm.tickets.models import Ticket
from itsm.tickets.states import OPEN
from people.models import Calendar, User

BATCH = 1000  # tickets in one transaction
DAY = timedelta(days=1)
LONGEST = timedelta(minutes=1)  # that a job waits for a transaction older than itself
MOMENT = 0.05  # seconds from one look at them to the next
MOST_EFFECTS = 500  # kept to be looked at
LIVING = ("planned", "running", "paused")  # states of clocks
IS_OPEN = Q(state_category__in=[category.value for category in OPEN])
# The next tickets that count by a version: each time a look at so many, as planned
# otherwise all that count by it are sorted for every batch.
COUNTED = """SELECT DISTINCT found.ticket_id FROM unnest(%(versions)s) older(version),
    LATERAL (SELECT DISTINCT c.ticket_id FROM itsm_clock c
        JOIN itsm_ticket t ON t.id = c.ticket_id
        WHERE c.calendar_id = older.version AND c.ticket_id > %(cursor)s
            AND c.state IN %(living)s AND t.state_category IN %(open)s
        ORDER BY c.ticket_id LIMIT %(most)s) found
    ORDER BY found.ticket_id LIMIT %(most)s"""
OLDER = """SELECT EXISTS (SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend'
        AND pid <> pg_backend_pid() AND xact_start < %s)"""


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
    """The tickets it is about: open ones, and those with a timer that counts days."""
    wanted = IS_OPEN
    if job.calendar is not None:
        counted = Clock.objects.filter(
            ticket=OuterRef("pk"), calendar__in=_older(job.calendar), state__in=LIVING
        )
        wanted &= Q(Exists(counted))
    if _counts_days(job):
        wanted |= Q(timer_at__isnull=False)
    return Ticket.objects.filter(wanted)


def _older(calendar: Calendar) -> list[int]:
    """Its versions but for the newest: what counts by that needs nothing."""
    rows = calendar.versions.order_by("-number").values_list("pk", flat=True)
    return list(rows[1:])


def _counts_days(job: Recomputation) -> bool:
    """Whether it is about the calendar by which the timers of processes count."""
    if job.reason in {Recomputation.Reason.AGREEMENT, Recomputation.Reason.VALIDITY}:
        return False
    return job.calendar is None or job.calendar.is_default


def work(job: Recomputation, *, at: datetime) -> bool:
    """One batch; whether something is left."""
    if _batch(job, _ahead(job), at):
        return True
    if job.dry:
        return False
    if _is_older_open(job, at):
        time.sleep(MOMENT)
        return True
    _look_once_more(job, at)
    return False


def _ahead(job: Recomputation) -> QuerySet[Any]:
    """Its tickets behind the cursor; where few of all may be, the next ones at once."""
    if job.calendar is None or _counts_days(job):
        return scope(job).filter(pk__gt=job.cursor)
    with connection.cursor() as cursor:
        cursor.execute(
            COUNTED,
            {
                "versions": _older(job.calendar),
                "cursor": job.cursor,
                "living": LIVING,
                "open": tuple(category.value for category in OPEN),
                "most": BATCH,
            },
        )
        return Ticket.objects.filter(IS_OPEN, pk__in=[pk for (pk,) in cursor])


def _batch(job: Recomputation, rows: QuerySet[Any], at: datetime) -> list[Ticket]:
    """Ask for the first of these tickets, and note in the same transaction how far."""
    with without_collection(), through(Door.TIMER), act():
        tickets = anew.locked(rows, BATCH)
        changed = anew.ask(tickets, by=job.by, at=at, dry=job.dry)
        if tickets:
            _note(job, tickets, changed)
    return tickets


def _note(
    job: Recomputation, tickets: Sequence[Ticket], changed: Sequence[anew.Changed]
) -> None:
    room = MOST_EFFECTS - len(job.effects)
    noted = {"changed": job.changed + len(changed)}
    if changed and room:
        noted["effects"] = job.effects + [one.effect() for one in changed[:room]]
    job.count_done(sum(ticket.pk > job.cursor for ticket in tickets))
    noted["cursor"] = max(job.cursor, tickets[-1].pk)
    Recomputation.objects.filter(pk=job.pk).update(**noted)
    vars(job).update(noted)


def _is_older_open(job: Recomputation, at: datetime) -> bool:
    """Whether a transaction that may have read what held before is still open."""
    begun = job.started_at or at
    if at - begun > LONGEST:
        return False
    with connection.cursor() as cursor:
        cursor.execute(OLDER, [begun])
        return bool(cursor.fetchone()[0])


def _look_once_more(job: Recomputation, at: datetime) -> None:
    """What those transactions wrote; of the rest nothing changes a second time."""
    touched = scope(job).filter(updated_at__gte=(job.started_at or at) - LONGEST)
    after = 0
    while tickets := _batch(job, touched.filter(pk__gt=after), at):
        after = tickets[-1].pk
