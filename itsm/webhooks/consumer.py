"""The reader of the log that turns events into deliveries, one row for each.

All rows of a batch are written in the transaction that moves the cursor; what may be
undone is waited for. What a paused webhook hears waits; a deleted one hears nothing.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from core import consumers
from core.models import Event
from itsm.webhooks import matching
from itsm.webhooks.models import Delivery, Webhook
from notify.hearing import audible

NAME = "webhooks"
log = logging.getLogger(__name__)


def register() -> None:
    """Join the readers of the log."""
    consumers.consume(NAME, work_off, waits=True, timed=True)


def work_off(events: Sequence[Event], *, at: datetime) -> None:
    """Write what everybody outside is told of a batch; a fixed number of queries."""
    webhooks = list(living())
    pairs = matching.wanted(audible(events), webhooks) if webhooks else []
    rows = [delivery_of(hook, event, at) for hook, event in pairs]
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    if rows:
        transaction.on_commit(poke)


def living() -> QuerySet[Webhook]:
    """The webhooks that hear, with their owners."""
    rows = Webhook.objects.filter(deleted_at=None, owner__is_active=True)
    return rows.select_related("owner__organisation").order_by("pk")


def delivery_of(webhook: Webhook, event: Event, at: datetime) -> Delivery:
    """The row that says: tell them."""
    return Delivery(
        webhook=webhook,
        event_id=event.pk,
        kind=event.kind,
        subject_type=event.subject_type,
        subject_id=event.subject_id,
        created_at=at,
        due_at=at,
    )


def poke() -> None:
    """Ask a worker to send; a poke that is lost costs the second until beat's next."""
    from itsm.webhooks.tasks import send_deliveries

    try:
        send_deliveries.apply_async(retry=False, expires=5, ignore_result=True)
    except Exception as error:  # Valkey may be away: beat pokes again
        log.warning("the workers were not poked: %s", error)
