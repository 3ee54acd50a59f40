"""What sending says of itself: gauges, warnings while something is late, invariants."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Min
from django.utils import timezone

from core import gauges, invariants
from notify.models import Lane, Message

State = Message.State
LATE = timedelta(minutes=1)  # due for so long: `degraded`
LOST = timedelta(hours=25)  # due for so long: nobody tries it any more
SHOWN = 20
# The same event to the same reader by the same rule on the same way, taken twice.
TWICE = """
SELECT channel, user_id, coalesce(route_id, 0), said, count(*)
FROM notify_message, jsonb_array_elements(events) AS said
WHERE state = 'sent'
GROUP BY 1, 2, 3, 4 HAVING count(*) > 1
LIMIT 20
"""


def register() -> None:
    """Join core's measures, reasons and checks."""
    gauges.gauge("beeline_messages", "Messages on their way, or failed", standing)
    gauges.gauge("beeline_messages_late_seconds", "How late the oldest is", late)
    gauges.gauge("beeline_ways_failing", "Ways out that fail", failing)
    gauges.warning("notify.messages", warnings)
    invariants.register(
        "notify.delivered", "Every message is sent or still on its way", lost
    )
    invariants.register("notify.once", "No message was sent twice", twice)


def standing(at: datetime) -> Mapping[gauges.Labels, float]:
    """How many stand where, by channel."""
    states = [State.WAITING, State.SENDING, State.FAILED]
    rows = Message.objects.filter(state__in=states).values_list("channel", "state")
    return {
        (("channel", channel), ("state", state)): n
        for channel, state, n in rows.annotate(n=Count("pk")).order_by()
    }


def late(at: datetime) -> Mapping[gauges.Labels, float]:
    """By channel, how long the oldest due one has waited."""
    found = oldest(at)
    return {
        (("channel", channel),): max(0.0, (at - due).total_seconds())
        for channel, due in found.items()
    }


def failing(at: datetime) -> Mapping[gauges.Labels, float]:
    """The ways that failed last time, and how often in a row."""
    rows = Lane.objects.filter(failures__gt=0).values_list("name", "failures")
    return {(("way", name),): float(n) for name, n in rows}


def oldest(at: datetime) -> dict[str, datetime]:
    """The due of the oldest message that should have left, by channel."""
    rows = Message.objects.filter(
        state__in=[State.WAITING, State.SENDING], due_at__lte=at
    )
    found = rows.values_list("channel").annotate(Min("due_at")).order_by()
    return dict(found)


def warnings(at: datetime) -> list[str]:
    """Sentences for `/health/ready`, which speaks English."""
    return [
        f"The oldest due message ({channel}) has waited for "
        f"{(at - due).total_seconds():.0f} seconds."
        for channel, due in sorted(oldest(at).items())
        if due < at - LATE
    ]


def lost() -> list[str]:
    """Messages that nobody sends and nobody gave up."""
    rows = Message.objects.filter(
        state__in=[State.WAITING, State.SENDING], due_at__lt=timezone.now() - LOST
    )
    return [
        f"Message {pk} ({channel}) has been due since {due:%Y-%m-%d %H:%M}."
        for pk, channel, due in rows.order_by("due_at").values_list(
            "pk", "channel", "due_at"
        )[:SHOWN]
    ]


def twice() -> list[str]:
    """What one reader was told twice on one way."""
    with connection.cursor() as cursor:
        cursor.execute(TWICE)
        rows = cursor.fetchall()
    return [
        f"Person {user_id or '-'} was told {said} {n} times ({channel} {route or ''})."
        for channel, user_id, route, said, n in rows
    ]
