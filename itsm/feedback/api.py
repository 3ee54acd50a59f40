"""Feedback over REST: list what one may see, give it, answer it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from core.api import answers
from core.api.filters import named, whole
from core.api.pages import Order
from core.api.resources import Resource, routes
from core.api.schema import (
    INSTANT,
    OPTIONAL_INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Doc,
    Schema,
    obj,
    ref,
)
from core.api.views import ApiView
from core.errors import Invalid
from itsm.feedback import actions, queries
from itsm.feedback.models import LONGEST_WORDS, Feedback
from itsm.feedback.policy import relations, visible_to
from itsm.tickets.queries import visible_number
from people import api_fields as fields
from people import policy
from people.models import User


def _visible(user: User) -> QuerySet[Feedback]:
    return visible_to(user).select_related(
        "ticket__service", "ticket__team", "person", "owner", "answered_by"
    )


def _tell(row: Feedback) -> Mapping[str, Any]:
    ticket = row.ticket
    return {
        "id": row.pk,
        "ticket": ticket.number,
        "service": ticket.service.slug if ticket.service else None,
        "team": ticket.team.slug if ticket.team else None,
        "person": row.person.email,
        "satisfaction": row.satisfaction,
        "effort": row.effort,
        "words": row.words,
        "at": row.at,
        "owner": row.owner.email if row.owner else None,
        "answer": row.answer,
        "answered_by": row.answered_by.email if row.answered_by else None,
        "answered_at": row.answered_at,
    }


def _mark(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 5:
        words = {"least": 1, "most": 5}
        raise ValueError(_("Send a whole number, %(least)s to %(most)s.") % words)
    return value


def _create(raw: Mapping[str, Any], *, by: User, at: datetime) -> Feedback:
    given = fields.read(raw, READERS)
    missing = [name for name in ("ticket", "satisfaction") if name not in given]
    if missing:
        raise Invalid({name: [_("This is needed.")] for name in missing})
    ticket = visible_number(by, given.pop("ticket"), field="ticket")
    return actions.give(ticket=ticket, by=by, at=at, **given)


READERS: Mapping[str, fields.Reader] = {
    "ticket": fields.text(16),
    "satisfaction": _mark,
    "effort": fields.optional(_mark),
    "words": fields.text(LONGEST_WORDS),
}
MARK: Schema = {"type": "integer", "minimum": 1, "maximum": 5}
FEEDBACK = Resource(
    name="feedback",
    shape="Feedback",
    key="pk",
    rows=_visible,
    tell=_tell,
    told={
        "id": WHOLE,
        "ticket": TEXT,
        "service": OPTIONAL_TEXT,
        "team": OPTIONAL_TEXT,
        "person": TEXT,
        "satisfaction": WHOLE,
        "effort": {"type": ["integer", "null"]},
        "words": TEXT,
        "at": INSTANT,
        "owner": OPTIONAL_TEXT,
        "answer": TEXT,
        "answered_by": OPTIONAL_TEXT,
        "answered_at": OPTIONAL_INSTANT,
    },
    order=Order(columns={"id": "id", "at": "at"}, first="-id"),
    filters=(
        named("ticket", "ticket__number"),
        named("service", "ticket__service__slug", nullable="ticket__service"),
        named("team", "ticket__team__slug", nullable="ticket__team"),
        whole("satisfaction", "satisfaction", 1, 5),
    ),
    create=_create,
    taken={
        "ticket": {"type": "string", "minLength": 1, "maxLength": 16},
        "satisfaction": MARK,
        "effort": {"type": ["integer", "null"], "minimum": 1, "maximum": 5},
        "words": {"type": "string", "maxLength": LONGEST_WORDS},
    },
    required=("ticket", "satisfaction"),
)


class AnswerView(ApiView):
    """`POST /api/v1/feedback/<id>/answer/`."""

    collection = "feedback"
    docs = {
        "post": Doc(
            "Answer it; the person reads the answer in the portal",
            ref("Feedback"),
            body=obj(
                {
                    "body": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": LONGEST_WORDS,
                    }
                },
                ("body",),
            ),
            has_etag=True,
            is_keyed=True,
            needs_body=True,
        )
    }

    def find(self, key: str = "", **kwargs: Any) -> Feedback:
        """The piece as far as the person may see it."""
        if not (key.isascii() and key.isdigit() and len(key) < 19):
            raise Http404
        return queries.get_piece(self.user, int(key))

    def check_allowed(self) -> None:
        """Who answers."""
        standing = relations(self.user, self.subject)
        policy.require(self.user, "feedback.answer", standing)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Answer it."""
        return self.once(self._do)

    def _do(self) -> HttpResponse:
        given = {"body": "", **fields.read(self.fields(), ANSWER)}
        actions.answer(piece=self.subject, by=self.user, at=self.at, **given)
        fresh = _visible(self.user).get(pk=self.subject.pk)
        return answers.item(self.plain, _tell(fresh))


ANSWER: Mapping[str, fields.Reader] = {"body": fields.text(LONGEST_WORDS)}


def urls() -> list[URLPattern]:
    """The addresses of feedback: a list, making one, and answering."""
    listed = [one for one in routes(FEEDBACK) if "<" not in str(one.pattern)]
    return [*listed, path("feedback/<str:key>/answer/", AnswerView.as_view())]
