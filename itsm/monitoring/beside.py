"""Beside an incident: the alerts that became it, and what was changed before it began.

One prepared query each; the first only where a source opened it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core import prepared, slots
from core.reader import gettext as _
from core.wording import duration
from itsm.monitoring.alerts.because import because
from itsm.monitoring.alerts.lines import CATEGORIES, ICONS
from itsm.monitoring.deployments.queries import href_of
from itsm.monitoring.models import Alert, Severity
from itsm.tickets.models import Ticket
from itsm.tickets.states import Channel, TicketType
from people.models import User

SHOWN = 4  # newest alerts
MOST = 1000  # counted
BEFORE = timedelta(days=1)  # how far back a change may matter
CHANGES = 5
# The one that opened it comes first, then those that are open, the newest first.
ALERTS = f"""
SELECT id, summary, severity, status, host, count, first_at, decision, why,
    count(*) OVER (), count(*) FILTER (WHERE status <> 'closed') OVER ()
FROM (
    SELECT * FROM itsm_alert WHERE incident_id = %(ticket)s LIMIT {MOST + 1}
) found
ORDER BY decision = 'opened' DESC, status = 'closed', first_at DESC, id DESC
LIMIT {SHOWN + 1}
"""  # noqa: S608 - our own numbers
DEPLOYED = f"""
SELECT d.summary, d.at, d.origin, d.links, s.id, s.name, s.slug
FROM itsm_deployment d JOIN people_service s ON s.id = d.service_id
WHERE d.at > %(since)s AND d.at <= %(until)s AND d.change_id IS NULL
    AND d.service_id IN (
    SELECT %(service)s::bigint UNION ALL
    SELECT to_service_id FROM people_service_depends_on
    WHERE from_service_id = %(service)s
)
ORDER BY d.at DESC, d.id DESC LIMIT {CHANGES + 1}
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Brief:
    """One alert in the panel."""

    url: str
    summary: str
    severity: str
    severity_label: str
    icon: str
    status_label: str
    category: str
    host: str
    count: int
    first_at: datetime


@dataclass(frozen=True, slots=True)
class Alerts:
    """The panel: how many are open and cleared, some of them, why it was opened."""

    template: str
    n_open: int
    n_cleared: int
    more: bool  # than are counted
    lines: list[Brief]
    because: str
    url: str


def alerts(ticket: Ticket, user: User) -> Alerts | None:
    """Beside an incident that a source opened; one prepared query."""
    if ticket.type != TicketType.INCIDENT or ticket.channel != Channel.MACHINE:
        return None
    rows = prepared.select(ALERTS, ticket=ticket.pk)
    if not rows:
        return None
    *_columns, total, n_open = rows[0]
    opener = rows[0] if rows[0][7] == Alert.Decision.OPENED else None
    shown = sorted(rows, key=lambda row: (row[3] == Alert.Status.CLOSED, -row[0]))
    return Alerts(
        template="itsm/monitoring/alerts_panel.html",
        n_open=n_open,
        n_cleared=total - n_open,
        more=total > MOST,
        lines=[_brief(row) for row in shown[:SHOWN]],
        because=because(Alert(decision=opener[7], why=_json(opener[8])))
        if opener
        else "",
        url=f"/alerts/?status=all&incident={ticket.number}",
    )


def _json(value: Any) -> Any:
    """What a plain cursor answers for jsonb: a text, or read already."""
    return json.loads(value) if isinstance(value, str) else value


def _brief(row: Sequence[Any]) -> Brief:
    pk, summary, severity, status, host, count, first_at, *_more = row
    return Brief(
        url=f"/alerts/{pk}/",
        summary=summary,
        severity=severity,
        severity_label=str(Severity(severity).label),
        icon=ICONS[Severity(severity)],
        status_label=str(Alert.Status(status).label),
        category=CATEGORIES[Alert.Status(status)],
        host=host,
        count=count,
        first_at=first_at,
    )


@dataclass(frozen=True, slots=True)
class Changed:
    """One deployment: how long before, what, where."""

    before: str
    at: datetime
    summary: str
    origin: str
    href: str
    service: str
    url: str
    is_other: bool  # not of the service itself but of one it depends on


@dataclass(frozen=True, slots=True)
class ChangedBefore:
    """The panel."""

    template: str
    lines: list[Changed]
    more: bool
    url: str


def changed_before(ticket: Ticket, user: User) -> ChangedBefore | None:
    """What was deployed in the day before an incident began; one prepared query.

    What is part of a change stands among the possible causes (itsm/changes/causing/).
    """
    if ticket.type != TicketType.INCIDENT or ticket.service_id is None:
        return None
    began = ticket.opened_at
    rows = prepared.select(
        DEPLOYED, service=ticket.service_id, since=began - BEFORE, until=began
    )
    if not rows or not user.is_staff:
        return None
    return ChangedBefore(
        template="itsm/monitoring/changed_panel.html",
        lines=[_changed(row, ticket.service_id, began) for row in rows[:CHANGES]],
        more=len(rows) > CHANGES,
        url=f"/services/{ticket.service.slug}/" if ticket.service else "",
    )


def _changed(row: Sequence[Any], service_id: int, began: datetime) -> Changed:
    summary, at, origin, links, pk, name, slug = row
    words = _("%(time)s before") % {"time": duration(began - at)}
    return Changed(
        before=words,
        at=at,
        summary=summary,
        origin=origin,
        href=href_of(_json(links)),
        service=name,
        url=f"/services/{slug}/",
        is_other=pk != service_id,
    )


def register() -> None:
    """Fill the ticket page's side."""
    slots.fill("ticket.side", "alerts", alerts, order=5, queries=1)
    slots.fill("ticket.side", "changed", changed_before, order=6, queries=1)
