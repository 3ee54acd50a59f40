"""Celery's entries to the tickets: load, one call."""

from celery import shared_task
from django.utils import timezone

from itsm.tickets import counts, timers
from itsm.tickets.approving import sweeping as deciding
from itsm.tickets.drafts import outgoing
from itsm.tickets.exports import actions as exports
from itsm.tickets.views import tally


@shared_task
def sweep_timers() -> int:
    """Run the timed transitions that are due."""
    return timers.sweep(at=timezone.now())


@shared_task
def sweep_decisions() -> int:
    """Remind of decisions that are due, and ask others where nobody answered."""
    return deciding.sweep(at=timezone.now())


@shared_task
def refresh_decisions() -> int:
    """Who may answer, as absences, delegations, roles and teams are now."""
    return deciding.refresh_all(at=timezone.now())


@shared_task
def tidy_exports() -> int:
    """Let go of exported files that are over."""
    return exports.tidy(at=timezone.now())


@shared_task
def fold_counts() -> int:
    """Fold the delta rows into the table of counts."""
    return counts.fold() + tally.fold()


@shared_task
def send_outgoing() -> int:
    """Send the replies whose few seconds are over."""
    return outgoing.sweep(at=timezone.now())


@shared_task
def tidy_drafts() -> int:
    """Forget drafts that were discarded and files that nobody sent."""
    return outgoing.tidy(at=timezone.now())
