"""Celery's entries to stories and ideas: one call each."""

from celery import shared_task
from django.utils import timezone

from backlog.stories import late, shorten


@shared_task
def note_late_ideas() -> int:
    """Note the ideas that nobody answered in time."""
    return late.sweep(at=timezone.now())


@shared_task
def shorten_ranks() -> int:
    """Give short rank keys where moves made long ones."""
    return shorten.sweep()
