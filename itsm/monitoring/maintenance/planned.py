"""Maintenance windows in the change calendar."""

from datetime import datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import F, Value

from core import slots
from itsm.changes.calendar.content import MAINTENANCE, SLOT, Entry
from itsm.monitoring.maintenance.queries import visible_to
from people.models import User


def entries(*, user: User, start: datetime, end: datetime) -> list[Entry]:
    """Those between two moments that were not called off; one query."""
    rows: Any = visible_to(user).filter(starts_at__lt=end, ends_at__gt=start)
    rows = rows.exclude(ends_at=F("starts_at"))
    found = rows.annotate(
        slugs=ArrayAgg("services__slug", default=Value([])),
        names=ArrayAgg("services__name", default=Value([])),
    )
    return [
        Entry(
            *(MAINTENANCE, row.pk, row.name, f"/maintenance/{row.pk}/"),
            *(row.starts_at, row.ends_at),
            dict(zip(row.slugs, row.names, strict=True)),
        )
        for row in found
    ]


def register() -> None:
    """Fill the calendar's slot."""
    slots.fill(SLOT, "maintenance", entries, queries=1)
