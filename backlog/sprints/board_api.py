"""The board over REST: a story moves, is blocked, is free again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, path

from backlog.sprints import api_reading as reading
from backlog.sprints import board_actions
from backlog.standing import require_on
from backlog.stories.models import Story
from backlog.stories.queries import get_story
from core.api import answers
from core.api.schema import OPTIONAL_INSTANT, TEXT, Schema, component, obj, one_of
from core.api.views import ApiView
from people import api_fields as fields

BECAUSE: Schema = {"type": "string", "maxLength": board_actions.LONGEST_WHY}
CARD = {
    "number": TEXT,
    "title": TEXT,
    "sprint": {"type": ["integer", "null"]},
    "column": TEXT,
    "state": one_of(*Story.State.values),
    "blocked": TEXT,
    "column_at": OPTIONAL_INSTANT,
}


def _tell_card(story: Story) -> Mapping[str, Any]:
    same = ("number", "title", "column", "state", "blocked", "column_at")
    told = {name: getattr(story, name) for name in same}
    return {**told, "sprint": story.sprint_id}


@dataclass(frozen=True, slots=True)
class CardVerb:
    """What is done to a story on the board."""

    says: str
    do: Callable[..., Story]
    readers: Mapping[str, fields.Reader] = field(default_factory=dict)
    required: tuple[str, ...] = ()


TEXT_250 = fields.text(board_actions.LONGEST_WHY)
CARD_VERBS: Mapping[str, CardVerb] = {
    "column": CardVerb(
        "Move it on the board of its sprint; `because` where the column is full",
        board_actions.set_column,
        {"column": fields.text(40), "because": TEXT_250},
        ("column",),
    ),
    "block": CardVerb(
        "It cannot go on, and why", board_actions.block, {"why": TEXT_250}, ("why",)
    ),
    "unblock": CardVerb("It can go on", board_actions.unblock),
}


class CardView(ApiView):
    """`POST /api/v1/stories/STO-12/column/`, `block/` and `unblock/`."""

    collection = "stories"
    http_method_names = ["post", "options"]
    verb: CardVerb = None  # type: ignore[assignment]  # given by `urls`

    def find(self, key: str = "", **kwargs: Any) -> Story:
        """The story, or Http404."""
        return get_story(self.user, key)

    def check_allowed(self) -> None:
        """The team."""
        require_on(self.user, "sprint.work", self.subject.process)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Do it, once for its key."""
        return self.once(self._do)

    def _do(self) -> HttpResponse:
        given = fields.read(self.fields(), self.verb.readers)
        reading.need(given, *self.verb.required)
        told = self.verb.do(story=self.subject, by=self.user, at=self.at, **given)
        return answers.item(self.plain, _tell_card(told))


def urls() -> list[URLPattern]:
    """The addresses of what is done to a card."""
    shape = component("StoryCard", obj(CARD))
    return [
        path(
            f"stories/<str:key>/{name}/",
            CardView.as_view(
                verb=verb,
                docs=reading.doc(
                    verb.says,
                    shape,
                    dict.fromkeys(verb.readers, BECAUSE),
                    verb.required,
                ),
            ),
        )
        for name, verb in CARD_VERBS.items()
    ]
