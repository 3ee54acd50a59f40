"""The map's verbs over REST: a story's place, an increment's stories, less backbone."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from backlog.increments.api import verb
from backlog.increments.models import Increment
from backlog.mapping import actions as mapping
from backlog.mapping.api import ACTIVITIES
from backlog.mapping.models import Activity
from backlog.refining.map import actions
from backlog.standing import require_on
from backlog.stories.models import Story
from backlog.stories.queries import get_story
from core.api import answers
from core.api.resources import ItemView
from core.api.schema import OPTIONAL_TEXT, TEXT, WHOLE, Doc, Schema, array, obj
from core.api.views import ApiView
from people import api_fields as fields
from people.models import User

NUMBERS = array({"type": "string", "examples": ["STO-12"]})
MOST = 200  # stories at once
OPTIONAL_WHOLE: Schema = {"type": ["integer", "null"]}
PLACE = obj(
    {
        "number": TEXT,
        "activity": OPTIONAL_WHOLE,
        "increment": OPTIONAL_WHOLE,
        "rank": TEXT,
    }
)


def story_of(user: User) -> fields.Reader:
    """A story that this person sees, by its number."""

    def reader(value: Any) -> Story:
        try:
            return get_story(user, fields.text(30)(value))
        except Http404 as none:
            raise ValueError(_("There is no “%(name)s”.") % {"name": value}) from none

    return reader


def stories_of(user: User) -> fields.Reader:
    """A list of them."""

    def reader(value: Any) -> list[Story]:
        if not isinstance(value, list) or len(value) > MOST:
            words = {"most": MOST}
            raise ValueError(_("Send a list of at most %(most)s.") % words)
        return list(map(story_of(user), value))

    return reader


def _of(model: Any, story: Story) -> fields.Reader:
    """A row of the story's process by its id, or none for null."""

    def reader(value: Any) -> Any:
        if value is None:
            return None
        is_id = isinstance(value, int) and not isinstance(value, bool)
        rows = model.objects.filter(process_id=story.process_id)
        found = rows.filter(pk=value).first() if is_id and abs(value) < 2**63 else None
        if found is None:
            raise ValueError(_("There is no “%(name)s”.") % {"name": value})
        return found

    return reader


class PlaceView(ApiView):
    """`POST /api/v1/stories/STO-12/place/`: its cell on the map, and where in it."""

    collection = "stories"
    http_method_names = ["post", "options"]
    docs = {
        "post": Doc(
            "Put it elsewhere on the story map; before null: last in its place",
            PLACE,
            body=obj(
                {
                    "activity": OPTIONAL_WHOLE,
                    "increment": OPTIONAL_WHOLE,
                    "before": OPTIONAL_TEXT,
                },
                (),
            ),
            has_etag=True,
            is_keyed=True,
        )
    }

    def find(self, number: str = "", **kwargs: Any) -> Story:
        """The story, or Http404."""
        return get_story(self.user, number)

    def check_allowed(self) -> None:
        """Its team."""
        require_on(self.user, "story.write", self.subject.process)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Do it, once for its key."""
        return self.once(self._do)

    def _do(self) -> HttpResponse:
        readers: Mapping[str, fields.Reader] = {
            "activity": _of(Activity, self.subject),
            "increment": _of(Increment, self.subject),
            "before": fields.optional(story_of(self.user)),
        }
        given = fields.read(self.fields(), readers)
        story = actions.place_story(
            story=self.subject, by=self.user, at=self.at, **given
        )
        told = {
            "number": story.number,
            "activity": story.activity_id,
            "increment": story.increment_id,
            "rank": story.rank,
        }
        return answers.item(self.plain, told)


class DropView(ItemView):
    """`POST /api/v1/activities/<id>/drop/`."""

    resource = ACTIVITIES
    collection = "activities"
    http_method_names = ["post", "options"]
    docs = {
        "post": Doc(
            "Take it off the map; its stories stand in its parent, or beside the map",
            obj({"id": WHOLE}),
            body=obj({}, ()),
            has_etag=True,
            is_keyed=True,
        )
    }

    def check_allowed(self) -> None:
        """Its team."""
        require_on(self.user, mapping.VERB, self.subject.process)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Do it, once for its key."""
        return self.once(self._do)

    def _do(self) -> HttpResponse:
        fields.read(self.fields(), {})
        pk = self.subject.pk
        actions.drop_activity(activity=self.subject, by=self.user, at=self.at)
        return answers.item(self.plain, {"id": pk})


def urls() -> list[URLPattern]:
    """The addresses of what the map's page does."""
    about: dict[str, Any] = {"takes": {"stories": NUMBERS}, "needs": ("stories",)}
    return [
        path("stories/<str:number>/place/", PlaceView.as_view()),
        path("activities/<str:key>/drop/", DropView.as_view()),
        verb("add", "Put stories into it", actions.add_stories, by_user=BY, **about),
        verb("remove", "Take them out", actions.remove_stories, by_user=BY, **about),
        verb("drop", "It will not come; its stories wait", actions.drop_increment),
    ]


BY = {"stories": stories_of}  # readers that ask who reads
