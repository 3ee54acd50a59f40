"""The applet's entries in core's registries."""

from backlog.increments.models import Increment
from backlog.mapping.models import Activity
from backlog.profile.models import Stakeholder
from backlog.stories import (
    finding,
    invariants,
    ordering,
    panels,
    shorten,
    subjects,
    telling,
    words,
)
from backlog.stories.models import StoryLink
from people import history
from people.models import User


def register() -> None:
    """Make stories and ideas known, shown, found and told; keep ranks in order."""
    subjects.register()
    panels.register()
    finding.register()
    telling.register()
    shorten.register()
    ordering.register()
    invariants.register()
    history.know(
        words=words.HAPPENED,
        fields=words.HAPPENED_TO,
        rows={
            "assignee": User,
            "mentioned": User,
            "increment": Increment,
            "activity": Activity,
            "stakeholder": Stakeholder,
        },
        texts=("title", "as_a", "i_want", "so_that", "notes", "text", "why"),
        silent=(
            "evidence_type",
            "evidence_id",
            "rank",
            "remark",
            "criterion",
            "file",
            "process",
            "sprint",
        ),
        numbered={"into": "story", "from": "story", "story": "story"},
    )
    history.say_choices(link=dict(StoryLink.Kind.choices))
