"""Stories that are ticked in the backlog's list come into a sprint."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from backlog.sprints.models import Sprint
from backlog.sprints.scope_actions import add_stories
from backlog.stories.models import Story
from core.errors import Invalid
from people.models import User


def take(stories: Sequence[Story], pk: int, *, by: User, at: datetime) -> None:
    """Bring them into the sprint of this id, for the slot `story.to_sprint`."""
    sprint = Sprint.objects.filter(pk=pk).select_related("process").first()
    if sprint is None:
        raise Invalid({"sprint": [_("There is no such sprint.")]})
    add_stories(sprint=sprint, by=by, at=at, stories=stories)
