"""How the log, search, links and live updates know stories and ideas."""

from collections.abc import Iterable, Mapping

from django.db.models import QuerySet

from backlog.stories.models import Idea, Story
from core import subjects
from people.models import User


def numbers(ids: Iterable[int]) -> Mapping[int, str]:
    """STO-12 by id; nothing is asked."""
    return {pk: f"STO-{pk}" for pk in ids}


def ideas_visible_to(user: User) -> QuerySet[Idea]:
    """Staff see all; others their own."""
    if not user.is_authenticated or not user.is_active:
        return Idea.objects.none()
    return Idea.objects.all() if user.is_staff else Idea.objects.filter(by=user)


def register() -> None:
    """Make both subjects."""
    subjects.register(
        subjects.SubjectType(
            name=Story.subject_type,
            visible_to=Story.objects.visible_to,
            numbers=numbers,
            url=lambda number: f"/backlog/stories/{number}/",
        )
    )
    subjects.register(
        subjects.SubjectType(
            name=Idea.subject_type,
            visible_to=ideas_visible_to,
            numbers=lambda ids: {pk: str(pk) for pk in ids},
            url=lambda number: f"/backlog/ideas/{number}/",
        )
    )
