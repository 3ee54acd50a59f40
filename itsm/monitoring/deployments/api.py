"""REST: deployments, to read, and for pipelines to report."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db.models import QuerySet
from django.urls import URLPattern
from django.utils.translation import gettext as _

from core.api import pages
from core.api.filters import named, since
from core.api.resources import Resource, routes
from core.api.schema import INSTANT, OPTIONAL_TEXT, TEXT, WHOLE, array, obj
from core.errors import Invalid
from itsm.monitoring.deployments import actions
from itsm.monitoring.deployments.queries import visible_to
from itsm.monitoring.models import LONGEST_SUMMARY, Deployment
from people import api_fields as fields
from people.models import User
from people.policy import require

NEWEST = pages.Order(columns={"id": "pk", "at": "at"}, first="-at")
MOST_LINKS, LONGEST_LINK = 20, 2000
MOST_DETAILS = 20_000  # characters
ZERO_BYTE = "\\u0000"
ANY_OBJECT: Mapping[str, Any] = {"type": "object", "additionalProperties": True}
LINK = obj({"href": TEXT, "text": TEXT}, ("href",))


def links(value: Any) -> list[dict[str, str]]:
    """`[{"href": "https://…", "text": "…"}]`."""
    if not isinstance(value, list) or len(value) > MOST_LINKS:
        raise ValueError(_("Send a list of links."))
    return [_link(one) for one in value]


def _link(value: Any) -> dict[str, str]:
    href = value.get("href") if isinstance(value, dict) else None
    text = value.get("text", "") if isinstance(value, dict) else ""
    if not isinstance(href, str) or not isinstance(text, str):
        raise ValueError(_("A link has “href” and “text”."))
    if len(href) > LONGEST_LINK or "\x00" in href + text:
        raise ValueError(_("That is too long."))
    try:
        scheme = urlsplit(href).scheme
    except ValueError:
        scheme = ""
    if scheme not in {"http", "https"}:
        raise ValueError(_("A link begins with https:// or http://."))
    return {"href": href, "text": text[:300]}


def details(value: Any) -> dict[str, Any]:
    """Whatever else a pipeline wants to say, as an object."""
    told = json.dumps(value)
    if not isinstance(value, dict) or len(told) > MOST_DETAILS or ZERO_BYTE in told:
        words = {"most": MOST_DETAILS}
        raise ValueError(_("Send an object of at most %(most)s characters.") % words)
    return value


READERS: Mapping[str, fields.Reader] = {
    "service": fields.SERVICE,
    "summary": fields.text(LONGEST_SUMMARY),
    "at": fields.instant,
    "origin": fields.text(255),
    "links": links,
    "details": details,
}


def _rows(user: User) -> QuerySet[Deployment]:
    return visible_to(user).select_related("service", "source")


def _tell(row: Any) -> dict[str, Any]:
    return {
        "id": row.pk,
        "service": row.service.slug,
        "source": row.source.slug if row.source else None,
        "summary": row.summary,
        "at": row.at,
        "received_at": row.received_at,
        "origin": row.origin,
        "links": row.links,
        "details": row.details,
    }


def _create(raw: Mapping[str, Any], *, by: User, at: datetime) -> Deployment:
    given = fields.read(raw, READERS)
    if missing := {"service", "summary"} - given.keys():
        raise Invalid({name: [_("This is needed.")] for name in missing})
    happened_at = given.pop("at", None)
    return actions.report_deployment(by=by, at=at, happened_at=happened_at, **given)


DEPLOYMENTS = Resource(
    name="deployments",
    shape="Deployment",
    key="pk",
    rows=_rows,
    tell=_tell,
    told={
        "id": WHOLE,
        "service": TEXT,
        "source": OPTIONAL_TEXT,
        "summary": TEXT,
        "at": INSTANT,
        "received_at": INSTANT,
        "origin": TEXT,
        "links": array(ANY_OBJECT),
        "details": ANY_OBJECT,
    },
    order=NEWEST,
    filters=(
        named("service", "service__slug"),
        named("source", "source__slug", nullable="source"),
        since("since", "at"),
    ),
    taken={
        "service": TEXT,
        "summary": {"type": "string", "minLength": 1, "maxLength": LONGEST_SUMMARY},
        "at": INSTANT,
        "origin": {"type": "string", "maxLength": 255},
        "links": {**array(LINK), "maxItems": MOST_LINKS},
        "details": ANY_OBJECT,
    },
    required=("service", "summary"),
    create=_create,
    may_write=lambda user, row: require(user, "deployment.report"),
)


def urls() -> list[URLPattern]:
    """The addresses of deployments."""
    return routes(DEPLOYMENTS)
