"""What must always be true of the log and its readers."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from core import consumers, holds, invariants
from core.models import Consumer

GUARD = """
SELECT 1 FROM pg_trigger
WHERE tgname = 'core_event_append_only' AND tgenabled IN ('O', 'A')
  AND tgrelid = 'core_event'::regclass
"""


def register() -> None:
    """Add core's invariants."""
    invariants.register(
        "log.append_only", "The log refuses UPDATE and DELETE", _append_only
    )
    invariants.register("log.readers", "No reader of the log has failed", _readers)
    invariants.register(
        "log.holds", "What was held back is handed on when its time is over", _holds
    )


def _append_only() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(GUARD)
        guarded = cursor.fetchone() is not None
    return [] if guarded else ["The trigger that guards the log is missing or off."]


def _readers() -> list[str]:
    rows = {row.name: row for row in Consumer.objects.all()}
    problems = []
    for name in consumers.names():
        row = rows.get(name)
        if row is not None and row.failure:
            last = row.failure.strip().splitlines()[-1]
            problems.append(f"The reader “{name}” fails at {row.cursor}: {last}")
    return problems


def _holds() -> list[str]:
    return holds.overdue(at=timezone.now() - timedelta(minutes=5))
