"""The applet's entry into core's registries."""

from itsm.sla import (
    following,
    paged_panel,
    paging,
    recompute,
    subjects,
    telling,
)

PARTS = (following, paging, recompute, subjects, telling, paged_panel)


def register() -> None:
    """Clocks follow tickets, calendars and agreements; the log knows agreements."""
    for part in PARTS:
        part.register()
