"""The applet's entries in core's registries."""

from collections.abc import Iterable, Mapping

from backlog.sprints import following, queries, taking, telling
from backlog.sprints.models import Sprint
from core import slots, subjects


def _ids(ids: Iterable[int]) -> Mapping[int, str]:
    """They are called by their id."""
    return {pk: str(pk) for pk in ids}


def register() -> None:
    """Make sprints known, and let them join what happens to their stories."""
    subjects.register(
        subjects.SubjectType(
            name=Sprint.subject_type,
            visible_to=queries.visible_to,
            numbers=_ids,
            url=lambda number: f"/sprints/{number}/",
        )
    )
    following.register()
    telling.register()
    slots.fill("story.to_sprint", "sprints", taking.take)
