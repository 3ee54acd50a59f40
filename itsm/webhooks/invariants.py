"""What must always be true of deliveries: each has an end or a future, in order."""

from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from core import invariants
from itsm.webhooks import line, retrying
from itsm.webhooks.models import Delivery

LATE = timedelta(hours=1)
SHOWN = 20
# Of one subject, by the reader of the log or by one replay; what was asked for again
# by hand left out of turn.
ORDER = f"""
SELECT webhook_id, event_id FROM (
    SELECT webhook_id, event_id, state, delivered_at,
        min(delivered_at) OVER later AS next
    FROM itsm_delivery WHERE NOT is_again
    WINDOW later AS (
        PARTITION BY webhook_id, subject_type, subject_id, replay_id ORDER BY event_id
        ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)) told
WHERE state IN ('pending', 'sending') AND next IS NOT NULL OR next < delivered_at
LIMIT {SHOWN}
"""  # noqa: S608 - our own words


def register() -> None:
    """Add the applet's invariants."""
    for name, says, check in (
        (
            "webhooks.delivered",
            "Every delivery of a webhook is delivered, on its way or given up",
            _delivered,
        ),
        (
            "webhooks.order",
            "Nothing about a ticket was told before what came before it",
            _ordered,
        ),
    ):
        invariants.register(name, says, check)


def _delivered() -> list[str]:
    return stuck(timezone.now())


def stuck(at: datetime) -> list[str]:
    """Those that are due, that nothing stands before, and that nobody sends."""
    found = []
    for webhook in line.webhooks_due(at - LATE).filter(paused_at=None):
        rows = line.first_of(webhook, at - LATE)[:SHOWN]
        found += [
            f"Delivery {pk} of “{webhook.name}” has been due for more than an hour."
            for pk in rows.values_list("pk", flat=True)
        ]
    late = Delivery.objects.filter(
        state__in=line.OPEN,
        webhook__paused_at=None,
        first_at__lt=at - retrying.LONGEST - LATE,
        due_at__lt=at - LATE,
    )
    found += [
        f"Delivery {pk} is neither delivered nor given up after two days."
        for pk in late.values_list("pk", flat=True)[:SHOWN]
    ]
    return found[:SHOWN]


def _ordered() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(ORDER)
        rows = cursor.fetchall()
    return [
        f"Webhook {webhook}: something was told before event {event} of the same thing."
        for webhook, event in rows
    ]
