"""Pokes. The work itself lives beside the data it moves."""

from celery import shared_task
from django.utils import timezone

from core import consumers, jobs, lateness


@shared_task
def advance_consumers() -> int:
    """Let every reader of the log work off what is new."""
    return consumers.advance_all(at=timezone.now())


@shared_task
def tell_lateness() -> float:
    """Leave a mark of how late timers are, for pages to read."""
    return lateness.tell(at=timezone.now())


@shared_task
def work_jobs() -> bool:
    """Work on what people started, for a slice; poke again where something is left."""
    left = jobs.work_off()
    if left:
        jobs.poke()
    return left
