"""What this applet gives the rooms below it."""


def register() -> None:
    """Panels, settings, subjects, invariants and gauges of events in."""
