"""How the log, search and links know a process."""

from collections.abc import Iterable, Mapping

from django.db.models import QuerySet

from core import subjects
from people import policy
from people.models import User
from processes.models import Process


def visible_to(user: User) -> QuerySet[Process]:
    """Staff see all processes, requesters none."""
    if policy.allows(user, "process.see"):
        return Process.objects.all()
    return Process.objects.none()


def numbers(ids: Iterable[int]) -> Mapping[int, str]:
    """A process is called by its slug. One query."""
    return dict(Process.objects.filter(pk__in=list(ids)).values_list("pk", "slug"))


def register() -> None:
    """Make processes known to core."""
    subjects.register(
        subjects.SubjectType(
            name=Process.subject_type,
            visible_to=visible_to,
            numbers=numbers,
            url=lambda slug: f"/processes/{slug}/",
        )
    )
