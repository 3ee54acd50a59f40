"""A part of a sprint over REST: read at one address, changed by its verbs, each of
which answers with the whole part as it is then."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, path

from backlog.sprints import api_reading as reading
from backlog.sprints import queries
from backlog.sprints.models import Sprint
from backlog.standing import require_on
from core.api import answers
from core.api.schema import Doc, Param, Schema, obj
from core.api.views import SAFE, ApiView
from people import api_fields as fields
from people.models import User

Asked = Mapping[str, Any]
Tell = Callable[[Sprint, User, datetime, Asked], Mapping[str, Any]]
Readers = Callable[[User, Sprint], Mapping[str, fields.Reader]]


@dataclass(frozen=True, slots=True)
class PartVerb:
    """What is done to a part: its policy, its fields, and the action.

    `is_keyed` False: nothing is kept of it for an Idempotency-Key, because what is
    kept names who asked.
    """

    says: str
    policy: str
    do: Callable[..., Any]
    body: Mapping[str, Schema]
    readers: Readers
    required: tuple[str, ...] = ()
    is_keyed: bool = True

    def doc(self, shape: Schema) -> Doc:
        """What describes it."""
        return Doc(
            self.says,
            shape,
            body=obj(self.body, self.required),
            has_etag=True,
            is_keyed=self.is_keyed,
            needs_body=bool(self.required),
        )


@dataclass(frozen=True, slots=True)
class Part:
    """Its address under the sprint, how it is told, its verbs.

    The verb "" is a POST to the address itself. `asks` are query parameters of the
    reading, each with its reader.
    """

    name: str
    says: str
    shape: Schema
    tell: Tell
    verbs: Mapping[str, PartVerb]
    find: Callable[[User, int], Sprint] = queries.get_sprint
    asks: Mapping[str, tuple[Param, fields.Reader]] = field(default_factory=dict)


class PartView(ApiView):
    """`GET /api/v1/sprints/<id>/<part>/`; `POST` there or to one of its verbs."""

    collection = "sprints"
    part: Part = None  # type: ignore[assignment]  # given by `urls`
    verb: PartVerb | None = None

    def find(self, key: str = "", **kwargs: Any) -> Sprint:
        """The sprint, or Http404."""
        return self.part.find(self.user, reading.id_in(key))

    def check_allowed(self) -> None:
        """Who sees it reads it; what a verb asks for, policy says."""
        if self.verb is not None and self.request.method not in SAFE:
            require_on(self.user, self.verb.policy, self.subject.process)

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """As far as this person may see it."""
        readers = {name: reader for name, (_p, reader) in self.part.asks.items()}
        return self._told(reading.asked(self.plain, readers))

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Do it; once for its key, where a key may be kept."""
        assert self.verb is not None
        return self.once(self._do) if self.verb.is_keyed else self._do()

    def _do(self) -> HttpResponse:
        assert self.verb is not None
        known = self.verb.readers(self.user, self.subject)
        given = fields.read(self.fields(), known)
        reading.need(given, *self.verb.required)
        self.verb.do(sprint=self.subject, by=self.user, at=self.at, **given)
        self.subject = self.part.find(self.user, self.subject.pk)
        return self._told(given)

    def _told(self, asked: Asked) -> HttpResponse:
        told = self.part.tell(self.subject, self.user, self.at, asked)
        return answers.item(self.plain, told)


def urls(part: Part) -> list[URLPattern]:
    """The addresses of a part and of its verbs."""
    base = f"sprints/<str:key>/{part.name}/"
    query = tuple(param for param, _reader in part.asks.values())
    docs = {"get": Doc(part.says, part.shape, query=query, has_etag=True)}
    here = part.verbs.get("")
    methods = ["get", "head", "options"]
    if here is not None:
        docs["post"] = here.doc(part.shape)
        methods.append("post")
    view = PartView.as_view(part=part, verb=here, docs=docs, http_method_names=methods)
    return [path(base, view), *_verb_urls(part, base)]


def _verb_urls(part: Part, base: str) -> list[URLPattern]:
    return [
        path(
            f"{base}{name}/",
            PartView.as_view(
                part=part,
                verb=verb,
                docs={"post": verb.doc(part.shape)},
                http_method_names=["post", "options"],
            ),
        )
        for name, verb in part.verbs.items()
        if name
    ]
