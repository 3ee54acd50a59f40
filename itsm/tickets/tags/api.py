"""REST: which tags there are, and which a ticket carries."""

from typing import Any

from django.http import Http404, HttpResponse
from django.urls import URLPattern, path

from core.api import answers
from core.api.pages import BY_SLUG
from core.api.resources import Resource, routes
from core.api.schema import FLAG, TEXT, Doc, array, component, obj
from itsm.tickets.api.views import TicketView
from itsm.tickets.tags.models import Tag

ANSWER = component("TicketTags", obj({"tags": array(TEXT)}))
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
