"""Increments over REST, and their verbs."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.urls import URLPattern, path
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from backlog.increments import actions, queries
from backlog.increments.models import Increment
from backlog.standing import require_on
from core.api import answers, pages
from core.api.filters import choices, named
from core.api.resources import ItemView, Resource, routes
from core.api.schema import (
    FLAG,
    INSTANT,
    OPTIONAL_INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Doc,
    Schema,
    array,
    obj,
    one_of,
    ref,
)
from core.errors import Invalid
from people import api_fields as fields
from people.models import User
from people.policy import require
from processes.models import Process

DATE: Schema = {"type": ["string", "null"], "format": "date"}
SENTENCE = obj({"sentence": TEXT, "holds": FLAG, "checked_at": OPTIONAL_INSTANT})


def day(value: Any) -> date:
    """A date such as 2026-03-02. Raises ValueError with a sentence."""
    try:
        found = parse_date(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or not 1970 <= found.year <= 9000:
        raise ValueError(_("Send a date such as 2026-03-02."))
    return found


READERS: Mapping[str, fields.Reader] = {
    "process": fields.row(Process.objects.all),
    "name": fields.text(120),
    "goal": fields.text(2000),
    "notes": fields.text(5000),
    "position": lambda value: _place(value),
}
TAKEN: dict[str, Schema] = {
    "process": TEXT,
    "name": {"type": "string", "minLength": 1, "maxLength": 120},
    "goal": {"type": "string", "maxLength": 2000},
    "notes": {"type": "string", "maxLength": 5000},
    "position": {
        "type": "integer",
        "minimum": 0,
        "maximum": 9999,
        "description": "Its row on the story map, 0 on top",
    },
}
TOLD: dict[str, Schema] = {
    "id": WHOLE,
    "number": {"type": "integer", "description": "Of its process"},
    "process": TEXT,
    "name": TEXT,
    "goal": TEXT,
    "notes": TEXT,
    "state": one_of(*Increment.State.values),
    "position": WHOLE,
    "stories": array(TEXT),
    "done": array(SENTENCE),
    "how": one_of(*Increment.How.values, empty=True),
    "to_whom": TEXT,
    "release_on": DATE,
    "decided_by": OPTIONAL_TEXT,
    "decided_at": OPTIONAL_INSTANT,
    "released_at": OPTIONAL_INSTANT,
    "created_at": INSTANT,
    "verbs": array(TEXT),
}


def _place(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10_000:
        raise ValueError(_("Send a whole number, 0 on top."))
    return value


def rows(user: User) -> QuerySet[Increment]:
    """As far as they see them, with the stories they see; two queries a list."""
    story: Any = Increment._meta.get_field("stories").related_model
    seen = story.objects.visible_to(user).order_by("rank")
    return (
        queries.visible_to(user)
        .select_related("process__profile")
        .prefetch_related(Prefetch("stories", queryset=seen))
    )


def tell(row: Increment) -> Mapping[str, Any]:
    """One increment."""
    same = ("number", "name", "goal", "notes", "state", "position", "to_whom")
    also = ("release_on", "decided_at", "released_at", "created_at")
    return {
        "id": row.pk,
        **{name: getattr(row, name) for name in (*same, *also)},
        "process": row.process.slug,
        "how": row.how or None,
        "stories": [story.number for story in row.stories.all()],
        "done": _done(row),
        "decided_by": row.decided_by.email if row.decided_by else None,
        "verbs": actions.verbs(row),
    }


def _done(row: Increment) -> list[Mapping[str, Any]]:
    """Each sentence, and whether somebody saw that it holds."""
    profile = getattr(row.process, "profile", None)
    texts = list(row.checked) if row.released_at else (profile.done if profile else [])
    told: list[Mapping[str, Any]] = []
    for text in texts:
        _by, at = row.checked.get(text, (None, None))
        told.append({"sentence": text, "holds": at is not None, "checked_at": at})
    return told


def _may_write(user: User, row: Increment | None) -> None:
    """Of which process a new one is, the action says."""
    if row is not None:
        require_on(user, actions.PLAN, row.process)
    else:
        require(user, "process.see")


def _create(raw: Mapping[str, Any], *, by: User, at: datetime) -> Increment:
    given = fields.read(raw, READERS)
    given.pop("position", None)
    if "process" not in given:
        raise Invalid({"process": [_("This is needed.")]})
    given.setdefault("name", "")
    return actions.plan_increment(by=by, at=at, **given)


def _change(
    row: Increment, raw: Mapping[str, Any], *, by: User, at: datetime
) -> Increment:
    given = fields.read(raw, {n: r for n, r in READERS.items() if n != "process"})
    place = given.pop("position", None)
    row = actions.edit_increment(increment=row, by=by, at=at, given=given)
    if place is not None:
        row = actions.move_increment(increment=row, by=by, at=at, to=place)
    return row


INCREMENTS = Resource(
    name="increments",
    shape="Increment",
    key="pk",
    rows=rows,
    tell=tell,
    told=TOLD,
    order=pages.Order(
        columns={"id": "pk", "position": "position", "release_on": "release_on"},
        first="id",
        nullable=frozenset({"release_on"}),
    ),
    filters=(
        named("process", "process__slug"),
        choices("state", "state", Increment.State.values),
    ),
    create=_create,
    change=_change,
    may_write=_may_write,
    taken=TAKEN,
    required=("process", "name"),
)


class VerbView(ItemView):
    """`POST /api/v1/increments/<id>/<verb>/`."""

    resource = INCREMENTS
    collection = "increments"
    http_method_names = ["post", "options"]
    policy_verb = actions.PLAN
    do: Callable[..., Any] = staticmethod(actions.release)
    readers: Mapping[str, fields.Reader] = {}
    by_user: Mapping[str, Callable[[User], fields.Reader]] = {}
    needs: tuple[str, ...] = ()

    def check_allowed(self) -> None:
        """Its team, or its owner alone."""
        require_on(self.user, self.policy_verb, self.subject.process)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Do it, once for its key."""
        return self.once(self._do)

    def _do(self) -> HttpResponse:
        asking = {name: make(self.user) for name, make in self.by_user.items()}
        given = fields.read(self.fields(), {**self.readers, **asking})
        if missing := [name for name in self.needs if name not in given]:
            raise Invalid({name: [_("This is needed.")] for name in missing})
        self.do(increment=self.subject, by=self.user, at=self.at, **given)
        return answers.item(self.plain, tell(rows(self.user).get(pk=self.subject.pk)))


def verb(
    name: str,
    says: str,
    do: Callable[..., Any],
    *,
    policy_verb: str = actions.PLAN,
    readers: Mapping[str, fields.Reader] | None = None,
    by_user: Mapping[str, Callable[[User], fields.Reader]] | None = None,
    takes: Mapping[str, Schema] | None = None,
    needs: tuple[str, ...] = (),
) -> URLPattern:
    """The address of one verb; readers `by_user` depend on who asks."""
    doc = Doc(
        says,
        ref("Increment"),
        body=obj(takes or {}, needs),
        has_etag=True,
        is_keyed=True,
        needs_body=bool(needs),
    )
    view = VerbView.as_view(
        docs={"post": doc},
        do=do,
        policy_verb=policy_verb,
        readers=readers or {},
        by_user=by_user or {},
        needs=needs,
    )
    return path(f"increments/<str:key>/{name}/", view)


def urls() -> list[URLPattern]:
    """The addresses of increments; those about their stories are a floor above."""
    return [
        *routes(INCREMENTS),
        verb(
            "check",
            "Say that a sentence of the definition of done holds, or not yet",
            actions.check_done,
            readers={"sentence": fields.text(500), "holds": fields.flag},
            takes={"sentence": {"type": "string", "maxLength": 500}, "holds": FLAG},
            needs=("sentence", "holds"),
        ),
        verb(
            "decide",
            "Decide when, how and to whom it is released; the owner's alone",
            actions.decide,
            policy_verb=actions.RELEASE,
            readers={
                "how": fields.choice(*Increment.How.values),
                "to_whom": fields.text(250),
                "release_on": fields.optional(day),
            },
            takes={
                "how": one_of(*Increment.How.values),
                "to_whom": {"type": "string", "maxLength": 250},
                "release_on": DATE,
            },
            needs=("how",),
        ),
        verb(
            "release",
            "Release it now; the owner's alone",
            actions.release,
            policy_verb=actions.RELEASE,
        ),
    ]
