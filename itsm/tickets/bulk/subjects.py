"""How the log knows a batch: it is its starter's, and administrators see it."""

from collections.abc import Iterable, Mapping

from django.db.models import QuerySet

from core import subjects
from itsm.tickets.bulk.models import Bulk
from people.models import User
from people.roles import Role


def visible_to(user: User) -> QuerySet[Bulk]:
    """The batches somebody may look at."""
    rows = Bulk.objects.select_related("by")
    return rows if user.has_role(Role.ADMINISTRATOR) else rows.filter(by_id=user.pk)


def register() -> None:
    """Make batches a subject."""
    subjects.register(
        subjects.SubjectType(
            name=Bulk.subject_type,
            visible_to=visible_to,
            numbers=_numbers,
            url=lambda number: f"/queue/bulk/{number}/",
        )
    )


def _numbers(ids: Iterable[int]) -> Mapping[int, str]:
    return {pk: str(pk) for pk in ids}
