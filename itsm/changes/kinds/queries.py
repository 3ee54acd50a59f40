"""What the pages of kinds read. Each says how many queries it costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from itsm.changes import records
from itsm.changes.models import Change, Kind, Proposal
from itsm.changes.trust import Record
from itsm.tickets import subjects
from itsm.tickets.models import Ticket
from people.models import User
from people.policy import allows

SHOWN = 40  # of a kind's changes, the newest
MEMORY = timedelta(days=90)  # for shares of models
NOTHING = Record()


@dataclass(frozen=True, slots=True)
class Row:
    """A kind with its record."""

    kind: Kind
    record: Record

    @property
    def url(self) -> str:
        """Its page."""
        return f"/changes/kinds/{self.kind.slug}/"


@dataclass(frozen=True, slots=True)
class Ended:
    """A change of a kind that is over: the bound that its record had then."""

    number: str
    title: str
    url: str
    at: datetime
    result: str
    failed: bool
    bound: float


@dataclass(frozen=True, slots=True)
class Shares:
    """How many changes of the last ninety days were of which model, and the
    emergencies among them, as far as the reader sees them."""

    total: int
    emergencies: int
    listed: Sequence[Ticket]

    @property
    def percent(self) -> int:
        """Of a hundred changes so many were emergencies."""
        return round(100 * self.emergencies / self.total) if self.total else 0


def visible_to(user: User) -> QuerySet[Kind]:
    """Kinds, for everybody who works here; with all that is told of them."""
    rows = Kind.objects.select_related("service", "team", "authorised_by")
    return rows if allows(user, "change_kind.see") else rows.none()


def with_record(user: User) -> QuerySet[Any]:
    """The same, each with `ended` and `failed`; one query."""
    over = Q(changes__ended_at__isnull=False) & ~Q(changes__result="")
    bad = Q(changes__in=records.ended().filter(failed=True).values("pk"))
    return visible_to(user).annotate(
        ended=Count("changes", filter=over, distinct=True),
        failed=Count("changes", filter=bad, distinct=True),
    )


def get(user: User, slug: str) -> Kind:
    """One of them, or Http404; one query."""
    found = visible_to(user).filter(slug=slug).first() if "\x00" not in slug else None
    if found is None:
        raise Http404(_("There is no such kind of change."))
    return found


def listed(user: User) -> list[Row]:
    """All that are in use, by name; two queries."""
    known = records.of_kinds()
    rows = visible_to(user).filter(is_active=True).order_by("name")
    return [Row(kind, known.get(kind.pk, NOTHING)) for kind in rows]


def history(kind: Kind, user: User) -> list[Ended]:
    """Its newest changes that are over, the oldest of them first; two queries.

    The record counts all of them, also those that this reader does not see.
    """
    rows = list(
        records.ended()
        .filter(kind=kind)
        .order_by("ended_at", "pk")
        .values_list("pk", "ended_at", "result", "failed")
    )
    counts = list(accumulate(int(failed) for *_rest, failed in rows))
    tickets = Ticket.objects.visible_to(user).filter(
        pk__in=[r[0] for r in rows[-SHOWN:]]
    )
    seen = {pk: (n, t) for pk, n, t in tickets.values_list("pk", "number", "title")}
    results = dict(Change.Result.choices)
    return [
        Ended(
            number=seen[pk][0],
            title=seen[pk][1],
            url=subjects.url(seen[pk][0]),
            at=at,
            result=str(results[result]),
            failed=failed,
            bound=Record(place + 1, counts[place]).bound,
        )
        for place, (pk, at, result, failed) in enumerate(rows)
        if pk in seen
    ]


def shares(user: User, *, at: datetime) -> Shares:
    """How often the short way was taken; two queries."""
    rows = Ticket.objects.visible_to(user).filter(
        type="change", opened_at__gt=at - MEMORY
    )
    short = rows.filter(change__model=Change.Model.EMERGENCY).order_by("-opened_at")
    found = list(short.only("number", "title", "opened_at", "type")[:SHOWN])
    emergencies = len(found) if len(found) < SHOWN else short.count()
    return Shares(rows.count(), emergencies, found)


def proposals(user: User) -> QuerySet[Proposal]:
    """What records speak for; the newest first."""
    rows = Proposal.objects.select_related("kind", "decided_by").order_by("-pk")
    return rows if allows(user, "change_kind.see") else rows.none()


def proposal(user: User, pk: int) -> Proposal:
    """One of them, or Http404."""
    found = proposals(user).filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no such proposal."))
    return found


def failures(proposal: Proposal, user: User) -> list[Ticket]:
    """The changes that its evidence names, as far as the reader sees them."""
    ids = proposal.evidence.get("changes", [])
    rows = Ticket.objects.visible_to(user).filter(pk__in=ids).order_by("-pk")
    return list(rows)
