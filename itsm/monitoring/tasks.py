"""Celery's entries to events in: load, one call."""

from celery import shared_task
from django.utils import timezone

from itsm.monitoring import tidying, working


@shared_task
def work_events() -> int:
    """Work off what was received, decide what is due, hear who is silent."""
    return working.work_events(clock=timezone.now)


@shared_task
def tidy_events() -> int:
    """Take away what sources sent long ago."""
    return tidying.tidy(at=timezone.now())
