"""Which alerts somebody asks for, as it stands in the address."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from core.reader import gettext as _
from itsm.monitoring.models import Alert, Severity, Source
from itsm.tickets.models import Ticket
from people.models import Service, User
from people.policy import allows

OPEN, ALL = "open", "all"
SEARCHED = timedelta(days=30)  # how far back words are looked for
STATUSES = (OPEN, *Alert.Status.values[1:], ALL)
LONGEST = 200
PATH = "/alerts/"


@dataclass(frozen=True, slots=True)
class Options:
    """What filters offer: slug and name, and the ids behind the slugs."""

    services: Mapping[str, tuple[int, str]]
    sources: Mapping[str, tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Wish:
    """The filters; empty ones narrow nothing. `open` takes acknowledged ones too."""

    status: str = OPEN
    severity: str = ""
    service: str = ""
    source: str = ""
    decision: str = ""
    q: str = ""
    group: str = ""  # the alerts of one, each on a line of its own
    incident: str = ""  # the same by its number
    after: str = ""
    before: str = ""
    problems: list[str] = field(default_factory=list, compare=False)

    def url(self, **changed: str) -> str:
        """The address of this list; a changed filter begins it anew."""
        given = {**asdict(self), "after": "", "before": "", **changed}
        del given["problems"]
        told = {k: v for k, v in given.items() if v and (k, v) != ("status", OPEN)}
        return f"{PATH}?{urlencode(told)}" if told else PATH

    @property
    def is_flat(self) -> bool:
        """Whether every alert has its own line."""
        return bool(self.group or self.incident)

    @property
    def is_narrowed(self) -> bool:
        """Whether more than the status narrows the list."""
        return self != Wish(status=self.status, after=self.after, before=self.before)


def options() -> Options:
    """Two queries."""
    found = [
        {slug: (pk, name) for pk, slug, name in rows.values_list("pk", "slug", "name")}
        for rows in (
            Service.objects.filter(is_active=True).order_by("name"),
            Source.objects.order_by("name"),
        )
    ]
    return Options(*found)


def read(given: Mapping[str, str], known: Options) -> Wish:
    """The wish in an address; what nobody knows is left out, and said."""
    possible: Mapping[str, Any] = {
        "status": STATUSES,
        "severity": Severity.values,
        "service": known.services,
        "source": known.sources,
        "decision": Alert.Decision.values,
    }
    found, problems = {}, []
    for name, words in possible.items():
        value = given.get(name, "")
        if value in words:
            found[name] = value
        elif value:
            problems.append(_("There is no “%(name)s” to filter by.") % {"name": value})
    for name in ("q", "after", "before", "incident"):
        found[name] = given.get(name, "").replace("\x00", "").strip()[:LONGEST]
    group = given.get("group", "")
    if group.isascii() and group.isdigit() and len(group) < 18:
        found["group"] = group
    return Wish(**found, problems=problems)


def visible_to(user: User) -> QuerySet[Alert]:
    """All of them for those who work here; nobody else sees any."""
    rows = Alert.objects.all()
    return rows if allows(user, "alert.see") else rows.none()


def narrow(user: User, wish: Wish, known: Options, *, at: datetime) -> QuerySet[Alert]:
    """The alerts that are asked for, in no order, every one for itself."""
    rows = visible_to(user)
    if wish.status == OPEN:
        rows = rows.exclude(status=Alert.Status.CLOSED)
    elif wish.status != ALL:
        rows = rows.filter(status=wish.status)
    if wish.severity:
        rows = rows.filter(severity=wish.severity)
    if wish.service:
        rows = rows.filter(service_id=known.services[wish.service][0])
    if wish.source:
        rows = rows.filter(source_id=known.sources[wish.source][0])
    if wish.decision:
        rows = rows.filter(decision=wish.decision)
    if wish.group:
        rows = rows.filter(group_id=int(wish.group))
    if wish.incident:
        seen = Ticket.objects.visible_to(user).filter(number=wish.incident)
        rows = rows.filter(incident__in=seen.values("pk"))
    return _with_words(rows, wish, at) if wish.q else rows


def _with_words(rows: QuerySet[Alert], wish: Wish, at: datetime) -> QuerySet[Alert]:
    """Every word stands in the summary, host, component or key."""
    for word in wish.q.split()[:6]:
        found = Q()
        for column in ("summary", "host", "component", "key"):
            found |= Q(**{f"{column}__icontains": word})
        rows = rows.filter(found)
    if wish.status in {ALL, Alert.Status.CLOSED}:
        rows = rows.filter(first_at__gte=at - SEARCHED)
    return rows
