"""The applet's entries in core's registries."""

from backlog.stories import invariants, shorten, subjects


def register() -> None:
    """Make stories and ideas known; keep ranks short; say what must be true."""
    subjects.register()
    shorten.register()
    invariants.register()
