"""Celery's entries to the promises: load, one call."""

from celery import shared_task
from django.utils import timezone

from itsm.sla import paging, sweep


@shared_task
def sweep_clocks() -> int:
    """Warn, escalate and record what was missed."""
    return sweep.sweep(at=timezone.now())


@shared_task
def sweep_pages() -> int:
    """Wake the next one where nobody has answered."""
    return paging.sweep(at=timezone.now())
