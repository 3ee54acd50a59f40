"""How the log knows increments."""

from backlog.increments import queries
from backlog.increments.models import Increment
from core import subjects


def register() -> None:
    """Make them a subject."""
    subjects.register(
        subjects.SubjectType(
            name=Increment.subject_type,
            visible_to=queries.visible_to,
            numbers=queries.names,
            url=lambda number: f"/increments/{number}/",
        )
    )
