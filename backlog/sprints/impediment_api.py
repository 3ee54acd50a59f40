"""Impediments over REST: raised, given an owner, resolved."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from backlog.sprints import api_reading as reading
from backlog.sprints import daily_actions, queries
from backlog.sprints.models import Impediment
from backlog.standing import require_on
from core.api import answers, pages
from core.api.filters import Filter, named
from core.api.resources import ItemView, Resource, routes
from core.api.schema import (
    FLAG,
    INSTANT,
    OPTIONAL_INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Schema,
    ref,
)
from people import api_fields as fields
from people.models import User
from people.policy import require

IMPEDIMENT: Mapping[str, fields.Reader] = {
    "owner": fields.optional(fields.PERSON),
    "needs_help": fields.flag,
}
IMPEDIMENT_TAKEN: dict[str, Schema] = {
    "process": TEXT,
    "sprint": {"type": ["integer", "null"]},
    "story": OPTIONAL_TEXT,
    "text": {
        "type": "string",
        "minLength": 1,
        "maxLength": daily_actions.LONGEST_TEXT,
    },
    "owner": OPTIONAL_TEXT,
    "needs_help": FLAG,
}


def _tell_impediment(row: Impediment) -> Mapping[str, Any]:
    return {
        "id": row.pk,
        "process": row.process.slug,
        "sprint": row.sprint_id,
        "story": row.story.number if row.story else None,
        "text": row.text,
        "by": row.by.email if row.by else None,
        "owner": row.owner.email if row.owner else None,
        "needs_help": row.needs_help,
        "at": row.at,
        "resolved_at": row.resolved_at,
        "how": row.how,
    }


def _raise(raw: Mapping[str, Any], *, by: User, at: datetime) -> Impediment:
    readers = {
        "process": reading.process(by),
        "sprint": fields.optional(reading.sprint(by)),
        "story": fields.optional(reading.one_story(by)),
        "text": fields.text(daily_actions.LONGEST_TEXT),
        **IMPEDIMENT,
    }
    given = fields.read(raw, readers)
    reading.need(given, "process", "text")
    return daily_actions.raise_impediment(by=by, at=at, **given)


def _edit_impediment(
    row: Impediment, raw: Mapping[str, Any], *, by: User, at: datetime
) -> Impediment:
    given = fields.read(raw, IMPEDIMENT)
    return daily_actions.change_impediment(impediment=row, by=by, at=at, given=given)


def _may_raise(user: User, row: Impediment | None) -> None:
    if row is not None:
        require_on(user, "sprint.work", row.process)
    else:
        require(user, "backlog.see")


def _is_open(rows: Any, values: list[str], user: User) -> Any:
    if values not in (["true"], ["false"]):
        raise ValueError(_("Send true or false."))
    return rows.filter(resolved_at__isnull=values == ["true"])


IMPEDIMENTS = Resource(
    name="impediments",
    shape="Impediment",
    key="pk",
    rows=queries.impediments,
    tell=_tell_impediment,
    told={
        "id": WHOLE,
        **IMPEDIMENT_TAKEN,
        "by": OPTIONAL_TEXT,
        "at": INSTANT,
        "resolved_at": OPTIONAL_INSTANT,
        "how": TEXT,
    },
    order=pages.Order(columns={"id": "pk", "at": "at"}, first="-id"),
    filters=(named("process", "process__slug"), Filter("open", _is_open, schema=FLAG)),
    create=_raise,
    change=_edit_impediment,
    may_write=_may_raise,
    taken=IMPEDIMENT_TAKEN,
    required=("process", "text"),
)


class ResolveView(ItemView):
    """`POST /api/v1/impediments/<id>/resolve/`."""

    resource = IMPEDIMENTS
    collection = "impediments"
    http_method_names = ["post", "options"]

    def check_allowed(self) -> None:
        """The team, and administrators."""
        require_on(self.user, "impediment.resolve", self.subject.process)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Do it, once for its key."""
        return self.once(self._do)

    def _do(self) -> HttpResponse:
        known = {"how": fields.text(daily_actions.LONGEST_TEXT)}
        given = fields.read(self.fields(), known)
        reading.need(given, "how")
        daily_actions.resolve_impediment(
            impediment=self.subject, by=self.user, at=self.at, **given
        )
        fresh = queries.impediments(self.user).get(pk=self.subject.pk)
        return answers.item(self.plain, _tell_impediment(fresh))


def urls() -> list[URLPattern]:
    """The addresses of impediments."""
    how = {"how": {"type": "string", "maxLength": daily_actions.LONGEST_TEXT}}
    says = "It is out of the way, and how"
    docs = reading.doc(says, ref("Impediment"), how, ("how",))
    return [
        *routes(IMPEDIMENTS),
        path("impediments/<str:key>/resolve/", ResolveView.as_view(docs=docs)),
    ]
