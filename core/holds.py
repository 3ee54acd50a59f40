"""Holding events back from the readers that wait, while they may be taken back.

A batch opens a hold under the `request_id` that all its events carry. Readers that
declared `waits=True` keep such events aside (`HeldEvent`, in the transaction that moves
their cursor), and whatever else happens to the same subjects behind them, so that each
subject is still told in order. When the hold closes they get what was not taken back.
Others never wait. Nothing is in memory only, so nothing is lost with a process.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import F, Max

from core.models import Event, HeldEvent, Hold, TakenBack

Subject = tuple[str, int]


def open_hold(key: UUID) -> None:
    """Hold back what comes with this request id; opening it again changes nothing."""
    Hold.objects.get_or_create(key=key)


def hold_until(key: UUID, until: datetime | None) -> None:
    """Say until when; None: until it is said again."""
    Hold.objects.filter(key=key, closed_at=None).update(until=until)


def is_open(key: UUID, *, at: datetime) -> bool:
    """Whether its events are still held, and stay so while this transaction runs."""
    rows = Hold.objects.select_for_update().filter(key=key, closed_at=None)
    return any(hold.until is None or hold.until > at for hold in rows)


def close(key: UUID, *, at: datetime) -> None:
    """Let go of what was not taken back."""
    Hold.objects.filter(key=key, closed_at=None).update(closed_at=at)


def close_due(*, at: datetime) -> None:
    """Close the holds whose time is over; one that is being undone is waited for."""
    Hold.objects.filter(closed_at=None, until__lte=at).update(closed_at=at)


def take_back(key: UUID, subject_type: str, subject_id: int) -> None:
    """What this request did to the subject, and undoing it, is nobody's business."""
    TakenBack.objects.get_or_create(
        hold_id=key, subject_type=subject_type, subject_id=subject_id
    )


def sort_out(consumer: str, events: Sequence[Event]) -> list[Event]:
    """The events to hand on now; the rest is kept aside or was taken back."""
    holds = _holds_of(events)
    held = _held_subjects(consumer, events)
    if not holds and not held:
        return list(events)
    gone = _taken_back(holds)
    now: list[Event] = []
    aside: list[HeldEvent] = []
    for event in events:
        subject = (event.subject_type, event.subject_id)
        hold = holds.get(event.request_id) if event.request_id else None
        if hold is not None and (hold.key, *subject) in gone:
            continue
        waits_for = hold.key if hold is not None and hold.closed_at is None else None
        older = [key for pk, key in held[subject] if pk < event.pk]
        if waits_for is None and not older:
            now.append(event)
            continue
        waits_for = waits_for or older[-1]
        held[subject].append((event.pk, waits_for))
        aside.append(_kept(consumer, event, waits_for))
    HeldEvent.objects.bulk_create(aside)
    return now


def final(consumer: str, events: Sequence[Event]) -> list[Event]:
    """Without those that this reader was not given, and never or not yet will be."""
    gone = _taken_back(_holds_of(events))
    rows = HeldEvent.objects.filter(
        consumer=consumer, event_id__in=[e.pk for e in events]
    )
    held = set(rows.values_list("event_id", flat=True))
    return [
        event
        for event in events
        if event.pk not in held
        and (event.request_id, event.subject_type, event.subject_id) not in gone
    ]


def let_go(consumer: str, most: int) -> list[Event]:
    """Held events whose time has come, in order; they are handed on or lost with this
    transaction. At most so many rows are looked at."""
    rows = list(
        HeldEvent.objects.filter(consumer=consumer, hold__closed_at__isnull=False)
        .order_by("event_id")
        .values_list("event_id", flat=True)[:most]
    )
    if not rows:
        return []
    events = list(Event.objects.filter(pk__in=rows).order_by("pk"))
    HeldEvent.objects.filter(consumer=consumer, event_id__in=rows).delete()
    return sort_out(consumer, events)


def _kept(consumer: str, event: Event, hold: UUID) -> HeldEvent:
    return HeldEvent(
        consumer=consumer,
        event_id=event.pk,
        hold_id=hold,
        subject_type=event.subject_type,
        subject_id=event.subject_id,
    )


def _holds_of(events: Iterable[Event]) -> dict[UUID, Hold]:
    keys = {event.request_id for event in events if event.request_id}
    return {hold.key: hold for hold in Hold.objects.filter(key__in=keys)}


def _held_subjects(
    consumer: str, events: Sequence[Event]
) -> defaultdict[Subject, list[tuple[int, UUID]]]:
    """What is kept aside of these subjects, oldest first: event and hold."""
    rows = HeldEvent.objects.filter(
        consumer=consumer, subject_id__in={event.subject_id for event in events}
    ).order_by("event_id")
    found: defaultdict[Subject, list[tuple[int, UUID]]] = defaultdict(list)
    for one in rows:
        subject = (one.subject_type, one.subject_id)
        found[subject].append((one.event_id, one.hold_id))
    return found


def _taken_back(holds: Iterable[UUID]) -> set[tuple[UUID, str, int]]:
    rows = TakenBack.objects.filter(hold_id__in=list(holds))
    return set(rows.values_list("hold_id", "subject_type", "subject_id"))


def overdue(*, at: datetime) -> list[str]:
    """Sentences about events that should have been handed on long ago."""
    rows = (
        HeldEvent.objects.filter(hold__closed_at__lt=at)
        .values(name=F("consumer"))
        .annotate(last=Max("event_id"))
    )
    return [f"Events up to {r['last']} wait too long for {r['name']}." for r in rows]
