"""Celery's entries to the promises: load, one call."""

from celery import shared_task
from django.utils import timezone

from itsm.sla import sweep


@shared_task
def sweep_clocks() -> int:
    """Warn, escalate and record what was missed."""
    return sweep.sweep(at=timezone.now())
