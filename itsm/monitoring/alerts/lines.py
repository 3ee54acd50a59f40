"""Alerts as pages show them: plain words, worked out once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.utils.translation import ngettext

from core.reader import gettext as _
from itsm.monitoring.alerts.because import because
from itsm.monitoring.alerts.queries import GroupFacts, group_facts, incidents_of
from itsm.monitoring.models import Alert, AlertGroup, Severity
from itsm.tickets import subjects
from itsm.tickets.actions.common import state_name
from itsm.tickets.models import Ticket
from people.models import User

ICONS = {
    Severity.CRITICAL: "fire",
    Severity.ERROR: "alarm",
    Severity.WARNING: "flag",
    Severity.INFO: "info",
}
CATEGORIES = {  # a ticket's state that looks like it
    Alert.Status.OPEN: "new",
    Alert.Status.ACKNOWLEDGED: "active",
    Alert.Status.CLOSED: "resolved",
}
LONGEST_HOST = 60


@dataclass(frozen=True, slots=True)
class IncidentLine:
    """The incident of an alert; without an address where the reader may not see it."""

    number: str
    url: str
    title: str
    state: str
    category: str


@dataclass(frozen=True, slots=True)
class Fold:
    """The others that share its incident, or will."""

    pk: int
    n: int
    n_open: int
    words: str
    kind: str


@dataclass(frozen=True, slots=True)
class Line:
    """One alert."""

    pk: int
    url: str
    severity: str
    severity_label: str
    icon: str
    summary: str
    service: str
    service_url: str
    source: str
    host: str
    count: int
    first_at: datetime
    last_at: datetime
    cleared_at: datetime | None
    status: str
    status_label: str
    category: str
    decision: str
    decision_label: str
    because: str
    incident: IncidentLine | None
    fold: Fold | None
    tool: str  # its own page in the tool


def lines(
    rows: Iterable[Alert],
    groups: Mapping[int, GroupFacts],
    incidents: Mapping[int, Ticket],
) -> list[Line]:
    """Alerts as lines; no query."""
    return [_line(row, groups, incidents) for row in rows]


def lines_for(user: User, rows: list[Alert]) -> list[Line]:
    """The same for some rows; two queries at most."""
    return lines(rows, group_facts(rows), incidents_of(user, rows))


def _line(
    row: Alert, groups: Mapping[int, GroupFacts], incidents: Mapping[int, Ticket]
) -> Line:
    severity, status = Severity(row.severity), Alert.Status(row.status)
    return Line(
        pk=row.pk,
        url=f"/alerts/{row.pk}/",
        severity=row.severity,
        severity_label=str(severity.label),
        icon=ICONS[severity],
        summary=row.summary or row.key,
        service=row.service.name,
        service_url=f"/services/{row.service.slug}/",
        source=row.source.name,
        host=row.host[:LONGEST_HOST],
        count=row.count,
        first_at=row.first_at,
        last_at=row.last_at,
        cleared_at=row.cleared_at,
        status=row.status,
        status_label=str(status.label),
        category=CATEGORIES[status],
        decision=row.decision,
        decision_label=str(Alert.Decision(row.decision).label),
        because=because(row),
        incident=incident_line(row, incidents),
        fold=_fold(row, groups),
        tool=row.url if urlsplit(row.url).scheme in {"http", "https"} else "",
    )


def incident_line(row: Alert, incidents: Mapping[int, Ticket]) -> IncidentLine | None:
    """Its incident, as far as the reader sees it."""
    if row.incident_id is None:
        return None
    ticket = incidents.get(row.incident_id)
    if ticket is None:
        return IncidentLine(_("an incident you cannot see"), "", "", "", "")
    return IncidentLine(
        ticket.number,
        subjects.url(ticket.number),
        ticket.title,
        state_name(ticket),
        ticket.state_category,
    )


def _fold(row: Alert, groups: Mapping[int, GroupFacts]) -> Fold | None:
    """Only where there is more than this one."""
    facts = groups.get(row.group_id or 0)
    if row.group is None or facts is None or facts.n < 2:
        return None
    words = ngettext("%(n)s alert", "%(n)s alerts", facts.n) % {"n": facts.n}
    kind = str(AlertGroup.Kind(row.group.kind).label)
    return Fold(row.group.pk, facts.n, facts.n_open, words, kind)
