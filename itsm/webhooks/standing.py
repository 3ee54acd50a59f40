"""How the other side is doing: well, failing, left alone for a while, or given up."""

from datetime import datetime

from django.db.models import Q, QuerySet

from core.context import Door, through
from core.log import act, record
from itsm.webhooks import retrying
from itsm.webhooks.models import Webhook
from itsm.webhooks.retrying import Verdict

DISABLE = "webhook.disable"


def well(webhook: Webhook) -> None:
    """It took one."""
    if not webhook.failures and not webhook.failure:
        return
    webhook.failures, webhook.failing_since = 0, None
    webhook.rests_until, webhook.failure = None, ""
    webhook.save(update_fields=["failures", "failing_since", "rests_until", "failure"])


def failed(webhook: Webhook, verdict: Verdict, *, at: datetime) -> None:
    """It did not: leave it alone, longer each time; after two days, for good."""
    webhook.failures = min(webhook.failures + 1, 10_000)
    webhook.failing_since = webhook.failing_since or at
    webhook.failure = verdict.failure
    pause = retrying.rest(webhook.failures, verdict)
    webhook.rests_until = None if pause is None else at + pause
    webhook.save(update_fields=["failures", "failing_since", "rests_until", "failure"])
    if verdict.is_gone:
        stop(webhook, verdict.failure, at=at)
    elif at - webhook.failing_since >= retrying.LONGEST:
        why = retrying.words(verdict.failure)
        stop(webhook, retrying.keep("hook.worn", why), at=at)


def stop(webhook: Webhook, failure: str, *, at: datetime) -> None:
    """Nothing leaves any more until a person lets it go on; its owner is told."""
    with through(Door.TIMER), act():
        row = Webhook.objects.select_for_update(of=("self",)).get(pk=webhook.pk)
        if row.is_open:
            row.paused_at, row.failure = at, failure
            row.save(update_fields=["paused_at", "failure"])
            changes = {"is_paused": (False, True)}
            record(DISABLE, subject=row, by=None, at=at, changes=changes)
    webhook.paused_at, webhook.failure = row.paused_at, row.failure


def stop_orphans(*, at: datetime) -> None:
    """Pause those whose owner has no access any more: nobody's eyes bound them."""
    for webhook in open_now().filter(owner__is_active=False):
        stop(webhook, retrying.keep("owner.gone"), at=at)


def open_now() -> QuerySet[Webhook]:
    """Those from which something may leave."""
    return Webhook.objects.filter(paused_at=None, deleted_at=None)


def ready(at: datetime) -> QuerySet[Webhook]:
    """Those that are not left alone just now."""
    rested = Q(rests_until=None) | Q(rests_until__lte=at)
    return Webhook.objects.filter(rested, deleted_at=None)
