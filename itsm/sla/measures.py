"""What stands beside kept promises: rooms above tell what people thought of it."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

Opinions = Callable[[], QuerySet[Any, Any]]
_opinions: list[Opinions] = []


def tell_opinions(opinions: Opinions) -> None:
    """Register the rows `(ticket_id, satisfaction, effort)`, 1 to 5, a ticket once."""
    _opinions[:] = [opinions]


def opinions() -> QuerySet[Any, Any] | None:
    """They; None where no room knows any."""
    return _opinions[0]() if _opinions else None
