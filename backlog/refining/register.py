"""What refinement shows on the pages of the floors below, and tells of estimates."""

from backlog.refining import telling
from backlog.refining.map import panels


def register() -> None:
    """Fill the slots, and add the rules."""
    panels.register()
    telling.register()
