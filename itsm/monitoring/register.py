"""What this applet gives the rooms below it."""

from itsm.monitoring import source_subjects

PARTS = (source_subjects,)


def register() -> None:
    """Panels, settings, subjects, invariants and gauges of events in."""
    for part in PARTS:
        part.register()
