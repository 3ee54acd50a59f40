"""Writing clocks, many at once: one statement for known rows, one for new ones."""

from collections.abc import Sequence

from django.db import connection

from itsm.sla.models import Clock

TYPES = {  # of the columns that change
    "state": "text",
    "agreement_id": "bigint",
    "calendar_id": "bigint",
    "target": "interval",
    "used": "interval",
    "since": "timestamptz",
    "due_at": "timestamptz",
    "started_at": "timestamptz",
    "ended_at": "timestamptz",
    "missed_at": "timestamptz",
    "step": "int",
    "next_at": "timestamptz",
}
SET = ", ".join(f"{name} = v.{name}" for name in TYPES)
PLACES = ", ".join(f"%s::{type_}[]" for type_ in TYPES.values())
UPDATE = f"""UPDATE itsm_clock c SET {SET} FROM unnest(%s::bigint[], {PLACES})
AS v(id, {", ".join(TYPES)}) WHERE c.id = v.id"""  # noqa: S608 - our own names, above


def save(clocks: Sequence[Clock]) -> None:
    """Insert or update these clocks. One told anew from the log replaces its row."""
    known = [clock for clock in clocks if clock.pk is not None]
    new = [clock for clock in clocks if clock.pk is None]
    if known:
        values = [[getattr(clock, name) for clock in known] for name in TYPES]
        values[0] = [str(clock.state) for clock in known]
        with connection.cursor() as cursor:
            cursor.execute(UPDATE, [[clock.pk for clock in known], *values])
    if new:
        Clock.objects.bulk_create(
            new,
            batch_size=1000,
            update_conflicts=True,
            unique_fields=["ticket", "kind", "party", "cycle"],
            update_fields=[name.removesuffix("_id") for name in TYPES],
        )
