"""Requests and the catalogue over REST: a request may name its offering."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.urls import URLPattern

from core.api.filters import containing, flag, named
from core.api.pages import BY_SLUG
from core.api.resources import Resource, routes
from core.api.schema import FLAG, OPTIONAL_TEXT, TEXT, Schema, array
from core.errors import Invalid
from itsm.requests.actions import order
from itsm.requests.models import Offering
from itsm.tickets.api.fields import BY_NAME
from itsm.tickets.api.routes import practice
from itsm.tickets.api.views import OpeningView
from itsm.tickets.models import Ticket
from people.models import User

ORDERED = frozenset({"offering", "title", "description", "requester"})


class RequestsView(OpeningView):
    """Requests: with an offering it is an order from the catalogue."""

    def open(self, given: dict[str, Any]) -> Ticket:
        """One domain call: `order`, or a request in free words."""
        if given.get("offering") is None:
            return super().open(given)
        if more := sorted(given.keys() - ORDERED):
            raise Invalid({name: ["The offering decides this."] for name in more})
        return order(
            by=self.user,
            at=self.at,
            **{name: value for name, value in given.items() if value is not None},
        )


def _visible(user: User) -> QuerySet[Offering]:
    """Everybody sees what is offered; staff also what no longer is."""
    rows = Offering.objects.select_related("service", "team", "approver")
    return rows if user.is_staff else rows.filter(is_active=True)


def _tell(row: Offering) -> Mapping[str, Any]:
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
        flag("is_active", "is_active"),
    ),
)


def urls() -> list[URLPattern]:
    """The addresses of requests and offerings."""
    own: dict[str, Schema] = {"offering": BY_NAME}
    told: dict[str, Schema] = {"offering": OPTIONAL_TEXT}
    requests = practice("request", told=told, taken=own, view=RequestsView, required=())
    return [*requests, *routes(OFFERINGS)]
