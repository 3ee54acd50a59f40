"""The applet's entries in core's registries."""

from backlog.increments.models import Increment
from backlog.mapping.models import Activity
from backlog.profile.models import Stakeholder
from backlog.stories import (
    finding,
    invariants,
    panels,
    shorten,
    subjects,
    telling,
    words,
)
from people import history
from people.models import User


def register() -> None:
    """Make stories and ideas known, shown, found and told; keep ranks short."""
    subjects.register()
    panels.register()
    finding.register()
    telling.register()
    shorten.register()
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
        silent=("rank", "remark", "criterion", "file", "id", "process", "sprint"),
        numbered={"into": "story", "from": "story", "story": "story"},
    )
