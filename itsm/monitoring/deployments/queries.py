"""Page-shaped reads of a service: what it is, how it does, and what happened to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db.models import QuerySet
from django.utils import timezone

from core import reader
from core.reader import gettext as _
from core.wording import duration, short_day
from itsm.monitoring.models import Deployment, Maintenance
from itsm.tickets import subjects
from itsm.tickets.actions.common import state_name
from itsm.tickets.models import Ticket
from itsm.tickets.states import TicketType
from people.models import Service, User
from people.policy import allows

DAYS = 7  # on one page of the timeline
MOST = 200  # of each sort on one page
SOON = timedelta(hours=2)  # a change so shortly before is named beside an incident


def visible_to(user: User) -> QuerySet[Deployment]:
    """All of them for those who work here."""
    rows = Deployment.objects.all()
    return rows if allows(user, "alert.see") else rows.none()


@dataclass(frozen=True, slots=True)
class Happened:
    """A deployment, or with a number an incident.

    `after` says what was changed shortly before an incident.
    """

    at: datetime
    hour: str
    words: str
    url: str
    origin: str = ""
    number: str = ""
    priority: int = 0
    state: str = ""
    category: str = ""
    after: str = ""


@dataclass(slots=True)
class Day:
    """One day of the reader's, the newest things first."""

    day: date
    words: str
    lines: list[Happened] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class History:
    """Days with something on them; `since` is the first day that was looked at."""

    days: list[Day]
    since: date
    words: str  # from when until when
    deployed: int
    broken: int


def href_of(links: Any) -> str:
    """The first address among what a pipeline sent that a browser may open."""
    for link in links if isinstance(links, list) else ():
        href = str(link.get("href", "")) if isinstance(link, Mapping) else ""
        if urlsplit(href).scheme in {"http", "https"}:
            return href
    return ""


def history(service: Service, user: User, *, until: date) -> History:
    """A week of a service that ends with a day; two queries."""
    since = until - timedelta(days=DAYS - 1)
    first, last = _midnight(since), _midnight(until + timedelta(days=1))
    # a change late on the evening before may stand beside the first incident
    rows = (
        Deployment.objects.filter(service=service, at__gte=first - SOON, at__lt=last)
        .order_by("-at", "-pk")
        .select_related("change")
    )
    deployed = list(rows[:MOST])
    seen = Ticket.objects.visible_to(user).filter(
        service=service,
        type=TicketType.INCIDENT,
        opened_at__gte=first,
        opened_at__lt=last,
    )
    broken = list(
        seen.select_related("process_version").order_by("-opened_at", "-pk")[:MOST]
    )
    within = [_deployed(row) for row in deployed if row.at >= first]
    told = [_broken(ticket, deployed) for ticket in broken]
    words = _("%(from)s to %(to)s") % {
        "from": short_day(since),
        "to": short_day(until),
    }
    return History(_days([*within, *told]), since, words, len(within), len(told))


def _midnight(day: date) -> datetime:
    """When a day begins for the reader."""
    return datetime.combine(day, time(), tzinfo=timezone.get_current_timezone())


def _days(lines: Iterable[Happened]) -> list[Day]:
    days: dict[date, Day] = {}
    today = reader.local(timezone.now()).date()
    for line in sorted(lines, key=lambda line: line.at, reverse=True):
        here = reader.local(line.at).date()
        words = _("Today") if here == today else short_day(here)
        days.setdefault(here, Day(here, words)).lines.append(line)
    return list(days.values())


def _deployed(row: Deployment) -> Happened:
    return Happened(
        at=row.at,
        hour=f"{reader.local(row.at):%H:%M}",
        words=_words(row),
        url=_page(row) or href_of(row.links),
        origin=row.origin,
    )


def _words(row: Deployment) -> str:
    """What was done; of a change also what came of it, where it did not go well."""
    told = {"what": row.summary}
    if row.outcome == Deployment.Outcome.FAILED:
        return _("Failed: %(what)s") % told
    if row.outcome == Deployment.Outcome.ROLLED_BACK:
        return _("Rolled back: %(what)s") % told
    return row.summary


def _page(row: Deployment) -> str:
    """Its change's page, which everybody here may see unless it is restricted."""
    is_open = row.change is not None and not row.change.restricted
    return subjects.url(row.change.number) if is_open and row.change else ""


def _broken(ticket: Ticket, deployed: Sequence[Deployment]) -> Happened:
    began = ticket.opened_at
    last = next((d for d in deployed if began - SOON <= d.at <= began), None)
    after = ""
    if last is not None:
        words = {"time": duration(began - last.at), "what": _words(last)}
        after = _("%(time)s after: %(what)s") % words
    return Happened(
        at=began,
        hour=f"{reader.local(began):%H:%M}",
        words=ticket.title,
        url=subjects.url(ticket.number),
        number=ticket.number,
        priority=ticket.priority,
        state=state_name(ticket),
        category=ticket.state_category,
        after=after,
    )


def windows_of(service: Service, at: datetime) -> list[Maintenance]:
    """Maintenance of it that runs or is announced; one query."""
    rows = Maintenance.objects.filter(services=service, ends_at__gt=at)
    return list(rows.order_by("starts_at", "pk")[:10])
