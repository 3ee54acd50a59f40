"""How the log knows increments, and who is told of them."""

from backlog.increments import queries, telling
from backlog.increments.models import Increment
from core import subjects


def register() -> None:
    """Make them a subject that is told."""
    subjects.register(
        subjects.SubjectType(
            name=Increment.subject_type,
            visible_to=queries.visible_to,
            numbers=queries.names,
            url=lambda number: f"/increments/{number}/",
        )
    )
    telling.register()
