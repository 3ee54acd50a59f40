"""The applet's entry into core's registries."""

from itsm.sla import following, recompute, subjects

PARTS = (following, recompute, subjects)


def register() -> None:
    """Clocks follow tickets, calendars and agreements; the log knows agreements."""
    for part in PARTS:
        part.register()
