"""What refinement shows on the pages of the floors below."""

from backlog.refining.map import panels


def register() -> None:
    """Fill the slots."""
    panels.register()
