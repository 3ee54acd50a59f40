"""Page-shaped reads of maintenance windows: three queries, however many there are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from core.reader import gettext as _
from itsm.monitoring.models import Alert, Maintenance
from people.models import Service, User
from people.policy import allows

SIZE = 50


@dataclass(frozen=True, slots=True)
class Window:
    """One window: how it stands, and how many alerts began in it."""

    row: Maintenance
    services: list[Service]
    n: int
    is_running: bool
    is_over: bool
    never_began: bool


def visible_to(user: User) -> QuerySet[Maintenance]:
    """All of them for those who work here."""
    rows = Maintenance.objects.all()
    return rows if allows(user, "alert.see") else rows.none()


def running(rows: QuerySet[Maintenance], at: datetime) -> QuerySet[Maintenance]:
    """Those that hold now, the next to end first."""
    return rows.filter(starts_at__lte=at, ends_at__gt=at).order_by("ends_at", "pk")


def coming(rows: QuerySet[Maintenance], at: datetime) -> QuerySet[Maintenance]:
    """Those that are announced, the next one first."""
    return rows.filter(starts_at__gt=at).order_by("starts_at", "pk")


def over(rows: QuerySet[Maintenance], at: datetime) -> QuerySet[Maintenance]:
    """Those that are over, the last one first."""
    return rows.filter(ends_at__lte=at).order_by("-pk")


def recorded(row: Any) -> Q:
    """The alerts that began in it: of its services, of its source where it has one."""
    of_source = Q() if row.source_id is None else Q(source_id=row.source_id)
    return of_source & Q(
        service__maintenances=row.pk,
        first_at__gte=row.starts_at,
        first_at__lt=row.ends_at,
    )


def windows(rows: QuerySet[Maintenance], at: datetime) -> list[Window]:
    """Windows with their services and counts; two queries."""
    began = Alert.objects.filter(
        source_id=Coalesce(OuterRef("source_id"), F("source_id")),
        service__maintenances=OuterRef("pk"),
        first_at__gte=OuterRef("starts_at"),
        first_at__lt=OuterRef("ends_at"),
    )
    n = began.order_by().values("service__maintenances").annotate(n=Count("pk"))
    counted = rows.annotate(
        n=Coalesce(Subquery(n.values("n")[:1], output_field=IntegerField()), 0)
    )
    found = counted.select_related("source", "by").prefetch_related("services")
    return [_window(row, at) for row in found]


def _window(row: Any, at: datetime) -> Window:
    return Window(
        row,
        sorted(row.services.all(), key=lambda service: service.name),
        row.n,
        row.starts_at <= at < row.ends_at,
        row.ends_at <= at,
        row.ends_at == row.starts_at,
    )


def at_work(services: Iterable[int], at: datetime) -> dict[int, Maintenance]:
    """What runs now for these services, by service; one query."""
    rows = Maintenance.objects.filter(starts_at__lte=at, ends_at__gt=at)
    held = Maintenance.services.through.objects.filter(
        service_id__in=list(services), maintenance__in=rows
    )
    found = held.select_related("maintenance").order_by("maintenance__ends_at")
    return {one.service_id: one.maintenance for one in found}


def words(row: Maintenance, names: Iterable[str]) -> str:
    """What it is for: its services by name, and the source where it is one's alone."""
    told = ", ".join(names)
    if row.source is None:
        return told
    return _("%(services)s, as far as %(source)s reports") % {
        "services": told,
        "source": row.source.name,
    }
