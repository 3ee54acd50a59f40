"""Celery's entries to the webhooks: one call each."""

from celery import shared_task
from django.utils import timezone

from itsm.webhooks import sending, tidying


@shared_task
def send_deliveries() -> int:
    """Send what is due."""
    return sending.send_due()


@shared_task
def tidy_deliveries() -> int:
    """Forget what was delivered long ago."""
    return tidying.tidy(at=timezone.now())
