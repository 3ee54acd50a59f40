"""Each applet's entry into core's registries, called once when the room is ready."""


def all_applets() -> None:
    """Register subjects, consumers and slots."""
