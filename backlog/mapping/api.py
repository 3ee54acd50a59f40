"""Activities and steps over REST; taking one away is a floor above, by its stories."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import URLPattern
from django.utils.translation import gettext as _

from backlog.mapping import actions, queries
from backlog.mapping.models import Activity
from backlog.standing import require_on
from core.api import pages
from core.api.filters import named, whole
from core.api.resources import Resource, routes
from core.api.schema import TEXT, WHOLE, Schema
from core.errors import Invalid
from people import api_fields as fields
from people.models import User
from people.policy import require
from processes.models import Process

LARGEST = 2**63 - 1


def _whole(most: int) -> fields.Reader:
    def reader(value: Any) -> int:
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        if not is_whole or not 0 <= value <= most:
            raise ValueError(_("Send a whole number, 0 or more."))
        return int(value)

    return reader


def _activity(value: Any) -> Activity:
    found = Activity.objects.filter(pk=_whole(LARGEST)(value)).first()
    if found is None:
        raise ValueError(_("There is no such activity."))
    return found


READERS: Mapping[str, fields.Reader] = {
    "process": fields.row(Process.objects.all),
    "name": fields.text(actions.LONGEST),
    "parent": fields.optional(_activity),
    "position": _whole(9999),
}
TAKEN: dict[str, Schema] = {
    "process": TEXT,
    "name": {"type": "string", "minLength": 1, "maxLength": actions.LONGEST},
    "parent": {"type": ["integer", "null"], "description": "The activity of a step"},
    "position": {"type": "integer", "minimum": 0, "maximum": 9999},
}
TOLD: dict[str, Schema] = {
    "id": WHOLE,
    "process": TEXT,
    "name": TEXT,
    "parent": {"type": ["integer", "null"]},
    "position": {"type": "integer", "description": "From the left, 0 first"},
}


def tell(row: Activity) -> Mapping[str, Any]:
    """One of them."""
    return {
        "id": row.pk,
        "process": row.process.slug,
        "name": row.name,
        "parent": row.parent_id,
        "position": row.position,
    }


def _may_write(user: User, row: Activity | None) -> None:
    """Of which process a new one is, the action says."""
    if row is not None:
        require_on(user, actions.VERB, row.process)
    else:
        require(user, "process.see")


def _create(raw: Mapping[str, Any], *, by: User, at: datetime) -> Activity:
    known = {name: READERS[name] for name in ("process", "name", "parent")}
    given = fields.read(raw, known)
    if "process" not in given:
        raise Invalid({"process": [_("This is needed.")]})
    given.setdefault("name", "")
    return actions.add_activity(by=by, at=at, **given)


def _change(
    row: Activity, raw: Mapping[str, Any], *, by: User, at: datetime
) -> Activity:
    given = fields.read(raw, {name: READERS[name] for name in ("name", "position")})
    if "name" in given:
        row = actions.rename_activity(activity=row, by=by, at=at, name=given["name"])
    if "position" in given:
        row = actions.move_activity(activity=row, by=by, at=at, to=given["position"])
    return row


ACTIVITIES = Resource(
    name="activities",
    shape="Activity",
    key="pk",
    rows=queries.visible_to,
    tell=tell,
    told=TOLD,
    order=pages.Order(columns={"id": "pk", "position": "position"}, first="id"),
    filters=(
        named("process", "process__slug"),
        whole("parent", "parent_id", 0, LARGEST),
    ),
    create=_create,
    change=_change,
    may_write=_may_write,
    taken=TAKEN,
    required=("process", "name"),
)


def urls() -> list[URLPattern]:
    """The addresses of activities."""
    return routes(ACTIVITIES)
