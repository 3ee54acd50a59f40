"""What pages read of sessions; each says how many queries it costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from backlog.refining.models import AgendaItem, Session
from backlog.refining.readiness import FINDINGS, Finding
from people.models import User
from people.policy import allows
from processes.models import Process

SOON = 0.25  # of the time: then it becomes urgent, as relative-time.js says too


@dataclass(frozen=True, slots=True)
class Clock:
    """How much time is left, and of what."""

    due: datetime
    left: timedelta
    share: float

    @property
    def level(self) -> str:
        """calm, soon or late."""
        if self.left < timedelta(0):
            return "late"
        return "soon" if self.share <= SOON else "calm"


@dataclass(frozen=True, slots=True)
class Item:
    """A story of the agenda."""

    row: AgendaItem
    findings: Sequence[Finding]
    clock: Clock | None

    @property
    def is_running(self) -> bool:
        """Whether it is looked at now."""
        return self.row.started_at is not None and self.row.ended_at is None


def visible_to(user: User) -> QuerySet[Session]:
    """For everybody who works here."""
    rows = Session.objects.select_related("process__owner")
    return rows if allows(user, "process.see") else rows.none()


def get_session(user: User, pk: int) -> Session:
    """One of them, or Http404; one query."""
    found = visible_to(user).filter(pk=min(pk, 2**63 - 1)).first()
    if found is None:
        raise Http404(_("There is no such session for you."))
    return found


def next_session(process: Process) -> Session | None:
    """The one that runs, else the earliest that is planned; one query."""
    rows = Session.objects.filter(process=process, ended_at=None)
    return rows.order_by(F("started_at").desc(nulls_last=True), "at").first()


def items_of(session: Session, user: User, at: datetime) -> list[Item]:
    """The agenda, what each lacks, and the clock of the one that runs; one query."""
    rows = list(session.items.select_related("story").order_by("position", "pk"))
    each = timedelta(minutes=session.minutes) / max(1, len(rows))
    return [
        Item(row, _findings(row.why), _running(row, each, session, at)) for row in rows
    ]


def clock_of(session: Session, at: datetime) -> Clock | None:
    """How much of the session is left, while it runs; no query."""
    if session.started_at is None or session.ended_at is not None:
        return None
    return _clock(session.started_at, timedelta(minutes=session.minutes), at)


def _running(
    row: AgendaItem, each: timedelta, session: Session, at: datetime
) -> Clock | None:
    if row.started_at is None or row.ended_at is not None or session.ended_at:
        return None
    return _clock(row.started_at, each, at)


def _clock(start: datetime, length: timedelta, at: datetime) -> Clock:
    left = start + length - at
    return Clock(start + length, left, max(0.0, round(left / length, 3)))


def _findings(why: str) -> list[Finding]:
    return [FINDINGS[slug] for slug in why.split(",") if slug in FINDINGS]
