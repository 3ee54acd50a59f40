"""Clocks and places of tickets, many at once: read past the ORM's constructor, written
by one statement for known rows and one for new ones."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.db.models.base import ModelState

from itsm.sla.models import Clock, ClockKind

COLUMNS = tuple(field.attname for field in Clock._meta.concrete_fields)
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
PLACE = {  # of a ticket: what is promised next, and where it stands in the order
    "next_due_at": "timestamptz",
    "next_due_kind": "text",
    "time_left": "interval",
    "band": "int",
    "start_by": "timestamptz",
}
TIMER = {"timer_at": "timestamptz", "timer_verb": "text"}


def loaded(rows: QuerySet[Any], names: Sequence[str]) -> list[Any]:
    """Instances that know these columns; another is read when it is asked for.

    The ORM's constructor costs more than all that is done with one in bulk work.
    """
    found = []
    for values in rows.values_list(*names):
        one = object.__new__(rows.model)
        one.__dict__.update(zip(names, values, strict=True), _state=_stored(rows.db))
        found.append(one)
    return found


def _stored(database: str) -> ModelState:
    state = ModelState()
    state.db, state.adding = database, False
    return state


def living(tickets: Iterable[int]) -> list[Clock]:
    """The clocks of these tickets but for updates that another cycle has followed.

    Nobody moves a clock without its ticket, so who has locked that has its clocks.
    """
    later = Clock.objects.filter(
        ticket=OuterRef("ticket"), kind=OuterRef("kind"), cycle__gt=OuterRef("cycle")
    )
    is_last = Q(cycle=0) | ~Q(kind=ClockKind.UPDATE) | ~Exists(later)
    rows = Clock.objects.filter(is_last, ticket_id__in=list(tickets))
    return loaded(rows.order_by("pk"), COLUMNS)


def save(clocks: Sequence[Clock]) -> None:
    """Insert or update these clocks. One told anew from the log replaces its row."""
    update(Clock, TYPES, [clock for clock in clocks if clock.pk is not None])
    new = [clock for clock in clocks if clock.pk is None]
    if new:
        Clock.objects.bulk_create(
            new,
            batch_size=1000,
            update_conflicts=True,
            unique_fields=["ticket", "kind", "party", "cycle"],
            update_fields=[name.removesuffix("_id") for name in TYPES],
        )


def update(model: type[Model], types: Mapping[str, str], rows: Sequence[Any]) -> None:
    """Write these columns, of these types, of known rows."""
    if not rows:
        return
    known = [vars(row) for row in rows]
    arrays = [_array(row[name] for row in known) for name in ("id", *types)]
    places = ", ".join(f"%s::{type_}[]" for type_ in ("bigint", *types.values()))
    names, said = ", ".join(types), ", ".join(f"v.{name}" for name in types)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {model._meta.db_table} r SET ({names}) = ROW({said}) "  # noqa: S608
            f"FROM unnest({places}) AS v(id, {names}) WHERE r.id = v.id",
            arrays,
        )


def _array(values: Iterable[Any]) -> str:
    """An array as one text: the server takes it apart faster than an array of casts."""
    items = ("NULL" if value is None else f'"{value}"' for value in values)
    return "{" + ",".join(items) + "}"
