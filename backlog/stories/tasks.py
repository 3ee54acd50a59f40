"""Celery's entries to the stories: one call each."""

from celery import shared_task

from backlog.stories import shorten


@shared_task
def shorten_ranks() -> int:
    """Give short rank keys where moves made long ones."""
    return shorten.sweep()
