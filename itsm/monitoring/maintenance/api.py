"""REST: maintenance windows, announced by whoever works here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from core.api import answers, pages
from core.api.filters import Filter, since
from core.api.resources import ItemView, Resource, routes, slugs
from core.api.schema import INSTANT, OPTIONAL_TEXT, TEXT, WHOLE, Doc, array, obj, ref
from core.errors import Invalid
from itsm.monitoring.maintenance import actions
from itsm.monitoring.maintenance.queries import visible_to
from itsm.monitoring.models import Maintenance, Source
from people import api_fields as fields
from people.models import User
from people.policy import require

ORDER = pages.Order(columns={"id": "pk", "starts_at": "starts_at"}, first="-id")
SOURCE = fields.row(Source.objects.all)
READERS: Mapping[str, fields.Reader] = {
    "name": fields.NAME,
    "services": fields.several(fields.SERVICE),
    "source": fields.optional(SOURCE),
    "starts_at": fields.instant,
    "ends_at": fields.instant,
}
TAKEN: Mapping[str, Any] = {
    "name": {"type": "string", "minLength": 1, "maxLength": 200},
    "services": {**array(TEXT), "minItems": 1},
    "source": OPTIONAL_TEXT,
    "starts_at": INSTANT,
    "ends_at": INSTANT,
}
NEEDED = ("name", "services", "starts_at", "ends_at")


def _rows(user: User) -> QuerySet[Maintenance]:
    rows = visible_to(user).select_related("source", "by")
    return rows.prefetch_related("services")


def _tell(row: Any) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "services": slugs(row.services.all()),
        "source": row.source.slug if row.source else None,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "by": row.by.email,
        "created_at": row.created_at,
    }


def _service(rows: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
    """Those of any of these services, each once."""
    held = Maintenance.services.through.objects.filter(service__slug__in=values)
    return rows.filter(pk__in=held.values("maintenance"))


def _create(raw: Mapping[str, Any], *, by: User, at: datetime) -> Maintenance:
    given = fields.read(raw, READERS)
    if missing := set(NEEDED) - given.keys():
        raise Invalid({name: [_("This is needed.")] for name in missing})
    return actions.announce(by=by, at=at, **given)


def _change(
    row: Maintenance, raw: Mapping[str, Any], *, by: User, at: datetime
) -> Maintenance:
    given = fields.read(raw, READERS)
    return actions.change_maintenance(maintenance=row, by=by, at=at, **given)


MAINTENANCE = Resource(
    name="maintenance",
    shape="Maintenance",
    key="pk",
    rows=_rows,
    tell=_tell,
    told={
        "id": WHOLE,
        "name": TEXT,
        "services": array(TEXT),
        "source": OPTIONAL_TEXT,
        "starts_at": INSTANT,
        "ends_at": INSTANT,
        "by": TEXT,
        "created_at": INSTANT,
    },
    order=ORDER,
    filters=(Filter("service", _service), since("ends_since", "ends_at")),
    taken=TAKEN,
    required=NEEDED,
    create=_create,
    change=_change,
    may_write=lambda user, row: require(user, actions.VERB),
)


class EndView(ItemView):
    """`POST /api/v1/maintenance/<id>/end/`."""

    resource = MAINTENANCE
    collection = "maintenance"
    http_method_names = ["post", "options"]
    docs = {
        "post": Doc(
            "It is over now; one that has not begun never begins",
            ref("Maintenance"),
            body=obj({}),
            has_etag=True,
            is_keyed=True,
        )
    }

    def check_allowed(self) -> None:
        """Whoever may announce one."""
        require(self.user, actions.VERB)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """End it, once for its key."""
        return self.once(self._end)

    def _end(self) -> HttpResponse:
        fields.read(self.fields(), {})
        actions.end_maintenance(maintenance=self.subject, by=self.user, at=self.at)
        fresh = _rows(self.user).get(pk=self.subject.pk)
        return answers.item(self.plain, _tell(fresh))


def urls() -> list[URLPattern]:
    """The addresses of maintenance."""
    return [
        *routes(MAINTENANCE),
        path("maintenance/<str:key>/end/", EndView.as_view()),
    ]
