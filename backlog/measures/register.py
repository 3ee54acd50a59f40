"""The applet's entries in core's registries."""

from backlog.measures import invariants


def register() -> None:
    """Say what must be true of charts."""
    invariants.register()
