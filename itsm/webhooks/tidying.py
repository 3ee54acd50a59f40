"""What was delivered or came to nothing is kept for a month, its words for a week."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from itsm.webhooks import retrying
from itsm.webhooks.line import OPEN
from itsm.webhooks.models import Delivery

KEPT, BODIES_KEPT = timedelta(days=30), timedelta(days=7)
AT_ONCE = 10_000
State = Delivery.State


def tidy(*, at: datetime) -> int:
    """Delete old deliveries that wait for nothing; how many."""
    old = Delivery.objects.filter(created_at__lt=at - KEPT).order_by("created_at")
    _give_up(old, at)
    said = Delivery.objects.filter(tried_at__lt=at - BODIES_KEPT).exclude(body="")
    bodies = list(said.values_list("pk", flat=True)[:AT_ONCE])
    Delivery.objects.filter(pk__in=bodies).update(body="")
    over = old.exclude(state__in=OPEN).filter(due_at__lt=at - KEPT)
    ids = list(over.values_list("pk", flat=True)[:AT_ONCE])
    return Delivery.objects.filter(pk__in=ids).delete()[0]


def _give_up(old: QuerySet[Delivery], at: datetime) -> None:
    """What waited for a month because its webhook is paused."""
    stale = old.filter(
        state=State.PENDING, due_at__lt=at - KEPT, webhook__paused_at__isnull=False
    )
    ids = list(stale.values_list("pk", flat=True)[:AT_ONCE])
    rows = Delivery.objects.filter(pk__in=ids, state=State.PENDING)
    rows.update(state=State.GIVEN_UP, failure=retrying.keep("hook.stale"), due_at=at)
