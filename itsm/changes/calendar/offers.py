"""What is in the way of a window, and the earliest one in which nothing is.

The same for a ticket, for the form of a new one, and over REST.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from itsm.changes.calendar import queries, reading, words
from itsm.changes.calendar.collisions import Span, Window
from itsm.changes.calendar.queries import Frozen, Met
from itsm.changes.models import Change
from itsm.tickets.models import Ticket
from itsm.tickets.pages.create_form import NewForm
from itsm.tickets.pages.posted import zoned
from people.models import Service, Team, User

USUAL = timedelta(hours=1)  # of a window nobody has named
LOCAL = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True)
class Line:
    """One change that is in the way, in words."""

    number: str
    url: str
    title: str
    when: str
    why: str
    state: str
    category: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody plans: a change that is there, or one to be made (`key` 0)."""

    user: User
    key: int
    span: Span | None
    service: Service | None
    team: int | None
    model: str
    people: frozenset[int] = frozenset()
    length: timedelta = USUAL

    @property
    def window(self) -> Window | None:
        """It as the pure rules know it; one query where it has a service."""
        if self.span is None:
            return None
        pk = self.service.pk if self.service else None
        carried = reading.needs(pk)
        return Window(self.key, *self.span, pk, carried, self.team, self.people)


@dataclass(frozen=True, slots=True)
class Offer:
    """What is in the way, and what to do about it. `span` None: nothing planned yet."""

    span: Span | None
    met: Sequence[Met]
    frozen: Frozen | None
    free: Span | None
    service: str = ""
    template: str = "itsm/changes/in_the_way_new.html"  # in the form of a new one

    @property
    def is_clear(self) -> bool:
        """Whether nothing is in the way."""
        return not self.met and self.frozen is None

    @property
    def day(self) -> date | None:
        """The reader's day on which it is planned."""
        return timezone.localdate(self.span[0]) if self.span else None

    @property
    def lines(self) -> list[Line]:
        """The changes in the way, in words."""
        names = reading.state_names(one.other for one in self.met)
        return [_line(one, self.service, names) for one in self.met]

    @property
    def frozen_until(self) -> str:
        """When the freeze is over, in words."""
        return words.moment(self.frozen.until) if self.frozen else ""

    @property
    def free_words(self) -> str:
        """The free window in words."""
        return words.span(*self.free) if self.free else ""

    @property
    def free_inputs(self) -> tuple[str, str]:
        """The free window as a form's inputs take it."""
        start, end = self.free or (None, None)
        if start is None or end is None:
            return "", ""
        return tuple(f"{timezone.localtime(at):{LOCAL}}" for at in (start, end))  # type: ignore[return-value]


def of(wanted: Wanted, at: datetime) -> Offer:
    """What is in the way of it; another window is looked for where something is."""
    window = wanted.window
    met, frozen = [], None
    if window is not None and window.end > at:
        met = queries.collisions_with(window, wanted.user)
        frozen = queries.freeze_at(
            wanted.service, wanted.model, window.start, window.end
        )
    free = None
    if window is None or met or frozen:
        free = _free(wanted, at)
    name = wanted.service.name if wanted.service else ""
    return Offer(wanted.span, met, frozen, free, name)


def of_ticket(ticket: Ticket, user: User, at: datetime) -> Offer:
    """Of a change as it is saved; at most twelve queries."""
    row = Change.objects.select_related("kind").filter(pk=ticket.pk).first()
    saved = queries.window_of(ticket)
    owner = frozenset([ticket.owner_id] if ticket.owner_id else [])
    wanted = Wanted(
        user,
        ticket.pk,
        row.window if row else None,
        ticket.service,
        ticket.team_id,
        row.model if row else queries.NORMAL,
        saved.people if saved else owner,
        row.kind.length if row and row.kind else USUAL,
    )
    return of(wanted, at)


def of_form(form: NewForm) -> Offer | None:
    """Of a change that is being typed; None until it has a service and a window."""
    span = _typed(form)
    service = Service.objects.filter(slug=_plain(form.value("service"))).first()
    if span is None or service is None:
        return None
    team = Team.objects.filter(slug=_plain(form.team)).values_list("pk", flat=True)
    model = form.value("model", queries.NORMAL)
    wanted = Wanted(form.by, 0, span, service, team.first(), model)
    return of(wanted, timezone.now())


def _typed(form: NewForm) -> Span | None:
    found = []
    for name in ("window.start", "window.end"):
        try:
            at = parse_datetime(zoned(form.value(name)))
        except ValueError:
            at = None
        if at is None or timezone.is_naive(at) or not 1970 <= at.year <= 9000:
            return None
        found.append(at)
    return (found[0], found[1]) if found[0] < found[1] else None


def _plain(slug: str) -> str:
    return slug.replace("\x00", "")


def _free(wanted: Wanted, at: datetime) -> Span | None:
    """The earliest from where it was planned on, as long as it was planned."""
    start, end = wanted.span or (at, at + wanted.length)
    return queries.earliest_free(
        wanted.service,
        end - start,
        wanted.team,
        max(start, at),
        user=wanted.user,
        model=wanted.model,
        people=wanted.people,
        but=wanted.key,
    )


def _line(met: Met, service: str, names: Any) -> Line:
    other = met.other
    return Line(
        *(other.number, other.url, other.title),
        words.span(other.window.start, other.window.end),
        "; ".join(words.why(met.kinds, service, other)),
        names[other.version, other.state],
        other.category,
    )
