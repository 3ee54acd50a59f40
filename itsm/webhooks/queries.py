"""What the pages of webhooks show."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from core import subjects
from itsm.webhooks import actions, retrying
from itsm.webhooks.line import OPEN
from itsm.webhooks.models import Delivery, Replay, Webhook

SIZE, COUNTED = 50, 1000
DAY = timedelta(days=1)
State = Delivery.State
STANDS: Mapping[str, Sequence[str]] = {
    "pending": OPEN,
    "given_up": (State.GIVEN_UP,),
    "delivered": (State.DELIVERED,),
    "dropped": (State.DROPPED,),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One webhook in the list; the numbers are of the last day, but for what waits."""

    webhook: Webhook
    host: str
    why: str
    waiting: int
    delivered: int
    given_up: int
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """One delivery in words."""

    delivery: Delivery
    number: str
    url: str
    why: str


def living() -> QuerySet[Webhook]:
    """Those that were not deleted, with their owners."""
    return Webhook.objects.filter(deleted_at=None).select_related("owner")


def delivery(webhook: int, pk: int) -> Delivery | None:
    """One of a webhook's that was not deleted."""
    rows = Delivery.objects.filter(webhook=webhook, webhook__deleted_at=None, pk=pk)
    return rows.select_related("webhook").first()


def overview(at: datetime) -> list[Row]:
    """All of them by name; three queries, none over more than a day."""
    rows = Delivery.objects.values("webhook").order_by()
    open_now = rows.filter(state__in=OPEN).annotate(n=Count("pk"))
    waiting = {row["webhook"]: row["n"] for row in open_now}
    counted = {
        row["webhook"]: row
        for row in rows.filter(created_at__gte=at - DAY).annotate(
            delivered=Count("pk", filter=Q(state=State.DELIVERED)),
            given_up=Count("pk", filter=Q(state=State.GIVEN_UP)),
            last=Max("delivered_at"),
        )
    }
    none = {"delivered": 0, "given_up": 0, "last": None}
    return [
        Row(
            hook,
            actions.host_of(hook.url),
            retrying.words(hook.failure),
            waiting.get(hook.pk, 0),
            **{name: counted.get(hook.pk, none)[name] for name in none},
        )
        for hook in living().order_by("name")
    ]


def page(
    webhook: Webhook, stands: str, before: int | None
) -> tuple[list[Line], int, bool]:
    """Fifty deliveries from one on, how many there are (at most COUNTED), and whether
    more follow."""
    rows = Delivery.objects.filter(webhook=webhook).order_by("-pk")
    if stands in STANDS:
        rows = rows.filter(state__in=STANDS[stands])
    total = rows.order_by()[: COUNTED + 1].count()
    if before is not None:
        rows = rows.filter(pk__lt=before)
    some = list(rows[: SIZE + 1])
    return lines(some[:SIZE]), total, len(some) > SIZE


def lines(deliveries: Sequence[Delivery]) -> list[Line]:
    """Deliveries in words; one query for each type of thing."""
    known = {subject.name: subject for subject in subjects.registered()}
    called = numbers(deliveries)
    found = []
    for one in deliveries:
        number = called.get((one.subject_type, one.subject_id), "")
        url = known[one.subject_type].url(number) if number else ""
        found.append(Line(one, number, url, retrying.words(one.failure)))
    return found


def numbers(deliveries: Iterable[Delivery]) -> Mapping[tuple[str, int], str]:
    """What their subjects are called."""
    ids: dict[str, set[int]] = defaultdict(set)
    for one in deliveries:
        ids[one.subject_type].add(one.subject_id)
    known = {subject.name: subject for subject in subjects.registered()}
    return {
        (name, pk): number
        for name, some in ids.items()
        if name in known
        for pk, number in known[name].numbers(some).items()
    }


def named(rows: Iterable[Webhook], column: str) -> Mapping[str, Mapping[int, str]]:
    """What filters name, by the kind of thing; three queries at most."""
    ids: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        for name in actions.PLACES:
            ids[name] |= set(row.filters.get(name, ()))
    found: dict[str, Any] = {}
    for name, model in actions.PLACES.items():
        known = model.objects.filter(pk__in=ids[name]).values_list("pk", column)
        found[name] = dict(known) if ids[name] else {}
    return found


def replays(webhook: Webhook) -> list[Replay]:
    """The last ones, the newest first."""
    return list(webhook.replays.select_related("by").order_by("-pk")[:3])


def pretty(body: str) -> str:
    """What was sent, indented; empty where it is not kept."""
    return json.dumps(json.loads(body), indent=2, ensure_ascii=False) if body else ""
