"""Celery's entries to the promises: load, one call."""

from celery import shared_task
from django.utils import timezone

from itsm.sla import covering, paging, recompute, sweep


@shared_task
def sweep_clocks() -> int:
    """Warn, escalate and record what was missed."""
    return sweep.sweep(at=timezone.now())


@shared_task
def sweep_pages() -> int:
    """Wake the next one where nobody has answered."""
    return paging.sweep(at=timezone.now())


@shared_task
def hand_over_to_covers() -> int:
    """Give what falls due while its owner is away to whoever covers them."""
    return covering.sweep(at=timezone.now())


@shared_task
def follow_validity() -> bool:
    """Ask for promises anew on days on which an agreement begins or has ended."""
    return recompute.follow_validity(at=timezone.now())
