"""Celery's entries to the requests: one call each."""

from celery import shared_task
from django.utils import timezone

from itsm.requests.entitlements import sweep as entitlements
from itsm.requests.fulfilment import calling, late


@shared_task
def call_steps() -> int:
    """Call the automatic steps that are due, give up those without an answer."""
    return calling.sweep()


@shared_task
def tell_late_tasks() -> int:
    """Tell the teams of tasks that became late."""
    return late.sweep(at=timezone.now())


@shared_task
def sweep_entitlements() -> int:
    """Warn, end, ask to confirm."""
    return entitlements.sweep(at=timezone.now())
