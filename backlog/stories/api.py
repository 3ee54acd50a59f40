"""Stories over REST: the collection in rank order, and their verbs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from backlog.standing import lock, require_on
from backlog.stories import actions
from backlog.stories import api_reading as reading
from backlog.stories.actions.talking import LONGEST_REMARK, require_to_talk
from backlog.stories.models import Criterion, Story
from backlog.stories.queries import get_story
from core.api import answers, pages
from core.api.filters import choices, containing, flag, named, since
from core.api.resources import ChangingView, ItemView, MakingView, Resource, routes
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

NAME, SHAPE = "stories", "Story"
CRITERION = obj(
    {"id": WHOLE, "text": TEXT, "met_at": OPTIONAL_INSTANT, "met_by": OPTIONAL_TEXT}
)
TOLD: dict[str, Schema] = {
    "number": reading.NUMBER,
    "process": TEXT,
    **reading.WRITTEN,
    "wsjf": {"type": ["number", "null"]},
    "rank": TEXT,
    "by_hand": FLAG,
    "state": one_of(*Story.State.values),
    "sprint": reading.OPTIONAL_WHOLE,
    "column": TEXT,
    "blocked": TEXT,
    "criteria": array(CRITERION),
    "external_ref": TEXT,
    "made_by": OPTIONAL_TEXT,
    "created_at": INSTANT,
    "updated_at": INSTANT,
    "done_at": OPTIONAL_INSTANT,
    "dropped_at": OPTIONAL_INSTANT,
    "dropped_why": TEXT,
}
TAKEN: dict[str, Schema] = {
    "process": TEXT,
    **reading.WRITTEN,
    "criteria": reading.CRITERIA,
}
SAME = (
    *("number", "title", "as_a", "i_want", "so_that", "notes"),
    *("value", "time_criticality", "risk_reduction", "size", "points"),
    *("is_published", "rank", "by_hand", "state", "column", "blocked"),
    *("external_ref", "created_at", "updated_at", "done_at", "dropped_at"),
    "dropped_why",
)


def rows(user: User) -> QuerySet[Story]:
    """What somebody may see, with all that is told; two queries."""
    met = Criterion.objects.select_related("met_by").order_by("position", "pk")
    found: QuerySet[Story] = (
        Story.objects.visible_to(user)
        .select_related(
            *("process", "activity", "stakeholder", "assignee", "made_by"),
        )
        .prefetch_related(Prefetch("criteria", met))
    )
    return found


def tell(row: Story) -> Mapping[str, Any]:
    """A story as REST tells it."""
    return {
        **{name: getattr(row, name) for name in SAME},
        "process": row.process.slug,
        "wsjf": None if row.wsjf is None else float(row.wsjf),
        "activity": row.activity.name if row.activity else None,
        "stakeholder": row.stakeholder.name if row.stakeholder else None,
        "increment": row.increment_id,
        "sprint": row.sprint_id,
        "assignee": row.assignee.email if row.assignee else None,
        "made_by": row.made_by.email if row.made_by else None,
        "criteria": [
            {
                "id": one.pk,
                "text": one.text,
                "met_at": one.met_at,
                "met_by": one.met_by.email if one.met_by else None,
            }
            for one in row.criteria.all()
        ],
    }


def _create(raw: Mapping[str, Any], *, by: User, at: datetime) -> Story:
    """First of which process, which says what the rest may be."""
    rest = dict(raw)
    place = {name: rest.pop(name) for name in ("process",) if name in rest}
    found = fields.read(place, {"process": reading.process(by)})
    reading.need(found, "process")
    process = found["process"]
    known = {**reading.readers(process), "criteria": reading.criteria}
    given = fields.read(rest, known)
    reading.need(given, "title")
    return actions.create_story(process=process, by=by, at=at, **given)


def _change(row: Story, raw: Mapping[str, Any], *, by: User, at: datetime) -> Story:
    given = fields.read(raw, reading.readers(row.process))
    return actions.edit_story(story=row, by=by, at=at, given=given)


def _may_write(user: User, row: Story | None) -> None:
    """Of which process a new one is, and so whose, the action says."""
    if row is not None:
        require_on(user, "story.write", row.process)
    else:
        require(user, "process.see")


STORIES = Resource(
    name=NAME,
    shape=SHAPE,
    key="pk",
    rows=rows,
    tell=tell,
    told=TOLD,
    order=pages.Order(
        columns={
            "rank": "rank",
            "number": "pk",
            "updated_at": "updated_at",
            "wsjf": "wsjf",
            "points": "points",
        },
        first="rank",
        nullable=frozenset({"wsjf", "points"}),
    ),
    filters=(
        named("process", "process__slug"),
        choices("state", "state", Story.State.values),
        named("assignee", "assignee__email", nullable="assignee", fold=True),
        named("activity", "activity__name", nullable="activity"),
        flag("by_hand", "by_hand"),
        flag("is_published", "is_published"),
        named("external_ref", "external_ref"),
        containing("q", "title", "i_want", "so_that"),
        since("updated_since", "updated_at"),
    ),
    create=_create,
    change=_change,
    may_write=_may_write,
    taken=TAKEN,
    required=("process", "title"),
)


class StoriesView(MakingView):
    """`/api/v1/stories/`."""

    resource = STORIES
    collection = NAME

    def _told(self, key: str) -> HttpResponse:
        told = tell(rows(self.user).get(pk=key))
        path_ = f"{self.plain.path}{told['number']}/"
        headers = {"Location": self.plain.build_absolute_uri(path_)}
        return answers.item(self.plain, told, status=201, headers=headers)


class OfStory(ItemView):
    """What an address with a story's number has in common."""

    resource = STORIES
    collection = NAME

    def find(self, key: str = "", **kwargs: Any) -> Story:
        """By its number, or Http404."""
        return get_story(self.user, key)

    def told(self) -> HttpResponse:
        """The story as it is now."""
        return answers.item(self.plain, tell(rows(self.user).get(pk=self.subject.pk)))

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The item with its ETag."""
        return self.told()


class StoryView(OfStory, ChangingView):
    """`/api/v1/stories/STO-12/`."""

    def patch(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Change what is given; the order is held first, as all who move hold it."""
        raw = self.fields()
        with transaction.atomic():
            lock(self.subject.process)
            answers.require_current(
                self.plain, lambda: tell(rows(self.user).get(pk=self.subject.pk))
            )
            _change(self.subject, raw, by=self.user, at=self.at)
        return self.told()


@dataclass(frozen=True, slots=True)
class Verb:
    """What is done to a story: its policy, its fields, and the action."""

    says: str
    policy: str
    do: Callable[..., Any]
    body: Mapping[str, Schema] = field(default_factory=dict)
    readers: Callable[[User, Story], Mapping[str, fields.Reader]] = lambda u, s: {}
    required: tuple[str, ...] = ()


def _meet(*, story: Story, id: int, met: bool = True, **more: Any) -> Any:
    row = story.criteria.filter(pk=id).first()
    if row is None:
        raise Invalid({"id": [_("There is no such criterion any more.")]})
    return actions.meet_criterion(criterion=row, met=met, **more)


def _evidence(*, of: tuple[str, int], **more: Any) -> Any:
    return actions.add_evidence(subject_type=of[0], subject_id=of[1], **more)


WHY: Schema = {"type": "string", "maxLength": 250}
VERBS: Mapping[str, Verb] = {
    "move": Verb(
        "Move it: to top, bottom or its place by WSJF, before or after another",
        "story.rank",
        actions.move_story,
        {
            "to": one_of("top", "bottom", "place"),
            "before": reading.NUMBER,
            "after": reading.NUMBER,
        },
        lambda user, story: {
            "to": fields.choice("top", "bottom", "place"),
            "before": reading.story(user),
            "after": reading.story(user),
        },
    ),
    "drop": Verb(
        "It will not be done",
        "story.write",
        actions.drop_story,
        {"why": WHY},
        lambda user, story: {"why": fields.text(250)},
    ),
    "restore": Verb("Bring it back", "story.write", actions.restore_story),
    "split": Verb(
        "Make several of it",
        "story.write",
        actions.split_story,
        {"parts": array(reading.PART), "keep": FLAG},
        lambda user, story: {
            "parts": reading.parts(story.process),
            "keep": fields.flag,
        },
        ("parts",),
    ),
    "merge": Verb(
        "Let it go into another",
        "story.write",
        actions.merge_story,
        {"into": reading.NUMBER},
        lambda user, story: {"into": reading.story(user)},
        ("into",),
    ),
    "comment": Verb(
        "Say something",
        "story.comment",
        lambda *, body, **more: actions.remark(body=body, **more),
        {"body": {"type": "string", "minLength": 1, "maxLength": LONGEST_REMARK}},
        lambda user, story: {"body": fields.text(LONGEST_REMARK)},
        ("body",),
    ),
    "watch": Verb(
        "Hear of it, or no longer",
        "story.comment",
        actions.watch,
        {"on": FLAG},
        lambda user, story: {"on": fields.flag},
    ),
    "criterion": Verb(
        "Add an acceptance criterion",
        "story.write",
        actions.add_criterion,
        {"text": {"type": "string", "minLength": 1, "maxLength": 500}},
        lambda user, story: {"text": fields.text(500)},
        ("text",),
    ),
    "meet": Verb(
        "Say that a criterion holds, or does not",
        "story.write",
        _meet,
        {"id": WHOLE, "met": FLAG},
        lambda user, story: {"id": reading.whole, "met": fields.flag},
        ("id",),
    ),
    "evidence": Verb(
        "Link what speaks for it",
        "story.write",
        _evidence,
        {"of": reading.ABOUT},
        lambda user, story: {"of": reading.about(user)},
        ("of",),
    ),
    "link": Verb(
        "Say how it hangs together with another",
        "story.write",
        actions.link_story,
        {"kind": reading.KIND, "target": reading.NUMBER},
        lambda user, story: {
            "kind": fields.text(20),
            "target": reading.story(user),
        },
        ("kind", "target"),
    ),
}


class VerbView(OfStory):
    """`POST /api/v1/stories/STO-12/<verb>/`."""

    http_method_names = ["post", "options"]
    verb: Verb = None  # type: ignore[assignment]  # given by `urls`

    def check_allowed(self) -> None:
        """The owner and the team; to talk, whoever sees it."""
        if self.verb.policy == "story.comment":
            require_to_talk(self.subject, self.user)
        else:
            require_on(self.user, self.verb.policy, self.subject.process)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Do it, once for its key."""
        return self.once(self._do)

    def _do(self) -> HttpResponse:
        known = self.verb.readers(self.user, self.subject)
        given = fields.read(self.fields(), known)
        reading.need(given, *self.verb.required)
        self.verb.do(story=self.subject, by=self.user, at=self.at, **given)
        return self.told()


def doc(
    says: str, shape: str, body: Mapping[str, Schema], needed: tuple[str, ...]
) -> dict[str, Doc]:
    """What describes a verb."""
    return {
        "post": Doc(
            says,
            ref(shape),
            body=obj(body, needed),
            has_etag=True,
            is_keyed=True,
            needs_body=bool(needed),
        )
    }


def urls() -> list[URLPattern]:
    """The addresses of stories."""
    made, one = routes(STORIES)
    every: Any = made.callback
    item: Any = one.callback
    return [
        path("stories/", StoriesView.as_view(docs=every.view_initkwargs["docs"])),
        path(
            "stories/<str:key>/",
            StoryView.as_view(docs=item.view_initkwargs["docs"]),
        ),
        *(
            path(
                f"stories/<str:key>/{name}/",
                VerbView.as_view(
                    verb=verb, docs=doc(verb.says, SHAPE, verb.body, verb.required)
                ),
            )
            for name, verb in VERBS.items()
        ),
    ]
