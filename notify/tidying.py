"""What was sent, or came to nothing, is kept for a while and then forgotten."""

from datetime import datetime, timedelta

from notify.models import Message

KEPT = timedelta(days=90)
AT_ONCE = 10_000
State = Message.State


def tidy(*, at: datetime) -> int:
    """Delete old messages that wait for nothing; how many."""
    over = Message.objects.filter(
        state__in=[State.SENT, State.DROPPED, State.FAILED], created_at__lt=at - KEPT
    )
    ids = list(over.order_by("created_at").values_list("pk", flat=True)[:AT_ONCE])
    return Message.objects.filter(pk__in=ids).delete()[0]
