"""The applet's entry into core's registries."""

from itsm.sla import following, owed, panels, recompute, renewing, subjects

PARTS = (following, renewing, recompute, subjects, panels, owed)


def register() -> None:
    """Clocks follow tickets, calendars and agreements, pages show them; the log knows
    agreements."""
    for part in PARTS:
        part.register()
