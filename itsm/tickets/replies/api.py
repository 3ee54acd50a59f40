"""Reply templates over REST."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import URLPattern

from core.api.filters import containing, flag, named
from core.api.pages import BY_SLUG
from core.api.resources import Resource, routes
from core.api.schema import FLAG, OPTIONAL_TEXT, TEXT, Schema
from itsm.tickets.replies import actions
from itsm.tickets.replies.models import ReplyTemplate
from people import api_fields as fields
from people.models import User
from people.policy import Scope, require

READERS: Mapping[str, fields.Reader] = {
    "name": fields.NAME,
    "body": fields.text(actions.LONGEST),
    "team": fields.optional(fields.TEAM),
    "is_active": fields.flag,
}
TAKEN: dict[str, Schema] = {
    "name": {"type": "string", "minLength": 1, "maxLength": 100},
    "body": {"type": "string", "minLength": 1, "maxLength": actions.LONGEST},
    "team": OPTIONAL_TEXT,
    "is_active": FLAG,
}


def _rows(user: User) -> QuerySet[ReplyTemplate]:
    return actions.visible_to(user).select_related("team", "owner")


def _tell(row: ReplyTemplate) -> Mapping[str, Any]:
    return {
        "slug": row.slug,
        "name": row.name,
        "body": row.body,
        "team": row.team.slug if row.team else None,
        "owner": row.owner.email if row.owner else None,
        "is_active": row.is_active,
    }


def _may_write(user: User, row: ReplyTemplate | None) -> None:
    """Everybody who works here writes their own; a team's is the action's to say."""
    owns = row is None or actions.owned_by(row, user)
    require(user, "reply_template.change", frozenset({Scope.OWNED} if owns else ()))


def _create(raw: Mapping[str, Any], *, by: User, at: datetime) -> ReplyTemplate:
    given = {"name": "", "body": "", **fields.read(raw, READERS)}
    return actions.create_reply_template(by=by, at=at, **given)


def _change(
    row: ReplyTemplate, raw: Mapping[str, Any], *, by: User, at: datetime
) -> ReplyTemplate:
    given = fields.read(raw, READERS)
    return actions.change_reply_template(reply_template=row, by=by, at=at, **given)


TEMPLATES = Resource(
    name="reply-templates",
    shape="ReplyTemplate",
    key="slug",
    rows=_rows,
    tell=_tell,
    told={
        "slug": TEXT,
        "name": TEXT,
        "body": TEXT,
        "team": OPTIONAL_TEXT,
        "owner": OPTIONAL_TEXT,
        "is_active": FLAG,
    },
    order=BY_SLUG,
    filters=(
        containing("q", "name", "body"),
        named("team", "team__slug", nullable="team"),
        flag("is_active", "is_active"),
    ),
    create=_create,
    change=_change,
    may_write=_may_write,
    taken=TAKEN,
    required=("name", "body"),
)


def urls() -> list[URLPattern]:
    """The addresses of reply templates."""
    return routes(TEMPLATES)
