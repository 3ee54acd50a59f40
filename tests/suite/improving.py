"""One of each of what a Process Backlog holds, with words that only some may read.

Dana owns the incident process; nobody of those who ask here is in its team. Carol is
on its map of stakeholders, Mallory has nothing to do with it. A story that was
published is read by every requester, its backlog by who is on the map.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.files.base import ContentFile

from backlog.increments.models import Increment
from backlog.mapping.models import Activity
from backlog.profile import actions as profile
from backlog.profile.models import Stakeholder
from backlog.refining.models import AgendaItem, Session
from backlog.sprints.models import Impediment, Sprint
from backlog.stories.actions import attach, create_story
from backlog.stories.models import Idea, Story
from tests.cast import Cast
from tests.factories import PNG

READERS = frozenset({"bob", "frank", "grace"})  # who works here
# Whose reading each word may show up in; nobody who asks is owner or team.
WORDS: dict[str, frozenset[str]] = {
    "Zqopinionxk": frozenset(),
    "Zqstoryxk": READERS,
    "Zqpublishedxk": READERS | {"carol", "mallory"},
    "Zqideaxk": READERS,
    "Zqsprintxk": READERS | {"carol"},  # at its review
    "Zqimpedimentxk": READERS,
    "Zqincrementxk": READERS,
    "Zqneedsxk": READERS,
}
# Verbs of stories, sprints and increments that who only reads the backlog may use.
OF_READERS = frozenset(
    {"comment", "remark", "watch", "unwatch", "feedback", "idea", "ideas"}
)


@dataclass
class Improving:
    """The keys of those rows, by collection; the number of the unpublished story."""

    keys: dict[str, str] = field(default_factory=dict)
    number: str = ""


def improving(cast: Cast, *, at: datetime) -> Improving:
    """Make them."""
    process, day = cast.processes["incident"], at.date()
    given = {"process": process, "by": cast.dana, "at": at}
    who: Stakeholder = profile.add_stakeholder(
        user=cast.carol, opinion="Zqopinionxk", needs="Zqneedsxk", **given
    )
    story = create_story(title="Zqstoryxk", **given)
    published = create_story(title="Zqpublishedxk", **given)
    Story.objects.filter(pk=published.pk).update(is_published=True)
    idea = Idea.objects.create(
        process=process, text="Zqideaxk", by=cast.erin, at=at, answer_by=at
    )
    sprint = Sprint.objects.create(
        process=process,
        number=1,
        goal="Zqsprintxk",
        starts_on=day,
        ends_on=day + timedelta(days=13),
        state=Sprint.State.RUNNING,
        created_at=at,
        started_at=at,
    )
    impediment = Impediment.objects.create(
        process=process, text="Zqimpedimentxk", by=cast.dana, at=at, needs_help=True
    )
    increment = Increment.objects.create(
        process=process, number=1, name="Zqincrementxk", created_at=at
    )
    activity = Activity.objects.create(process=process, name="Register")
    picture = attach(
        story=story, by=cast.dana, at=at, file=ContentFile(PNG, name="screen.png")
    )
    session = Session.objects.create(process=process, at=at)
    item = AgendaItem.objects.create(session=session, story=story, position=0)
    made = {
        "files": picture,
        "sessions": session,
        "items": item,
        "sprints": sprint,
        "increments": increment,
        "impediments": impediment,
        "activities": activity,
        "ideas": idea,
        "stakeholders": who,
        "members": profile.add_member(user=cast.alice, **given),
        "statements": profile.add_statement(kind="policy", title="One", **given),
        "aims": profile.add_aim(kind="objective", title="One", **given),
    }
    keys = {name: str(row.pk) for name, row in made.items()}
    return Improving(keys | {"stories": story.number}, story.number)


def secrets(role: str) -> list[str]:
    """The words this role must never read."""
    return [word for word, readers in WORDS.items() if role not in readers]


def key_in(pattern: str, made: Improving) -> str:
    """The key of the row that an address names; empty where it is of another room."""
    for part in reversed(pattern.split("/")):
        if part == "files" and "backlog" not in pattern:
            return ""
        if part in made.keys:
            return made.keys[part]
    return ""


def is_of_readers(pattern: str) -> bool:
    """Whether the last word of an address is something that a reader may do."""
    words = [w for w in pattern.split("/") if w and w[0] not in "<{"]
    return words[-1] in OF_READERS
