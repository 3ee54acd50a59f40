"""Estimates over REST: `stories/STO-12/poker/` and its verbs. Hidden is hidden here."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from backlog.refining.poker import actions, queries
from backlog.standing import require_on
from backlog.stories.models import SCALE, Story
from backlog.stories.queries import get_story
from core.api import answers
from core.api.schema import (
    OPTIONAL_INSTANT,
    TEXT,
    WHOLE,
    Doc,
    Schema,
    array,
    component,
    obj,
    one_of,
)
from core.api.views import SAFE, ApiView
from core.errors import Invalid
from people import api_fields as fields
from people.policy import require

OPTIONAL_WHOLE: Schema = {"type": ["integer", "null"]}
ON_SCALE: Schema = {"type": ["integer", "null"], "enum": [*SCALE, None]}
VOTE = obj({"user": TEXT, "points": OPTIONAL_WHOLE, "why": TEXT})
MINE = obj({"points": OPTIONAL_WHOLE, "why": TEXT})
TOLD: dict[str, Schema] = {
    "story": TEXT,
    "round": WHOLE,
    "state": one_of("none", "voting", "revealed", "closed"),
    "voted": array(TEXT),
    "missing": array(TEXT),
    "mine": {"anyOf": [MINE, {"type": "null"}]},
    "votes": {
        "anyOf": [array(VOTE), {"type": "null"}],
        "description": "null until the round is revealed",
    },
    "lowest": OPTIONAL_WHOLE,
    "highest": OPTIONAL_WHOLE,
    "suggested": OPTIONAL_WHOLE,
    "final": OPTIONAL_WHOLE,
    "closed_at": OPTIONAL_INSTANT,
}
SHAPE = component("Poker", obj(TOLD))
Do = Callable[..., Any]


def points(value: Any) -> int | None:
    """A number of the scale, or null for "I cannot tell"."""
    if value is None:
        return None
    if isinstance(value, bool) or value not in SCALE:
        scale = ", ".join(map(str, SCALE))
        raise ValueError(_("One of %(scale)s.") % {"scale": scale})
    return int(value)


def _tell(story: Story, user: Any) -> Mapping[str, Any]:
    table = queries.table_of(story, user)
    mine, is_hidden = table.mine, table.state in {"none", "voting"}
    return {
        "story": story.number,
        "round": table.number,
        "state": table.state,
        "voted": [one.email for one in table.voted],
        "missing": [one.email for one in table.missing],
        "mine": mine and {"points": mine.points, "why": mine.why},
        "votes": None if is_hidden else _votes(table),
        "lowest": table.lowest,
        "highest": table.highest,
        "suggested": table.suggested,
        "final": table.final,
        "closed_at": table.closed_at,
    }


def _votes(table: queries.Table) -> list[Mapping[str, Any]]:
    return [
        {"user": one.user.email, "points": one.points, "why": one.why}
        for heap in table.heaps
        for one in heap.votes
    ]


class PokerView(ApiView):
    """`GET …/poker/`; and `POST …/poker/<verb>/`, answered with the same."""

    collection = "stories"
    http_method_names = ["get", "head", "options"]
    docs = {
        "get": Doc("Its estimates, as far as they are revealed", SHAPE, has_etag=True)
    }
    do: Do | None = None
    readers: Mapping[str, fields.Reader] = {}
    needs: tuple[str, ...] = ()

    def find(self, number: str = "", **kwargs: Any) -> Story:
        """The story, or Http404."""
        return get_story(self.user, number)

    def check_allowed(self) -> None:
        """Those who work here look on; the team votes."""
        require(self.user, "process.see")
        if self.request.method not in SAFE:
            require_on(self.user, actions.VERB, self.subject.process)

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """As far as it is revealed."""
        return answers.item(self.plain, _tell(self.subject, self.user))

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Do it, once for its key."""
        return self.once(self._do)

    def _do(self) -> HttpResponse:
        given = fields.read(self.fields(), self.readers)
        if missing := [name for name in self.needs if name not in given]:
            raise Invalid({name: [_("This is needed.")] for name in missing})
        assert self.do is not None
        self.do(story=self.subject, by=self.user, at=self.at, **given)
        return answers.item(self.plain, _tell(self.subject, self.user))


def _verb(
    name: str,
    says: str,
    do: Do,
    readers: Mapping[str, fields.Reader] | None = None,
    takes: Mapping[str, Schema] | None = None,
    needs: tuple[str, ...] = (),
) -> URLPattern:
    doc = Doc(
        says,
        SHAPE,
        body=obj(takes or {}, needs),
        has_etag=True,
        is_keyed=True,
        needs_body=bool(needs),
    )
    view = PokerView.as_view(
        docs={"post": doc},
        http_method_names=["post", "options"],
        do=do,
        readers=readers or {},
        needs=needs,
    )
    return path(f"stories/<str:number>/poker/{name}/", view)


def urls() -> list[URLPattern]:
    """The addresses of estimates."""
    why: Schema = {"type": "string", "maxLength": actions.LONGEST}
    return [
        path("stories/<str:number>/poker/", PokerView.as_view()),
        _verb("open", "Ask the team for estimates", actions.open_round),
        _verb(
            "vote",
            "Say what you think; null: you cannot tell",
            actions.vote,
            {"points": points, "why": fields.text(actions.LONGEST)},
            {"points": ON_SCALE, "why": why},
            ("points",),
        ),
        _verb("reveal", "Show what everybody said", actions.reveal),
        _verb("next", "Everybody says anew", actions.next_round),
        _verb(
            "final",
            "The team's word; it becomes the story's points",
            actions.settle,
            {"points": points},
            {"points": {"type": "integer", "enum": list(SCALE)}},
            ("points",),
        ),
    ]
