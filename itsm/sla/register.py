"""The applet's entry into core's registries."""

from itsm.sla import (
    following,
    gauges,
    invariants,
    outlook,
    owed,
    paged_panel,
    paging,
    panels,
    recompute,
    renewing,
    subjects,
    telling,
)

PARTS = (
    *(following, renewing, outlook, paging, recompute, subjects, telling),
    *(paged_panel, panels, owed, gauges, invariants),
)


def register() -> None:
    """Clocks follow tickets, calendars and agreements, pages show them; the log knows
    agreements."""
    for part in PARTS:
        part.register()
