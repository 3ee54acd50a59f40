"""REST: alerts, to read. They are made by sources, and changed by them alone."""

from collections.abc import Mapping
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import URLPattern

from core.api import pages
from core.api.filters import Filter, choices, named, since
from core.api.resources import Resource, routes
from core.api.schema import (
    INSTANT,
    OPTIONAL_INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    one_of,
)
from itsm.monitoring.alerts.because import because
from itsm.monitoring.alerts.wish import visible_to
from itsm.monitoring.models import Alert, Severity
from itsm.tickets.models import Ticket
from itsm.tickets.states import Level
from people.models import User

NEWEST = pages.Order(columns={"id": "pk", "first_at": "first_at"}, first="-first_at")


def _rows(user: User) -> QuerySet[Alert]:
    """As far as they are seen; `incident` is fetched only where it is seen too."""
    rows = visible_to(user).select_related("source", "service", "team", "incident")
    return rows.annotate(sees=_seen(user))


def _seen(user: User) -> Any:
    """The id of the incident, for whoever sees it."""
    seen = Ticket.objects.visible_to(user).filter(pk=OuterRef("incident_id"))
    return Subquery(seen.values("pk")[:1])


def _tell(row: Any) -> dict[str, Any]:
    return {
        "id": row.pk,
        "source": row.source.slug,
        "key": row.key,
        "status": row.status,
        "severity": row.severity,
        "summary": row.summary,
        "host": row.host,
        "component": row.component,
        "group_name": row.group_name,
        "class_name": row.class_name,
        "service": row.service.slug,
        "team": row.team.slug if row.team else None,
        "impact": row.impact,
        "urgency": row.urgency,
        "labels": row.labels,
        "details": row.details,
        "url": row.url,
        "began_at": row.began_at,
        "first_at": row.first_at,
        "last_at": row.last_at,
        "acknowledged_at": row.acknowledged_at,
        "cleared_at": row.cleared_at,
        "count": row.count,
        "decision": row.decision,
        "why": because(row),
        "rule": row.rule_id,
        "group": row.group_id,
        "incident": row.incident.number if row.incident and row.sees else None,
    }


def _incident(rows: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
    """Only by numbers that the person sees."""
    seen = Ticket.objects.visible_to(user).filter(number__in=values)
    return rows.filter(incident__in=seen.values("pk"))


def _group(rows: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
    wanted = [int(v) for v in values if v.isascii() and v.isdigit() and len(v) < 19]
    return rows.filter(group_id__in=wanted)


ANY_OBJECT: Mapping[str, Any] = {"type": "object", "additionalProperties": True}
OPTIONAL_WHOLE: Mapping[str, Any] = {"type": ["integer", "null"]}
ALERTS = Resource(
    name="alerts",
    shape="Alert",
    key="pk",
    rows=_rows,
    tell=_tell,
    told={
        "id": WHOLE,
        "source": TEXT,
        "key": TEXT,
        "status": one_of(*Alert.Status.values),
        "severity": one_of(*Severity.values),
        "summary": TEXT,
        "host": TEXT,
        "component": TEXT,
        "group_name": TEXT,
        "class_name": TEXT,
        "service": TEXT,
        "team": OPTIONAL_TEXT,
        "impact": one_of(*Level.values),
        "urgency": one_of(*Level.values),
        "labels": ANY_OBJECT,
        "details": ANY_OBJECT,
        "url": TEXT,
        "began_at": INSTANT,
        "first_at": INSTANT,
        "last_at": INSTANT,
        "acknowledged_at": OPTIONAL_INSTANT,
        "cleared_at": OPTIONAL_INSTANT,
        "count": WHOLE,
        "decision": one_of(*Alert.Decision.values),
        "why": TEXT,
        "rule": OPTIONAL_WHOLE,
        "group": OPTIONAL_WHOLE,
        "incident": OPTIONAL_TEXT,
    },
    order=NEWEST,
    filters=(
        choices("status", "status", Alert.Status.values),
        choices("severity", "severity", Severity.values),
        named("service", "service__slug"),
        named("source", "source__slug"),
        choices("decision", "decision", Alert.Decision.values),
        named("key", "key"),
        Filter("incident", _incident, "Number of the incident it belongs to"),
        Filter("group", _group, "Those that share an incident, or will"),
        since("first_since", "first_at"),
    ),
)


def urls() -> list[URLPattern]:
    """The addresses of alerts."""
    return routes(ALERTS)
