"""The profile's entry into core's registries."""

from backlog.profile import queries
from core import slots


def register() -> None:
    """Put it onto the process's page."""
    slots.fill("process.page", "profile", queries.about, order=10, queries=10)
