"""Telling once more what the log holds since a moment, in its order.

What was told is told again under the same id; what nobody was told of because it came
before the webhook, or while its owner was away, is told now.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Max, Min, QuerySet

from core import holds
from core.jobs import Job
from core.models import Consumer, Event
from itsm.webhooks import consumer, matching
from itsm.webhooks.models import Delivery, Replay, Webhook
from notify.hearing import audible
from people.models import User

BATCH = 500
State = Delivery.State
OVER = (State.DELIVERED, State.GIVEN_UP, State.DROPPED)


def running(webhook: Webhook) -> QuerySet[Replay]:
    """The replay that is not over."""
    return Replay.objects.filter(
        webhook=webhook, state__in=[Job.State.QUEUED, Job.State.RUNNING]
    )


def begin(webhook: Webhook, *, by: User, since: datetime, at: datetime) -> Replay:
    """A job for all that the reader of the log has passed since then, not saved.

    What the reader has not passed it will tell by itself.
    """
    rows = Consumer.objects.filter(pk=consumer.NAME).values_list("cursor", flat=True)
    until = rows.first() or 0
    cursor = min(last_before(since), until)
    return Replay(
        webhook=webhook,
        by=by,
        since=since,
        cursor=cursor,
        until=until,
        total=until - cursor,
        created_at=at,
    )


def last_before(moment: datetime) -> int:
    """The id of the last event recorded before a moment; 0 for none.

    Ids grow as events are recorded, so it is looked for by halves: about twenty small
    questions by the primary key, and no index on the time.
    """
    ends = Event.objects.aggregate(low=Min("pk"), high=Max("pk"))
    low, high = (ends["low"] or 1) - 1, ends["high"] or 0
    while low < high:  # everything up to `low` is older, all behind `high` is not
        middle = (low + high + 1) // 2
        rows = Event.objects.filter(pk__lte=middle).order_by("-pk")
        pk, recorded = rows.values_list("pk", "recorded_at")[0]
        if recorded < moment:
            low = middle
        else:
            high = pk - 1
    return max(low, 0)


def work(job: Replay, *, at: datetime) -> bool:
    """One batch; whether something is left."""
    with transaction.atomic():
        webhook = consumer.living().filter(pk=job.webhook_id).first()
        rows = Event.objects.filter(pk__gt=job.cursor, pk__lte=job.until)
        events = list(rows.order_by("pk")[:BATCH])
        if webhook is None or not events:
            _move(job, job.until, 0)
            return False
        webhook.after = 0  # also what came before it
        told = holds.final(consumer.NAME, audible(events))
        pairs = matching.wanted(told, [webhook])
        _tell(job, [event for _hook, event in pairs], webhook, at)
        _move(job, events[-1].pk if len(events) == BATCH else job.until, len(pairs))
    consumer.poke()
    return job.cursor < job.until


def _tell(job: Replay, events: list[Event], webhook: Webhook, at: datetime) -> None:
    """One row for each, whether there was one or not."""
    over = Delivery.objects.filter(
        webhook=webhook, event_id__in=[e.pk for e in events], state__in=OVER
    )
    ask_again(over, at, replay=job)
    rows = [consumer.delivery_of(webhook, event, at) for event in events]
    for row in rows:
        row.replay = job
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)


def ask_again(
    rows: QuerySet[Delivery],
    at: datetime,
    *,
    replay: Replay | None = None,
    is_again: bool = False,
) -> None:
    """Let them wait as if they had never been sent."""
    rows.update(
        state=State.PENDING,
        due_at=at,
        tries=0,
        first_at=None,
        delivered_at=None,
        failure="",
        runner=None,
        replay=replay,
        is_again=is_again,
    )


def _move(job: Replay, to: int, told: int) -> None:
    done = to - job.cursor
    Replay.objects.filter(pk=job.pk).update(cursor=to, told=F("told") + told)
    job.cursor, job.told = to, job.told + told
    job.count_done(done)
