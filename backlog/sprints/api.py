"""Sprints over REST: the collection, their verbs, the board, and impediments."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, path

from backlog.sprints import actions, queries
from backlog.sprints import api_reading as reading
from backlog.sprints import scope_actions as scope
from backlog.sprints.models import Sprint
from backlog.standing import require_on
from core.api import answers, pages
from core.api.filters import Filter, choices, named
from core.api.resources import ItemView, Resource, routes
from core.api.schema import (
    INSTANT,
    OPTIONAL_INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Schema,
    array,
    one_of,
    ref,
)
from people import api_fields as fields
from people.models import User
from people.policy import require

DATE: Schema = {"type": "string", "format": "date"}
NUMBERS: Schema = array({"type": "string", "examples": ["STO-12"]})


LONG: Schema = {"type": "string", "maxLength": actions.LONGEST_TEXT}
READERS: Mapping[str, fields.Reader] = {
    "goal": fields.text(actions.LONGEST_GOAL),
    "team": fields.optional(fields.TEAM),
    "starts_on": reading.day,
    "ends_on": reading.day,
    **{name: fields.text(actions.LONGEST_TEXT) for name in actions.KATA},
}
TAKEN: dict[str, Schema] = {
    "process": TEXT,
    "goal": {"type": "string", "minLength": 1, "maxLength": actions.LONGEST_GOAL},
    "team": OPTIONAL_TEXT,
    "starts_on": DATE,
    "ends_on": DATE,
    **dict.fromkeys(actions.KATA, LONG),
}
TOLD: dict[str, Schema] = {
    "id": WHOLE,
    "number": WHOLE,
    **TAKEN,
    "state": one_of(*Sprint.State.values),
    "stories": NUMBERS,
    "forecast": NUMBERS,
    "done": NUMBERS,
    "created_at": INSTANT,
    "started_at": OPTIONAL_INSTANT,
    "ended_at": OPTIONAL_INSTANT,
    "cancelled_why": TEXT,
}


def _tell(row: Sprint) -> Mapping[str, Any]:
    held = row.held.all()
    same = ("number", "goal", *actions.KATA, "starts_on", "ends_on", "state")
    also = ("created_at", "started_at", "ended_at", "cancelled_why")
    return {
        "id": row.pk,
        **{name: getattr(row, name) for name in (*same, *also)},
        "process": row.process.slug,
        "team": row.team.slug if row.team else None,
        "stories": [one.story.number for one in held],
        "forecast": [one.story.number for one in held if one.in_forecast],
        "done": [one.story.number for one in held if one.done_at],
    }


def _create(raw: Mapping[str, Any], *, by: User, at: datetime) -> Sprint:
    given = fields.read(raw, {"process": reading.process(by), **READERS})
    needed = ("process", "goal", "starts_on", "ends_on")
    reading.need(given, *needed)
    return actions.plan_sprint(by=by, at=at, **given)


def _change(row: Sprint, raw: Mapping[str, Any], *, by: User, at: datetime) -> Sprint:
    given = fields.read(raw, READERS)
    return actions.edit_sprint(sprint=row, by=by, at=at, given=given)


def _may_write(user: User, row: Sprint | None) -> None:
    """Of which process a new one is, and so whose, the action says."""
    if row is not None:
        require_on(user, "sprint.plan", row.process)
    else:
        require(user, "backlog.see")


def _of_process(name: str = "process") -> Filter:
    return named(name, "process__slug")


SPRINTS = Resource(
    name="sprints",
    shape="Sprint",
    key="pk",
    rows=queries.with_stories,
    tell=_tell,
    told=TOLD,
    order=pages.Order(
        columns={"id": "pk", "starts_on": "starts_on", "number": "number"},
        first="-id",
    ),
    filters=(
        _of_process(),
        choices("state", "state", Sprint.State.values),
        named("team", "team__slug", nullable="team"),
    ),
    create=_create,
    change=_change,
    may_write=_may_write,
    taken=TAKEN,
    required=("process", "goal", "starts_on", "ends_on"),
)


@dataclass(frozen=True, slots=True)
class Verb:
    """What is done to a sprint: its policy, its fields, and the action."""

    says: str
    policy: str
    do: Callable[..., Any]
    body: Mapping[str, Schema] = field(default_factory=dict)
    readers: Callable[[User], Mapping[str, fields.Reader]] = lambda user: {}
    required: tuple[str, ...] = ()


PLACES: Schema = {
    "type": "object",
    "additionalProperties": one_of(*scope.PLACES),
    "examples": [{"STO-12": "backlog"}],
}
VERBS: Mapping[str, Verb] = {
    "add": Verb(
        "Bring stories in",
        "sprint.plan",
        scope.add_stories,
        {"stories": NUMBERS},
        lambda user: {"stories": reading.stories(user)},
        ("stories",),
    ),
    "remove": Verb(
        "Take stories out",
        "sprint.plan",
        scope.remove_stories,
        {"stories": NUMBERS},
        lambda user: {"stories": reading.stories(user)},
        ("stories",),
    ),
    "start": Verb(
        "Begin it; what it holds is the forecast", "sprint.plan", actions.start
    ),
    "close": Verb(
        "End it; every story that is not done needs a place",
        "sprint.plan",
        lambda *, to=None, **more: scope.close(to=to or {}, **more),
        {"to": PLACES},
        lambda user: {"to": reading.places(user)},
    ),
    "cancel": Verb(
        "End it without its goal; the process owner alone may",
        "sprint.cancel",
        actions.cancel,
        {"why": {"type": "string", "maxLength": actions.LONGEST_WHY}},
        lambda user: {"why": fields.text(actions.LONGEST_WHY)},
    ),
}


class VerbView(ItemView):
    """`POST /api/v1/sprints/<id>/<verb>/`."""

    resource = SPRINTS
    collection = "sprints"
    http_method_names = ["post", "options"]
    verb: Verb = None  # type: ignore[assignment]  # given by `urls`

    def check_allowed(self) -> None:
        """The team; to cancel, the owner."""
        require_on(self.user, self.verb.policy, self.subject.process)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Do it, once for its key."""
        return self.once(self._do)

    def _do(self) -> HttpResponse:
        given = fields.read(self.fields(), self.verb.readers(self.user))
        reading.need(given, *self.verb.required)
        self.verb.do(sprint=self.subject, by=self.user, at=self.at, **given)
        fresh = queries.with_stories(self.user).get(pk=self.subject.pk)
        return answers.item(self.plain, _tell(fresh))


def _verb_urls() -> list[URLPattern]:
    return [
        path(
            f"sprints/<str:key>/{name}/",
            VerbView.as_view(
                verb=verb,
                docs=reading.doc(verb.says, ref("Sprint"), verb.body, verb.required),
            ),
        )
        for name, verb in VERBS.items()
    ]


def urls() -> list[URLPattern]:
    """The addresses of sprints."""
    return [*routes(SPRINTS), *_verb_urls()]
