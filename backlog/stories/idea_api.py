"""Ideas over REST: given by anybody, answered by the team of their process."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import URLPattern, path

from backlog.standing import require_on
from backlog.stories import actions
from backlog.stories import api_reading as reading
from backlog.stories.actions.ideas import LONGEST, LONGEST_ANSWER
from backlog.stories.api import doc
from backlog.stories.models import Idea
from backlog.stories.subjects import ideas_visible_to
from core.api import answers, pages
from core.api.filters import choices, named
from core.api.resources import ItemView, Resource, routes
from core.api.schema import (
    INSTANT,
    OPTIONAL_INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Schema,
    one_of,
)
from people import api_fields as fields
from people.models import User
from people.policy import require

SENTENCE: Schema = {"type": "string", "minLength": 1, "maxLength": LONGEST}
ANSWER: Schema = {"type": "string", "maxLength": LONGEST_ANSWER}


def _rows(user: User) -> QuerySet[Idea]:
    return ideas_visible_to(user).select_related(
        "process", "by", "answered_by", "story"
    )


def _tell(row: Idea) -> Mapping[str, Any]:
    story = getattr(row, "story", None)
    return {
        "id": row.pk,
        "process": row.process.slug,
        "text": row.text,
        "by": row.by.email,
        "state": row.state,
        "at": row.at,
        "answer_by": row.answer_by,
        "answer": row.answer,
        "answered_by": row.answered_by.email if row.answered_by else None,
        "answered_at": row.answered_at,
        "story": story.number if story else None,
    }


def _create(raw: Mapping[str, Any], *, by: User, at: datetime) -> Idea:
    known = {
        "process": reading.any_process,
        "text": fields.text(LONGEST),
        "about": reading.about(by),
    }
    given = fields.read(raw, known)
    reading.need(given, "process", "text")
    return actions.give_idea(by=by, at=at, **given)


IDEAS = Resource(
    name="ideas",
    shape="Idea",
    key="pk",
    rows=_rows,
    tell=_tell,
    told={
        "id": WHOLE,
        "process": TEXT,
        "text": TEXT,
        "by": TEXT,
        "state": one_of(*Idea.State.values),
        "at": INSTANT,
        "answer_by": INSTANT,
        "answer": TEXT,
        "answered_by": OPTIONAL_TEXT,
        "answered_at": OPTIONAL_INSTANT,
        "story": OPTIONAL_TEXT,
    },
    order=pages.Order(
        columns={"id": "pk", "at": "at", "answer_by": "answer_by"}, first="-id"
    ),
    filters=(
        named("process", "process__slug"),
        choices("state", "state", Idea.State.values),
    ),
    create=_create,
    may_write=lambda user, row: require(user, "idea.give"),
    taken={"process": TEXT, "text": SENTENCE, "about": reading.ABOUT},
    required=("process", "text"),
)


class AnswerView(ItemView):
    """`POST /api/v1/ideas/<id>/take/` and `…/decline/`."""

    resource = IDEAS
    collection = "ideas"
    http_method_names = ["post", "options"]
    takes = True

    def check_allowed(self) -> None:
        """The team of its process."""
        require_on(self.user, "idea.answer", self.subject.process)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Answer it, once for its key."""
        return self.once(self._do)

    def _do(self) -> HttpResponse:
        known: dict[str, fields.Reader] = {"answer": fields.text(LONGEST_ANSWER)}
        if self.takes:
            known["title"] = fields.text(250)
        given = fields.read(self.fields(), known)
        common: dict[str, Any] = {"idea": self.subject, "by": self.user, "at": self.at}
        answer = given.get("answer", "")
        if self.takes:
            title = {"title": given["title"]} if given.get("title") else {}
            actions.take_idea(answer=answer, fields=title, **common)
        else:
            reading.need(given, "answer")
            actions.decline_idea(answer=answer, **common)
        return answers.item(self.plain, _tell(_rows(self.user).get(pk=self.subject.pk)))


def urls() -> list[URLPattern]:
    """The addresses of ideas."""
    title: Schema = {"type": "string", "maxLength": 250}
    takes = doc("Make a story of it", "Idea", {"answer": ANSWER, "title": title}, ())
    declines = doc("Say why not", "Idea", {"answer": ANSWER}, ("answer",))
    one = "ideas/<str:key>"
    return [
        *routes(IDEAS),
        path(f"{one}/take/", AnswerView.as_view(docs=takes)),
        path(f"{one}/decline/", AnswerView.as_view(docs=declines, takes=False)),
    ]
