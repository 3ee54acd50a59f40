"""The applet's entry into core's registries."""

from core import jobs
from itsm.webhooks import consumer, gauges, invariants, subjects, texts
from itsm.webhooks.models import Replay


def register() -> None:
    """Read the log, replay it, show in settings, measure and check."""
    jobs.register(Replay)
    for part in (consumer, subjects, texts, gauges, invariants):
        part.register()
