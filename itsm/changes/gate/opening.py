"""The one change of a version: opened the first time that its pipeline asks."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.http import Http404
from django.utils.translation import gettext as _

from core.log import record
from itsm.changes.actions import completed
from itsm.changes.calendar.queries import freeze_at
from itsm.changes.gate.models import Release
from itsm.changes.gate.reading import Asked, Span
from itsm.changes.models import Change, Kind
from itsm.tickets import actions, kinds
from itsm.tickets.actions.common import save
from itsm.tickets.models import Ticket
from itsm.tickets.queries import lock
from itsm.tickets.states import Channel, TicketType
from people.models import Service, Team, User

LENGTH = timedelta(hours=1)  # of a window, where no kind of change says it
PATIENCE = timedelta(days=1)  # in which one that has to be approved may begin
STANDARD = Change.Model.STANDARD.value
# Whoever comes second waits here until the first has committed, or does the work
# itself where the first came to nothing.
CLAIM = """
INSERT INTO itsm_release (service_id, version, asked_by_id, asked_at, has_own_window)
VALUES (%s, %s, %s, %s, %s) ON CONFLICT (service_id, version) DO NOTHING RETURNING id
"""


def change_of(asked: Asked, *, by: User, at: datetime) -> tuple[Release, Ticket]:
    """The change of this version, opened if it is new, and locked.

    Raises Http404 where it is another's to see.
    """
    pk = _claim(asked, by, at)
    if pk is None:
        release = Release.objects.get(service=asked.service, version=asked.version)
        seen = Ticket.objects.visible_to(by).filter(pk=release.change_id)
        if not seen.exists():
            raise Http404(_("The change of this version is not yours to see."))
        return release, lock(Ticket(pk=release.change_id))
    ticket = _open(asked, by, at)
    Release.objects.filter(pk=pk).update(change=ticket)
    return Release.objects.get(pk=pk), ticket


def _claim(asked: Asked, by: User, at: datetime) -> int | None:
    """The new row's id; None where this version was asked for before."""
    values: list[Any] = [
        asked.service.pk,
        asked.version,
        by.pk,
        at,
        asked.window is not None,
    ]
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, values)
        found = cursor.fetchone()
    return int(found[0]) if found else None


def _open(asked: Asked, by: User, at: datetime) -> Ticket:
    kind, service = asked.kind, asked.service
    detail: dict[str, Any] = {
        "plan": asked.plan,
        "test": asked.test,
        "way_back": asked.way_back,
        "window": asked.window or window(service, kind, model_of(kind), at),
        "answers": dict(asked.answers),
        "release": asked.version,
        "committed_at": asked.committed_at,
        "evidence": list(asked.evidence),
    }
    if kind is not None:
        detail = completed(kind, detail)
    detail["test"] = detail["test"] or words_of(asked.evidence)
    ticket = actions.open_ticket(
        type=TicketType.CHANGE,
        title=asked.title or f"{service.name} {asked.version}"[:250],
        by=by,
        at=at,
        requester=asked.requester,
        service=service,
        team=_team(asked),
        channel=Channel.MACHINE if by.is_machine else None,
        detail=detail,
    )
    if ticket.restricted:  # so that whoever asked may ask again
        actions.watch(ticket=ticket, by=by, at=at)
    return ticket


def model_of(kind: Kind | None) -> str:
    """Pre-authorised where the kind of change has earned it."""
    standing = kind.standing if kind else Kind.Standing.NORMAL
    is_standard = standing == Kind.Standing.STANDARD
    return STANDARD if is_standard else Change.Model.NORMAL.value


def _team(asked: Asked) -> Team | None:
    """The kind's, else the service's first one."""
    if asked.kind and asked.kind.team_id:
        return asked.kind.team
    teams = asked.service.support_teams.filter(is_active=True)
    return teams.order_by("name").first()


def window(service: Service, kind: Kind | None, model: str, at: datetime) -> Span:
    """From now on, or from when a freeze is over; a day for what has to be approved."""
    length = kind.length if kind else LENGTH
    frozen = freeze_at(service, model, at, at + length)
    start = frozen.until if frozen else at
    return start, start + (length if model == STANDARD else max(length, PATIENCE))


def words_of(evidence: Iterable[Mapping[str, Any]]) -> str:
    """How it is tested, in the words of what the pipeline brings."""
    lines = (
        " ".join(filter(None, (f"- {e['kind']}", e.get("text"), e.get("url"))))
        for e in evidence
    )
    return "\n".join(lines)


def add(ticket: Ticket, row: Change, asked: Asked, *, by: User, at: datetime) -> None:
    """What a later call brings: newer evidence of a kind goes before older."""
    brought = {piece["kind"] for piece in asked.evidence}
    kept = [piece for piece in row.evidence if piece.get("kind") not in brought]
    evidence = [*kept, *asked.evidence]
    if not brought or evidence == row.evidence:
        return
    row.evidence = evidence
    row.save(update_fields=["evidence"])
    save(ticket, at=at)
    changes = {"evidence": (None, sorted(brought))}
    record(kinds.EDIT, subject=ticket, by=by, at=at, changes=changes)
