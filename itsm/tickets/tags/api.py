"""REST: which tags there are, kept by administrators, and which a ticket carries."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import URLPattern, path

from core.api import answers
from core.api.filters import containing, flag
from core.api.pages import BY_SLUG
from core.api.resources import Resource, routes
from core.api.schema import FLAG, TEXT, Doc, array, component, obj
from itsm.tickets.api.views import TicketView
from itsm.tickets.tags.actions import LONGEST, change_tag, create_tag
from itsm.tickets.tags.models import Tag
from people import api_fields as fields
from people.models import User
from people.policy import require

ANSWER = component("TicketTags", obj({"tags": array(TEXT)}))
READERS: Mapping[str, fields.Reader] = {
    "name": fields.text(LONGEST),
    "colour": fields.choice(*Tag.Colour.values),
    "active": fields.flag,
}


def _given(raw: Mapping[str, Any]) -> dict[str, Any]:
    given = fields.read(raw, READERS)
    if "active" in given:
        given["is_active"] = given.pop("active")
    return given


def _create(raw: Mapping[str, Any], *, by: User, at: datetime) -> Tag:
    return create_tag(by=by, at=at, **{"name": "", **_given(raw)})


def _change(row: Tag, raw: Mapping[str, Any], *, by: User, at: datetime) -> Tag:
    return change_tag(tag=row, by=by, at=at, **_given(raw))


TAGS = Resource(
    name="tags",
    shape="Tag",
    key="slug",
    rows=lambda user: Tag.objects.all() if user.is_staff else Tag.objects.none(),
    tell=lambda row: {
        "slug": row.slug,
        "name": row.name,
        "colour": row.colour,
        "active": row.is_active,
    },
    told={
        "slug": TEXT,
        "name": TEXT,
        "colour": {"type": "string", "enum": list(Tag.Colour.values)},
        "active": FLAG,
    },
    order=BY_SLUG,
    filters=(containing("q", "name"), flag("active", "is_active")),
    create=_create,
    change=_change,
    may_write=lambda user, row: require(user, "tag.change"),
    taken={
        "name": {"type": "string", "minLength": 1, "maxLength": LONGEST},
        "colour": {"type": "string", "enum": list(Tag.Colour.values)},
        "active": FLAG,
    },
    required=("name",),
)


class TicketTagsView(TicketView):
    """`GET …/tags/`: a ticket's tags; they are for those who work here."""

    def find(self, number: str = "", **kwargs: Any) -> Any:
        """The ticket; requesters are told of no tags."""
        ticket = super().find(number)
        if not self.user.is_staff:
            raise Http404
        return ticket

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Their slugs, in the order in which they were put on."""
        rows = self.subject.tagged.order_by("pk").values_list("tag__slug", flat=True)
        return answers.answer({"tags": list(rows)})


def urls() -> list[URLPattern]:
    """The list of tags, and a ticket's own."""
    docs = {"get": Doc("A ticket's tags", ANSWER)}
    view = TicketTagsView.as_view(type=None, collection="tickets", docs=docs)
    return [*routes(TAGS), path("tickets/<ticket:number>/tags/", view)]
