"""REST: freezes, set by change authorities and process owners."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import URLPattern
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from core.api import pages
from core.api.filters import Filter
from core.api.resources import Resource, routes, slugs
from core.api.schema import FLAG, INSTANT, TEXT, WHOLE, Schema, array, one_of
from core.errors import Invalid
from itsm.changes.freezes import actions
from itsm.changes.freezes.kind import visible_to
from itsm.changes.models import Change, Freeze
from people import api_fields as fields
from people.models import User
from people.policy import require

DATE: Schema = {"type": ["string", "null"], "format": "date"}
LONGEST_ZONE = 60


def _day(value: Any) -> Any:
    """A day in ISO 8601."""
    try:
        found = parse_date(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None:
        raise ValueError(_("Send a date such as 2026-11-22."))
    return found


READERS: Mapping[str, fields.Reader] = {
    "name": fields.NAME,
    "reason": fields.text(500),
    "services": fields.several(fields.SERVICE),
    "starts_at": fields.instant,
    "ends_at": fields.instant,
    "repeat": fields.choice(*Freeze.Repeat.values),
    "until": fields.optional(_day),
    "time_zone": fields.text(LONGEST_ZONE),
    "allows": fields.several(fields.choice(*Change.Model.values)),
    "is_active": fields.flag,
}
TAKEN: Mapping[str, Schema] = {
    "name": {"type": "string", "minLength": 1, "maxLength": 200},
    "reason": {"type": "string", "maxLength": 500},
    "services": array(TEXT),
    "starts_at": INSTANT,
    "ends_at": INSTANT,
    "repeat": {"type": "string", "enum": Freeze.Repeat.values},
    "until": DATE,
    "time_zone": {"type": "string", "maxLength": LONGEST_ZONE},
    "allows": array(one_of(*Change.Model.values)),
    "is_active": FLAG,
}
NEEDED = ("name", "starts_at", "ends_at", "time_zone")


def _rows(user: User) -> QuerySet[Freeze]:
    return visible_to(user).select_related("by").prefetch_related("services")


def _tell(row: Any) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "reason": row.reason,
        "services": slugs(row.services.all()),
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "repeat": row.repeat,
        "until": row.until,
        "time_zone": row.time_zone,
        "allows": row.allows,
        "is_active": row.is_active,
        "by": row.by.email,
        "created_at": row.created_at,
    }


def _service(rows: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
    """Those of any of these services, each once."""
    held = Freeze.services.through.objects.filter(service__slug__in=values)
    return rows.filter(pk__in=held.values("freeze"))


def _create(raw: Mapping[str, Any], *, by: User, at: datetime) -> Freeze:
    given = fields.read(raw, READERS)
    if missing := set(NEEDED) - given.keys():
        raise Invalid({name: [_("This is needed.")] for name in missing})
    return actions.create_freeze(by=by, at=at, **given)


def _change(row: Freeze, raw: Mapping[str, Any], *, by: User, at: datetime) -> Freeze:
    given = fields.read(raw, READERS)
    return actions.change_freeze(freeze=row, by=by, at=at, **given)


FREEZES = Resource(
    name="freezes",
    shape="Freeze",
    key="pk",
    rows=_rows,
    tell=_tell,
    told={
        "id": WHOLE,
        **{name: TAKEN[name] for name in READERS},
        "by": TEXT,
        "created_at": INSTANT,
    },
    order=pages.Order(columns={"id": "pk", "starts_at": "starts_at"}, first="-id"),
    filters=(Filter("service", _service),),
    taken=TAKEN,
    required=NEEDED,
    create=_create,
    change=_change,
    may_write=lambda user, row: require(user, actions.VERB),
)


def urls() -> list[URLPattern]:
    """The addresses of freezes."""
    return routes(FREEZES)
