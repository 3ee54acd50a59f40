"""Filters and orders of ticket lists."""

from contextlib import suppress
from math import isfinite
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.api.filters import Filter, choices, flag, named, since, whole
from core.api.pages import PARAMS, Order
from core.api.schema import Param
from itsm.tickets import search
from itsm.tickets.api.shapes import PRIORITIES
from itsm.tickets.models import Ticket
from itsm.tickets.states import Channel, DueKind, Level, Size, StateCategory, TicketType

ORDER = Order(
    columns={
        "number": "pk",  # numbers grow with ids, and ids are indexed with types
        "opened_at": "opened_at",
        "updated_at": "updated_at",
        "priority": "priority",
        "start_by": "start_by",
        "next_due_at": "next_due_at",
    },
    first="-number",
    nullable=frozenset({"next_due_at"}),
)


def _words(rows: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
    found = search.matching(user, ",".join(values))
    return rows.filter(pk__in=found.values("pk"))


def _parent(rows: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
    """Only parents that the person may see: a filter must not tell of others."""
    numbers = [value.upper() for value in values]
    seen = Ticket.objects.visible_to(user).filter(number__in=numbers)
    return rows.filter(parent_id__in=list(seen.values_list("pk", flat=True)))


def _priority(rows: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
    if not set(values) <= set(PRIORITIES):
        raise ValueError(_("Choose one of: P1, P2, P3, P4, P5."))
    return rows.filter(priority__in=[int(value[1]) for value in values])


def _number(rows: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
    return rows.filter(number__in=[value.upper() for value in values])


def _size(rows: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
    known = {str(size): size for size in Size.values}
    if not set(values) <= known.keys():
        raise ValueError(_("Choose one of: 1, 2, 3, 5, 8."))
    return rows.filter(size__in=[known[value] for value in values])


def _extra(rows: QuerySet[Any], slug: str, value: str) -> QuerySet[Any]:
    """A custom field: as text, number or true and false, whichever it holds."""
    wanted: list[Any] = [value]
    if value in {"true", "false"}:
        wanted.append(value == "true")
    with suppress(ValueError):
        if isfinite(number := float(value)):
            wanted.append(number)
    found = Q()
    for one in wanted:
        found |= Q(extra__contains={slug: one})
    return rows.filter(found)


TYPE = choices("type", "type", TicketType.values)
FILTERS: tuple[Filter, ...] = (
    Filter("q", _words, "Words in number, title and texts, and filters: `state:open`"),
    Filter("number", _number),
    named("state", "state"),
    choices("state_category", "state_category", StateCategory.values),
    named("category", "category__slug", nullable="category"),
    choices("impact", "impact", Level.values),
    choices("urgency", "urgency", Level.values),
    Filter("priority", _priority),
    Filter("size", _size),
    whole("affected", "affected", 0, 2**31 - 1),
    named("requester", "requester__email", nullable="requester", fold=True),
    named("owner", "owner__email", nullable="owner", fold=True),
    named("offered_to", "offered_to__email", nullable="offered_to", fold=True),
    named("team", "team__slug", nullable="team"),
    named("service", "service__slug", nullable="service"),
    named("organisation", "organisation__slug", nullable="organisation"),
    Filter("parent", _parent, "A ticket's number"),
    flag("restricted", "restricted"),
    choices("channel", "channel", Channel.values),
    whole("process_version", "process_version__number", 1, 2**31 - 1),
    named("wait_reason", "wait_reason"),
    choices("next_due_kind", "next_due_kind", DueKind.values),
    named("resolution_code", "resolution_code"),
    named("verified_by", "verified_by"),
    named("external_ref", "external_ref"),
    since("updated_since", "updated_at"),
)
FAMILY = "extra.*"


def params(filters: tuple[Filter, ...]) -> tuple[Param, ...]:
    """The query of a list, for the schema and for refusing what is not in it."""
    order = Param("ordering", {"type": "string", "enum": ORDER.words})
    limit = {"type": "integer", "minimum": 1, "maximum": 200}
    return (
        *(Param(one.name, one.schema, one.says) for one in filters),
        order,
        Param("limit", limit),
        Param("cursor", says="As “next” and “previous” hold it"),
    )


def by_custom_fields(rows: QuerySet[Any], given: Any) -> QuerySet[Any]:
    """Narrow by `extra.<field>=value`."""
    for name, values in given.lists():
        family, dot, slug = name.partition(".")
        if family == "extra" and dot:
            rows = _extra(rows, slug, values[-1])
    return rows


__all__ = ["FAMILY", "FILTERS", "ORDER", "PARAMS", "TYPE", "by_custom_fields", "params"]
