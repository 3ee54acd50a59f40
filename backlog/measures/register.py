"""The applet's entries in core's registries."""

from backlog.measures import invariants, panels


def register() -> None:
    """Say what must be true of charts, and put them on the pages of sprints."""
    invariants.register()
    panels.register()
