"""The applet's entry into core's registries."""

from core import gauges
from itsm.sla import (
    following,
    outlook,
    owed,
    paged_panel,
    paging,
    panels,
    recompute,
    renewing,
    subjects,
    sweep,
    telling,
)

PARTS = (
    *(following, renewing, outlook, paging, recompute, subjects, telling),
    *(paged_panel, panels, owed),
)


def register() -> None:
    """Clocks follow tickets, calendars and agreements, pages show them; the log knows
    agreements."""
    gauges.timer("promises", lambda at: sweep.seconds_late(at=at))
    for part in PARTS:
        part.register()
