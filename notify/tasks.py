"""Celery's entries to sending: one call each."""

from celery import shared_task
from django.utils import timezone

from notify import sending, tidying


@shared_task
def send_messages() -> int:
    """Send what is due."""
    return sending.send_due()


@shared_task
def tidy_messages() -> int:
    """Forget what was sent long ago."""
    return tidying.tidy(at=timezone.now())
