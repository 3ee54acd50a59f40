"""What may leave now: of each subject only the first that waits, of each webhook.

A claim commits before anything is sent. A sender that was killed leaves its claims
behind; they are taken again when they are older than any call can last.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from core.jobs import Job
from itsm.webhooks import standing
from itsm.webhooks.models import TEST, Delivery, Replay, Webhook

State = Delivery.State
OPEN = (State.PENDING, State.SENDING)
SILENT = timedelta(minutes=1)  # a slice and a call are over long before


def due(at: datetime) -> QuerySet[Delivery]:
    """What is to be sent by now, whatever stands before it."""
    is_free = Q(state=State.PENDING)
    is_left = Q(state=State.SENDING, claimed_at__lt=at - SILENT)
    return Delivery.objects.filter(is_free | is_left, due_at__lte=at)


def webhooks_due(at: datetime) -> QuerySet[Webhook]:
    """Those with something due. A paused one may be tried out, nothing else."""
    waiting = due(at).filter(webhook=OuterRef("pk"))
    tests = waiting.filter(
        subject_type=Webhook.subject_type, subject_id=OuterRef("pk"), kind=TEST
    )
    found = Exists(tests) | Q(Exists(waiting), paused_at=None)
    return standing.ready(at).filter(found).select_related("owner__organisation")


def first_of(webhook: Webhook, at: datetime) -> QuerySet[Delivery]:
    """What of this webhook may leave now, in the order in which it fell due."""
    before = Delivery.objects.filter(
        webhook=OuterRef("webhook"),
        subject_type=OuterRef("subject_type"),
        subject_id=OuterRef("subject_id"),
        event_id__lt=OuterRef("event_id"),
        state__in=OPEN,
        is_again=False,
    )
    rows = due(at).filter(Q(is_again=True) | ~Exists(before), webhook=webhook)
    if not webhook.is_open:
        rows = rows.filter(kind=TEST, subject_type=Webhook.subject_type)
    elif (reached := replayed_to(webhook)) is not None:
        rows = rows.filter(event_id__lte=reached)
    return rows.order_by("due_at", "event_id")


def replayed_to(webhook: Webhook) -> int | None:
    """How far a replay has come; what lies behind must not overtake it."""
    rows = Replay.objects.filter(
        webhook=webhook, state__in=[Job.State.QUEUED, Job.State.RUNNING]
    )
    return rows.aggregate(least=Min("cursor"))["least"]


def claim(webhook: Webhook, most: int, at: datetime) -> list[Delivery]:
    """Take up to so many, in one short transaction."""
    runner = uuid4()
    with transaction.atomic():
        rows = first_of(webhook, at).select_for_update(skip_locked=True, of=("self",))
        found = list(rows[:most])
        for one in found:
            one.state, one.runner, one.claimed_at = State.SENDING, runner, at
        Delivery.objects.filter(pk__in=[one.pk for one in found]).update(
            state=State.SENDING, runner=runner, claimed_at=at
        )
    return found


def mine(delivery: Delivery) -> QuerySet[Delivery]:
    """The row, as long as nobody took it over."""
    return Delivery.objects.filter(
        pk=delivery.pk, runner=delivery.runner, state=State.SENDING
    )


def let_go(deliveries: Sequence[Delivery]) -> None:
    """What was claimed and not begun waits again as it did before."""
    for runner in {one.runner for one in deliveries}:
        ids = [one.pk for one in deliveries if one.runner == runner]
        rows = Delivery.objects.filter(pk__in=ids, runner=runner, state=State.SENDING)
        rows.update(state=State.PENDING, runner=None, claimed_at=None)
