"""Stories in search and in the command palette."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as T

from backlog.stories.models import Story
from backlog.stories.queries import id_of
from core import finders
from core.finders import Hit
from core.reader import phrase


def find(user: Any, words: str, limit: int) -> Sequence[Hit]:
    """By number or by words of the title; one query."""
    wanted, pk = Q(title__icontains=words), id_of(words)
    if pk is not None:
        wanted |= Q(pk=pk)
    rows = Story.objects.visible_to(user).filter(wanted).select_related("process")
    return [
        Hit(
            title=story.title,
            url=f"/backlog/{story.process.slug}/stories/{story.number}/",
            note=f"{story.number} · {phrase(story.process.name)}",
            icon="stack",
        )
        for story in rows.order_by("-updated_at")[: limit + 1]
    ]


def register() -> None:
    """For everybody: what was published is found by requesters, too."""
    finders.register(finders.Finder("stories", T("Stories"), "stack", find, order=45))
