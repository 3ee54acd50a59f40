"""What the page of delivery shows. Five queries, and one for each type of thing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from core import reader, subjects
from notify import failures, rulebook
from notify.lanes import channel_of
from notify.models import Channel, Lane, Message, Reach, Route

SIZE = 50
State = Message.State
PENDING = (State.WAITING, State.SENDING)
STANDS: Mapping[str, Sequence[str]] = {
    "pending": PENDING,
    "failed": (State.FAILED,),
    "sent": (State.SENT,),
    "dropped": (State.DROPPED,),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """One channel in numbers, and what its ways have to say."""

    channel: str
    label: str
    pending: int
    late: int
    failed: int
    sent: int
    troubles: list[tuple[str, str, datetime]]  # which way, why, since


@dataclass(frozen=True, slots=True)
class Line:
    """One message in words."""

    message: Message
    to: str
    about: str
    url: str
    says: str
    why: str


def standings(at: datetime) -> list[Standing]:
    """Every channel; `sent` is of the reader's today. Three queries."""
    midnight = reader.local(at).replace(hour=0, minute=0, second=0, microsecond=0)
    counts = Message.objects.values("channel").order_by()
    now = {
        row["channel"]: row
        for row in counts.filter(state__in=[*PENDING, State.FAILED]).annotate(
            pending=Count("pk", filter=Q(state__in=PENDING)),
            late=Count("pk", filter=Q(state__in=PENDING, due_at__lte=at)),
            failed=Count("pk", filter=Q(state=State.FAILED)),
        )
    }
    today = counts.filter(state=State.SENT, sent_at__gte=midnight)
    sent = dict(today.annotate(n=Count("pk")).values_list("channel", "n"))
    troubles = _troubles()
    return [
        Standing(
            channel.value,
            str(channel.label),
            pending=now.get(channel, {}).get("pending", 0),
            late=now.get(channel, {}).get("late", 0),
            failed=now.get(channel, {}).get("failed", 0),
            sent=sent.get(channel, 0),
            troubles=troubles[channel.value],
        )
        for channel in Channel
    ]


def _troubles() -> dict[str, list[tuple[str, str, datetime]]]:
    """The ways that fail, by channel."""
    routes = {f"route:{r.pk}": r for r in Route.objects.all()}
    found: dict[str, list[tuple[str, str, datetime]]] = defaultdict(list)
    for lane in Lane.objects.filter(failures__gt=0).order_by("failed_at"):
        route = routes.get(lane.pk)
        if lane.failed_at is None or (route is None and lane.pk != Channel.MAIL):
            continue
        channel = channel_of(route.kind) if route else Channel.MAIL.value
        name = route.name if route else ""
        found[channel].append((name, failures.words(lane.failure), lane.failed_at))
    return found


def found(*, stands: str, channel: str, q: str) -> QuerySet[Message]:
    """The messages a filter names, newest first; what it does not know is ignored."""
    rows = Message.objects.order_by("-pk")
    if stands in STANDS:
        rows = rows.filter(state__in=STANDS[stands])
    if channel in Channel.values:
        rows = rows.filter(channel=channel)
    if q:
        named = Q(user__name__icontains=q) | Q(user__email__icontains=q)
        rows = rows.filter(named | Q(route__name__icontains=q))
    return rows


def page(rows: QuerySet[Message], before: int | None) -> tuple[list[Line], bool]:
    """Fifty in words, from one on; whether there are more."""
    if before is not None:
        rows = rows.filter(pk__lt=before)
    some = list(rows.select_related("user", "route")[: SIZE + 1])
    return lines(some[:SIZE]), len(some) > SIZE


def lines(messages: Sequence[Message]) -> list[Line]:
    """Messages in words; one query for each type of thing."""
    numbers = _numbers(messages)
    return [_line(message, numbers) for message in messages]


def _numbers(messages: Iterable[Message]) -> dict[tuple[str, int], tuple[str, str]]:
    ids: dict[str, set[int]] = defaultdict(set)
    for message in messages:
        if message.subject_id:
            ids[message.subject_type].add(message.subject_id)
    known = {subject.name: subject for subject in subjects.registered()}
    return {
        (name, pk): (number, known[name].url(number))
        for name, some in ids.items()
        if name in known
        for pk, number in known[name].numbers(some).items()
    }


def _line(message: Message, numbers: Mapping[Any, tuple[str, str]]) -> Line:
    about = numbers.get((message.subject_type, message.subject_id), ("", ""))
    rules = {rule.name: rule for rule in rulebook.rules()}
    names = dict.fromkeys(name for name, _pk in message.events)
    said = [rules[name] for name in names if name in rules]
    why = failures.words(message.failure) if message.failure else ""
    if message.channel == Channel.MAIL and any(rule.is_page for rule in said):
        why = f"{failures.words('page.mailed')} {why}".strip()
    return Line(
        message,
        _to(message),
        *about,
        ", ".join(str(rule.title) for rule in said),
        why,
    )


def _to(message: Message) -> str:
    names = [message.user.name] if message.user else []
    return " · ".join(names + ([message.route.name] if message.route else []))


def paused() -> QuerySet[Reach]:
    """Addresses to which nothing is sent, the newest first."""
    rows = Reach.objects.filter(mail_paused_at__isnull=False, user__is_active=True)
    return rows.select_related("user").order_by("-mail_paused_at")


def own_pause(user: Any) -> bool:
    """Whether mail to this person is paused."""
    return Reach.objects.filter(pk=user.pk, mail_paused_at__isnull=False).exists()
