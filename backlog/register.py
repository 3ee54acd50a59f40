"""Each applet's entry into core's registries, called once when the room is ready."""


def all_applets() -> None:
    """Register subjects, panels, readers of the log and invariants."""
