"""Celery's entries to events in: load, one call."""

from celery import shared_task
from django.utils import timezone

from itsm.monitoring import working


@shared_task
def work_events() -> int:
    """Work off what was received, decide what is due, hear who is silent."""
    return working.work_events(clock=timezone.now)
