"""Refinement sessions over REST, with their agenda and its verbs."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from backlog.refining.map.api import story_of
from backlog.refining.models import AgendaItem, Session
from backlog.refining.sessions import actions, queries
from backlog.standing import require_on
from core.api import answers, pages
from core.api.filters import named
from core.api.resources import ItemView, Resource, routes
from core.api.schema import (
    INSTANT,
    OPTIONAL_INSTANT,
    TEXT,
    WHOLE,
    Doc,
    Schema,
    array,
    obj,
    ref,
)
from core.errors import Invalid
from people import api_fields as fields
from people.models import User
from people.policy import require
from processes.models import Process

ITEM = obj(
    {
        "story": TEXT,
        "missing": array(TEXT),
        "outcome": TEXT,
        "started_at": OPTIONAL_INSTANT,
        "ended_at": OPTIONAL_INSTANT,
    }
)
TOLD: dict[str, Schema] = {
    "id": WHOLE,
    "process": TEXT,
    "starts_at": INSTANT,
    "minutes": WHOLE,
    "started_at": OPTIONAL_INSTANT,
    "ended_at": OPTIONAL_INSTANT,
    "agenda": array(ITEM),
    "verbs": array(TEXT),
}
TAKEN: dict[str, Schema] = {
    "process": TEXT,
    "starts_at": INSTANT,
    "minutes": {
        "type": "integer",
        "minimum": actions.SHORTEST,
        "maximum": actions.LONGEST,
    },
}


def _minutes(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 10_000:
        raise ValueError(_("Send a whole number."))
    return value


READERS: Mapping[str, fields.Reader] = {
    "process": fields.row(Process.objects.all),
    "starts_at": fields.instant,
    "minutes": _minutes,
}


def rows(user: User) -> QuerySet[Session]:
    """With their agendas; two queries a list."""
    agenda = AgendaItem.objects.select_related("story").order_by("position", "pk")
    return queries.visible_to(user).prefetch_related(Prefetch("items", queryset=agenda))


def tell(row: Session) -> Mapping[str, Any]:
    """One session."""
    return {
        "id": row.pk,
        "process": row.process.slug,
        "starts_at": row.at,
        "minutes": row.minutes,
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "agenda": [
            {
                "story": item.story.number,
                "missing": [slug for slug in item.why.split(",") if slug],
                "outcome": item.outcome,
                "started_at": item.started_at,
                "ended_at": item.ended_at,
            }
            for item in row.items.all()
        ],
        "verbs": actions.verbs(row),
    }


def _may_write(user: User, row: Session | None) -> None:
    """Of which process a new one is, the action says."""
    if row is not None:
        require_on(user, actions.VERB, row.process)
    else:
        require(user, "process.see")


def _create(raw: Mapping[str, Any], *, by: User, at: datetime) -> Session:
    given = fields.read(raw, READERS)
    if missing := {"process", "starts_at"} - given.keys():
        raise Invalid({name: [_("This is needed.")] for name in sorted(missing)})
    return actions.plan_session(by=by, at=at, **given)


def _change(row: Session, raw: Mapping[str, Any], *, by: User, at: datetime) -> Session:
    known = {name: READERS[name] for name in ("starts_at", "minutes")}
    given = {"starts_at": row.at, "minutes": row.minutes, **fields.read(raw, known)}
    return actions.move_session(session=row, by=by, at=at, **given)


SESSIONS = Resource(
    name="refinements",
    shape="Refinement",
    key="pk",
    rows=rows,
    tell=tell,
    told=TOLD,
    order=pages.Order(columns={"id": "pk", "starts_at": "at"}, first="-id"),
    filters=(named("process", "process__slug"),),
    create=_create,
    change=_change,
    may_write=_may_write,
    taken=TAKEN,
    required=("process", "starts_at"),
)


def _item(session: Session, story: Any) -> AgendaItem:
    """The story's place on the agenda; Invalid where it has none."""
    found = session.items.filter(story=story).select_related("story").first()
    if found is None:
        raise Invalid({"story": [_("It is not on the agenda.")]})
    return found


def remove(*, session: Session, story: Any, by: User, at: datetime) -> None:
    """Take it off the agenda."""
    actions.remove_item(item=_item(session, story), by=by, at=at)


def turn(*, session: Session, story: Any, by: User, at: datetime) -> None:
    """Turn to it."""
    actions.start_item(item=_item(session, story), by=by, at=at)


def conclude(
    *, session: Session, story: Any, outcome: str, by: User, at: datetime
) -> None:
    """Say what became of it."""
    actions.end_item(item=_item(session, story), by=by, at=at, outcome=outcome)


class VerbView(ItemView):
    """`POST /api/v1/refinements/<id>/<verb>/`."""

    resource = SESSIONS
    collection = "refinements"
    http_method_names = ["post", "options"]
    do: Callable[..., Any] | None = None
    needs: tuple[str, ...] = ()

    def check_allowed(self) -> None:
        """Its team."""
        require_on(self.user, actions.VERB, self.subject.process)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Do it, once for its key."""
        return self.once(self._do)

    def _do(self) -> HttpResponse:
        known: dict[str, fields.Reader] = {
            "story": story_of(self.user),
            "outcome": fields.text(actions.LONGEST_OUTCOME),
        }
        readers = {name: known[name] for name in self.needs}
        given = fields.read(self.fields(), readers)
        if missing := [name for name in self.needs if name not in given]:
            raise Invalid({name: [_("This is needed.")] for name in missing})
        assert self.do is not None
        self.do(session=self.subject, by=self.user, at=self.at, **given)
        return answers.item(self.plain, tell(rows(self.user).get(pk=self.subject.pk)))


def _verb(name: str, says: str, do: Callable[..., Any], *needs: str) -> URLPattern:
    takes: dict[str, Schema] = {
        "story": TEXT,
        "outcome": {"type": "string", "maxLength": actions.LONGEST_OUTCOME},
    }
    doc = Doc(
        says,
        ref("Refinement"),
        body=obj({name: takes[name] for name in needs}, needs),
        has_etag=True,
        is_keyed=True,
        needs_body=bool(needs),
    )
    view = VerbView.as_view(docs={"post": doc}, do=do, needs=needs)
    return path(f"refinements/<str:key>/{name}/", view)


def urls() -> list[URLPattern]:
    """The addresses of sessions."""
    return [
        *routes(SESSIONS),
        _verb("start", "Begin; its clock runs", actions.start_session),
        _verb("add", "Put a story on the agenda", actions.add_item, "story"),
        _verb("remove", "Take one off the agenda", remove, "story"),
        _verb("item", "Turn to a story", turn, "story"),
        _verb("outcome", "Say what became of it", conclude, "story", "outcome"),
        _verb("end", "End it", actions.end_session),
    ]
