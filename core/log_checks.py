"""What must always be true of the log and its readers."""

from django.db import connection

from core import consumers, invariants
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
