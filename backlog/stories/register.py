"""The applet's entries in core's registries."""

from backlog.stories import subjects


def register() -> None:
    """Make stories and ideas known."""
    subjects.register()
