"""What this applet gives the rooms below it."""

from itsm.monitoring import (
    beside,
    gauges,
    invariants,
    seen_subjects,
    source_subjects,
)
from itsm.monitoring.deployments import of_changes
from itsm.monitoring.maintenance import planned

PARTS = (
    *(source_subjects, seen_subjects, beside, of_changes),
    *(invariants, gauges, planned),
)


def register() -> None:
    """Panels, settings, subjects, invariants and gauges of events in."""
    for part in PARTS:
        part.register()
