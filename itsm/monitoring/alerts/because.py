"""What was decided of an alert and why, in words."""

from itsm.monitoring.models import Alert
from itsm.monitoring.words import sentence


def because(alert: Alert) -> str:
    """Why it was decided so, one sentence; empty while nothing is decided."""
    return sentence(alert.why) if alert.why else ""
