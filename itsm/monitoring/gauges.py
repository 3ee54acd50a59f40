"""What events in tell of themselves: what waits, and for how long."""

from collections.abc import Mapping
from datetime import datetime

from core import gauges
from core.gauges import LATE
from itsm.monitoring import work
from itsm.monitoring.deciding import acting
from itsm.monitoring.models import Alert


def register() -> None:
    """Join core's measures."""
    gauges.warning("events", _warning)
    gauges.timer("alerts", acting.seconds_late)
    gauges.gauge(
        "beeline_events_waiting", "Calls of sources not yet worked off", _waiting
    )
    gauges.gauge(
        "beeline_events_waiting_seconds",
        "How long the oldest of them has waited",
        lambda at: {(): work.seconds_late(at)},
    )
    gauges.gauge("beeline_alerts_open", "Alerts that are not cleared", _open)


def _warning(at: datetime) -> list[str]:
    late = work.seconds_late(at)
    return [f"Events wait, the oldest for {late:.0f} seconds."] if late > LATE else []


def _waiting(at: datetime) -> Mapping[gauges.Labels, float]:
    return {(): float(work.waiting())}


def _open(at: datetime) -> Mapping[gauges.Labels, float]:
    still = Alert.objects.exclude(status=Alert.Status.CLOSED)
    return {(): float(still.count())}
