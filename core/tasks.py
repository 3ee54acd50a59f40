"""Pokes. The work itself lives beside the data it moves."""

from celery import shared_task
from django.utils import timezone

from core import consumers


@shared_task
def advance_consumers() -> int:
    """Let every reader of the log work off what is new."""
    return consumers.advance_all(at=timezone.now())
