"""How changes of a kind, or of a team, have ended: failures counted from results and
from the incidents that are linked as caused by them."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from itsm.changes.models import Change, Kind
from itsm.changes.trust import Record
from itsm.tickets.models import Link
from itsm.tickets.states import LinkKind, TicketType

WENT_WRONG = (Change.Result.FAILED.value, Change.Result.ROLLED_BACK.value)
TEAMS_MEMORY = timedelta(days=180)  # what a team did before says less and less


def caused() -> Exists:
    """Whether an incident is linked as caused by this change."""
    links = Link.objects.filter(
        target_id=OuterRef("ticket_id"),
        kind=LinkKind.CAUSED_BY_CHANGE,
        source__type=TicketType.INCIDENT,
    )
    return Exists(links)


def ended() -> QuerySet[Any]:
    """Changes that are over and said how they went, each with `failed`."""
    rows: Any = Change.objects.filter(ended_at__isnull=False).exclude(result="")
    found: QuerySet[Any] = rows.annotate(failed=Q(result__in=WENT_WRONG) | Q(caused()))
    return found


def _count(rows: QuerySet[Any]) -> Record:
    found = rows.aggregate(n=Count("pk"), bad=Count("pk", filter=Q(failed=True)))
    return Record(found["n"], found["bad"])


def of_kind(kind: Kind, *, but: int | None = None) -> Record:
    """The record of a kind, without the change that asks; one query."""
    return _count(ended().filter(kind=kind).exclude(pk=but))


def of_team(team_id: int, *, at: datetime, but: int | None = None) -> Record:
    """The record of a team in the last half year; one query."""
    rows = ended().filter(ticket__team_id=team_id, ended_at__gt=at - TEAMS_MEMORY)
    return _count(rows.exclude(pk=but))


def of_kinds() -> dict[int, Record]:
    """The record of each kind that has one, by its id; one query."""
    rows = ended().filter(kind__isnull=False).order_by().values("kind_id")
    counted = rows.annotate(n=Count("pk"), bad=Count("pk", filter=Q(failed=True)))
    return {row["kind_id"]: Record(row["n"], row["bad"]) for row in counted}
