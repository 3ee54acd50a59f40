"""Requests and the catalogue over REST: a request may name its offering."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.urls import URLPattern
from django.utils.dateparse import parse_duration
from django.utils.translation import gettext as _

from core.api.filters import containing, flag, named
from core.api.pages import BY_SLUG
from core.api.resources import Resource, routes
from core.api.schema import (
    FLAG,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Schema,
    array,
    one_of,
)
from core.errors import Invalid
from itsm.requests.actions import change_offering, create_offering, order
from itsm.requests.catalogue import pictures, prices, rights
from itsm.requests.catalogue.api import PRICE, tell_price
from itsm.requests.catalogue.api import urls as catalogue_urls
from itsm.requests.catalogue.api_fields import (
    AMOUNT,
    FIELDS,
    OPENS,
    amount,
    opening,
    unpacked,
)
from itsm.requests.models import Course, Form, Offering, OfferingCategory
from itsm.requests.told import TOLD as TOLD_OF_ORDERS
from itsm.tickets.api.fields import BY_NAME
from itsm.tickets.api.routes import practice
from itsm.tickets.api.views import OpeningView
from itsm.tickets.models import Ticket
from people import api_fields as fields
from people.models import User
from people.policy import Scope, require
from people.roles import Role

ORDERED = frozenset({"offering", "title", "description", "requester"})


class RequestsView(OpeningView):
    """Requests: with an offering it is an order from the catalogue."""

    order: Mapping[str, Any] = {}

    def open(self, given: dict[str, Any]) -> Ticket:
        """One domain call: `order`, or a request in free words."""
        if given.get("offering") is None:
            if self.order:
                said = _("This belongs to an order: name its offering.")
                raise Invalid({name: [said] for name in self.order})
            return super().open(given)
        if more := sorted(given.keys() - ORDERED):
            raise Invalid({name: [_("The offering decides this.")] for name in more})
        sent = {**given, **self.order}
        sent = {name: value for name, value in sent.items() if value is not None}
        if "answers" in sent:
            sent["answers"] = unpacked(sent["offering"], sent["answers"])
        return order(by=self.user, at=self.at, **sent)

    def fields(self) -> dict[str, Any]:
        """What was sent; what belongs to an order alone is read and put aside."""
        self.order, rest = opening(super().fields(), self.user)
        return rest


def _visible(user: User) -> QuerySet[Offering]:
    """Everybody sees what they may order; staff all, also what no longer is offered."""
    rows = Offering.objects.all() if user.is_staff else rights.for_person(user)
    released = Form.objects.exclude(released_at=None).order_by("number")
    return rows.select_related(
        "service", "team", "approver", "category", "needs"
    ).prefetch_related(
        "for_organisations",
        prices.with_prices(),
        Prefetch("forms", released, to_attr="released"),
    )


def _tell(row: Offering) -> Mapping[str, Any]:
    asked = row.released[-1] if row.released else None  # type: ignore[attr-defined]
    return {
        "slug": row.slug,
        "name": row.name,
        "description": row.description,
        "service": row.service.slug if row.service else None,
        "team": row.team.slug if row.team else None,
        "approval": row.approval,
        "approver": row.approver.email if row.approver else None,
        "promise": row.promise,
        "tasks": row.tasks,
        "is_active": row.is_active,
        "category": row.category.slug if row.category else None,
        "icon": row.icon,
        "picture": pictures.url(row) or None,
        "for_roles": row.for_roles,
        "for_organisations": sorted(o.slug for o in row.for_organisations.all()),
        "asks_manager_over": _amount(row.asks_manager_over),
        "needs": row.needs.slug if row.needs else None,
        "can_recur": row.can_recur,
        "form": {"version": asked.number, "fields": asked.fields} if asked else None,
        "prices": [tell_price(one) for one in row.prices.all()],
    }


def _amount(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _promise(value: Any) -> timedelta:
    """A length such as PT4H or P5D; how long it may be is the action's to say."""
    try:
        found = parse_duration(value) if isinstance(value, str) else None
    except OverflowError:
        found = None
    if found is None or value[:1] != "P" or abs(found) > LONGEST:
        raise ValueError(_("Send a length such as PT4H or P5D, at most P365D."))
    return found


def _tasks(value: Any) -> list[str]:
    """The steps in their order."""
    if not isinstance(value, list) or len(value) > MOST_TASKS:
        raise ValueError(_("Send a list."))
    steps = [fields.text(200)(one).strip() for one in value]
    if not all(steps):
        raise ValueError(_("Say what each step is."))
    return steps


def _may_write(user: User, row: Offering | None) -> None:
    """Administrators, and the owner of its service; which that is the action says."""
    owns = user.has_role(Role.SERVICE_OWNER)
    if row is not None:
        owns = row.service is not None and row.service.owner_id == user.pk
    require(user, "offering.change", frozenset({Scope.OWNED} if owns else ()))


def _create(raw: Mapping[str, Any], *, by: User, at: datetime) -> Offering:
    given = {"name": "", **fields.read(raw, READERS)}
    return create_offering(by=by, at=at, **given)


def _change(
    row: Offering, raw: Mapping[str, Any], *, by: User, at: datetime
) -> Offering:
    return change_offering(offering=row, by=by, at=at, **fields.read(raw, READERS))


LONGEST = timedelta(days=365)
MOST_TASKS = 100
READERS: Mapping[str, fields.Reader] = {
    "name": fields.NAME,
    "description": fields.text(5000),
    "service": fields.optional(fields.SERVICE),
    "team": fields.optional(fields.TEAM),
    "approval": fields.choice(*Offering.Approval.values),
    "approver": fields.optional(fields.PERSON),
    "promise": _promise,
    "tasks": _tasks,
    "is_active": fields.flag,
    "category": fields.optional(fields.row(OfferingCategory.objects.all)),
    "icon": fields.text(40),
    "for_roles": fields.several(fields.choice(*Role.values)),
    "for_organisations": fields.several(fields.ORGANISATION),
    "asks_manager_over": fields.optional(amount),
    "needs": fields.optional(fields.row(Course.objects.all)),
    "can_recur": fields.flag,
}
TAKEN: dict[str, Schema] = {
    "name": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": {"type": "string", "maxLength": 5000},
    "service": OPTIONAL_TEXT,
    "team": OPTIONAL_TEXT,
    "approval": {"type": "string", "enum": list(Offering.Approval.values)},
    "approver": OPTIONAL_TEXT,
    "promise": {
        "type": "string",
        "pattern": "^P[0-9A-Z.]{1,30}$",
        "description": "ISO 8601, such as PT4H or P5D; PT8H where none is given",
    },
    "tasks": {
        "type": "array",
        "maxItems": MOST_TASKS,
        "items": {"type": "string", "minLength": 1, "maxLength": 200},
    },
    "is_active": FLAG,
    "category": OPTIONAL_TEXT,
    "icon": {"type": "string", "maxLength": 40},
    "for_roles": array(one_of(*Role.values)),
    "for_organisations": array(TEXT),
    "asks_manager_over": {"type": ["string", "null"], "pattern": AMOUNT},
    "needs": OPTIONAL_TEXT,
    "can_recur": FLAG,
}
TOLD: dict[str, Schema] = {
    "slug": TEXT,
    "name": TEXT,
    "description": TEXT,
    "service": OPTIONAL_TEXT,
    "team": OPTIONAL_TEXT,
    "approval": {"type": "string", "enum": list(Offering.Approval.values)},
    "approver": OPTIONAL_TEXT,
    "promise": {"type": "string", "format": "duration"},
    "tasks": array(TEXT),
    "is_active": FLAG,
    "category": OPTIONAL_TEXT,
    "icon": TEXT,
    "picture": OPTIONAL_TEXT,
    "for_roles": array(TEXT),
    "for_organisations": array(TEXT),
    "asks_manager_over": OPTIONAL_TEXT,
    "needs": OPTIONAL_TEXT,
    "can_recur": FLAG,
    "form": {
        "type": ["object", "null"],
        "properties": {"version": WHOLE, "fields": FIELDS},
        "required": ["version", "fields"],
    },
    "prices": array(PRICE),
}
OFFERINGS = Resource(
    name="offerings",
    shape="Offering",
    key="slug",
    rows=_visible,
    tell=_tell,
    told=TOLD,
    order=BY_SLUG,
    filters=(
        containing("q", "name", "description"),
        named("service", "service__slug", nullable="service"),
        named("team", "team__slug", nullable="team"),
        named("category", "category__slug", nullable="category"),
        flag("is_active", "is_active"),
    ),
    create=_create,
    change=_change,
    may_write=_may_write,
    taken=TAKEN,
    required=("name",),
)


def urls() -> list[URLPattern]:
    """The addresses of requests and offerings."""
    told: dict[str, Schema] = {"offering": OPTIONAL_TEXT, **TOLD_OF_ORDERS}
    own: dict[str, Schema] = {"offering": BY_NAME}
    requests = practice(
        "request",
        told=told,
        taken=own,
        opens=OPENS,
        view=RequestsView,
        required=(),
    )
    return [*requests, *routes(OFFERINGS), *catalogue_urls()]
