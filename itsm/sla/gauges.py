"""What promises tell of themselves: how late their sweep is."""

from core import gauges
from itsm.sla import paging, sweep


def register() -> None:
    """Join core's measures."""
    gauges.timer("promises", lambda at: sweep.seconds_late(at=at))
    gauges.timer("pages", paging.seconds_late)
