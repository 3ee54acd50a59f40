"""Celery's entry to the catalogue: load, one call."""

from celery import shared_task
from django.utils import timezone

from itsm.requests.catalogue import recurring


@shared_task
def sweep_recurring() -> int:
    """Order what comes again today."""
    return recurring.sweep(at=timezone.now())
