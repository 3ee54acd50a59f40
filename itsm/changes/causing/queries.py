"""Which changes may have caused an incident, and the other way round.

Near in time and on the same service, or on one that it depends on: a change that was
under way when the incident began, or over within the day before. A guess, with its
reason; that it is so is said by a person, with a link. One prepared query each.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core import prepared
from core.reader import gettext as _
from core.wording import duration
from itsm.changes.models import Change
from itsm.tickets.models import Ticket
from people.models import User
from people.roles import Role

BEFORE = timedelta(days=1)
MOST = 3
NEAR = """
    (c.ended_at > %(since)s AND c.ended_at < %(until)s
        OR c.ended_at IS NULL AND c.ask_result_at IS NOT NULL)
"""
CHANGES = f"""
SELECT t.number, t.title, c.started_at, c.ended_at, s.id, s.name
FROM itsm_change c JOIN itsm_ticket t ON t.id = c.ticket_id
JOIN people_service s ON s.id = t.service_id
WHERE {NEAR} AND c.started_at <= %(began)s AND t.type = 'change'
    AND t.service_id IN (
        SELECT %(service)s::bigint UNION ALL
        SELECT to_service_id FROM people_service_depends_on
        WHERE from_service_id = %(service)s)
    AND (NOT t.restricted OR %(sees_all)s)
    AND NOT EXISTS (SELECT FROM itsm_link l WHERE l.source_id = %(ticket)s
        AND l.target_id = t.id AND l.kind = 'caused_by_change')
ORDER BY t.service_id <> %(service)s, coalesce(c.ended_at, %(began)s) DESC, t.id DESC
LIMIT {MOST}
"""  # noqa: S608 - our own numbers
INCIDENTS = f"""
SELECT t.number, t.title, t.opened_at, s.id, s.name
FROM itsm_ticket t JOIN people_service s ON s.id = t.service_id
WHERE t.type = 'incident' AND t.opened_at >= %(since)s AND t.opened_at < %(until)s
    AND t.service_id IN (
        SELECT %(service)s::bigint UNION ALL
        SELECT from_service_id FROM people_service_depends_on
        WHERE to_service_id = %(service)s)
    AND (NOT t.restricted OR %(sees_all)s)
    AND NOT EXISTS (SELECT FROM itsm_link l WHERE l.source_id = t.id
        AND l.target_id = %(ticket)s AND l.kind = 'caused_by_change')
ORDER BY t.service_id <> %(service)s, t.opened_at, t.id LIMIT {MOST}
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Suspect:
    """One that may belong together with it: why, and both ends of the link."""

    number: str
    title: str
    url: str
    why: str
    incident: str
    change: str

    @property
    def link_url(self) -> str:
        """Where the link is made: on the incident."""
        return f"/incidents/{self.incident}/do/link/"


def suspects(incident: Ticket, user: User) -> list[Suspect]:
    """Changes that may have caused it, of its own service first, the latest first."""
    began = incident.opened_at
    values = _asked(incident, user, began - BEFORE, began + BEFORE)
    rows = prepared.select(CHANGES, **values, began=began)
    return [
        Suspect(
            *(number, title, f"/changes/{number}/"),
            why=_why_change(incident, began, started, ended, service, name),
            incident=incident.number,
            change=number,
        )
        for number, title, started, ended, service, name in rows
    ]


def victims(change: Ticket, row: Change, user: User) -> list[Suspect]:
    """Incidents that it may have caused, of its own service first, the first first."""
    if row.started_at is None:
        return []
    last = row.ended_at or row.started_at
    rows = prepared.select(
        INCIDENTS, **_asked(change, user, row.started_at, last + BEFORE)
    )
    return [
        Suspect(
            *(number, title, f"/incidents/{number}/"),
            why=_why_incident(change, row, opened, service, name),
            incident=number,
            change=change.number,
        )
        for number, title, opened, service, name in rows
    ]


def _asked(
    ticket: Ticket, user: User, since: datetime, until: datetime
) -> dict[str, Any]:
    return {
        "ticket": ticket.pk,
        "service": ticket.service_id,
        "since": since,
        "until": until,
        "sees_all": user.has_role(Role.ADMINISTRATOR),
    }


def _why_change(
    incident: Ticket,
    began: datetime,
    started: datetime,
    ended: datetime | None,
    service: int,
    name: str,
) -> str:
    same = service == incident.service_id
    words = {"service": name}
    if ended is None or ended >= began:
        words["time"] = duration(began - started)
        if same:
            return _("It was under way for %(time)s, on the same service.") % words
        return (
            _("It was under way for %(time)s, on %(service)s, which this depends on.")
            % words
        )
    words["time"] = duration(began - ended)
    if same:
        return _("It was over %(time)s before, on the same service.") % words
    return (
        _("It was over %(time)s before, on %(service)s, which this depends on.") % words
    )


def _why_incident(
    change: Ticket, row: Change, opened: datetime, service: int, name: str
) -> str:
    same = service == change.service_id
    words = {"service": name}
    if row.ended_at is None or opened <= row.ended_at:
        if same:
            return _("It began while this was done, on the same service.")
        return (
            _("It began while this was done, on %(service)s, which depends on it.")
            % words
        )
    words["time"] = duration(opened - row.ended_at)
    if same:
        return _("It began %(time)s after, on the same service.") % words
    return _("It began %(time)s after, on %(service)s, which depends on it.") % words
