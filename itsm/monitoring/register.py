"""What this applet gives the rooms below it."""

from itsm.monitoring import beside, seen_subjects

PARTS = (seen_subjects, beside)


def register() -> None:
    """Panels, settings, subjects, invariants and gauges of events in."""
    for part in PARTS:
        part.register()
