"""Page-shaped reads of stories; each says how many queries it costs."""

import re

from django.http import Http404
from django.utils.translation import gettext as _

from backlog.stories.models import Story
from backlog.stories.querysets import StoryQuerySet
from core import prepared
from people.models import User
from processes.models import Process

NUMBER = re.compile(r"STO-([1-9][0-9]{0,17})", re.IGNORECASE)


def id_of(number: str) -> int | None:
    """12 of STO-12; None for what is no number of a story."""
    found = NUMBER.fullmatch(number.strip())
    return int(found[1]) if found else None


def get_story(user: User, number: str) -> Story:
    """A story this person may see, by its number; Http404 otherwise. One query."""
    pk = id_of(number)
    found = [] if pk is None else _with_all(user, pk)
    if not found:
        raise Http404(_("There is no such story for you."))
    return found[0]


def _with_all(user: User, pk: int) -> list[Story]:
    def build(pk: int) -> StoryQuerySet:
        rows = Story.objects.visible_to(user).select_related(
            *("process__owner", "sprint", "activity", "increment", "stakeholder"),
            *("assignee", "made_by", "idea"),
        )
        return rows.filter(pk=pk)

    if not (user.is_staff and user.is_active):  # whose it is, is part of the question
        return list(build(pk))
    return prepared.instances("a story with all of it", build, pk=pk)


def backlog_of(process: Process, user: User) -> StoryQuerySet:
    """The open stories of a process that this person may see, in rank order."""
    rows = Story.objects.visible_to(user).filter(process=process)
    return rows.filter(state__in=(Story.State.OPEN, Story.State.DOING)).order_by("rank")
