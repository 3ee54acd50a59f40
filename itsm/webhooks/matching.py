"""Which events a webhook hears: by their kind, by their ticket, by what its owner sees.

A fixed number of queries for a batch: the tickets, and one for each owner.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.models import Event
from itsm.tickets.api.events import visible_events
from itsm.tickets.models import Ticket
from itsm.webhooks.models import TEST, Webhook

KIND = re.compile(r"\*|[a-z_]{1,30}\.(\*|[a-z0-9_]{1,30})")


@dataclass(frozen=True, slots=True)
class Place:
    """What filters ask of a ticket."""

    type: str
    team: int | None
    service: int | None
    organisation: int | None
    priority: int
    restricted: bool


def hears(webhook: Webhook, kind: str) -> bool:
    """Whether events of this kind are for it. What tries one out is for nobody else."""
    return kind != TEST and any(
        kind.startswith(one[:-1]) if one.endswith("*") else kind == one
        for one in webhook.kinds
    )


def fits(webhook: Webhook, place: Place | None) -> bool:
    """Whether the event's ticket is one of those; None: it is about something else."""
    if place is None:
        return not webhook.filters
    if place.restricted and not webhook.with_restricted:
        return False
    return all(
        place.priority <= wanted
        if name == "priority"
        else getattr(place, name) in wanted
        for name, wanted in webhook.filters.items()
    )


def places(events: Iterable[Event]) -> Mapping[int, Place]:
    """The tickets of these events; one query."""
    ids = {e.subject_id for e in events if e.subject_type == Ticket.subject_type}
    columns = ("type", "team_id", "service_id", "organisation_id", "priority")
    rows = Ticket.objects.filter(pk__in=ids).values_list("pk", *columns, "restricted")
    return {pk: Place(*rest) for pk, *rest in rows}


def wanted(
    events: Sequence[Event], webhooks: Sequence[Webhook]
) -> list[tuple[Webhook, Event]]:
    """Each webhook with the events it is told, in the order of the log."""
    heard = {
        hook.pk: [e for e in events if e.pk > hook.after and hears(hook, e.kind)]
        for hook in webhooks
    }
    known = places(event for some in heard.values() for event in some)
    fitting = [
        (hook, event)
        for hook in webhooks
        for event in heard[hook.pk]
        if fits(hook, _place(event, known))
    ]
    seen = _seen(fitting)
    return [(hook, e) for hook, e in fitting if e.pk in seen[hook.owner_id]]


def _place(event: Event, known: Mapping[int, Place]) -> Place | None:
    is_ticket = event.subject_type == Ticket.subject_type
    return known.get(event.subject_id) if is_ticket else None


def _seen(pairs: Iterable[tuple[Webhook, Event]]) -> Mapping[int, set[int]]:
    """Of each owner the events they may see."""
    asked: dict[int, set[int]] = defaultdict(set)
    owners = {}
    for hook, event in pairs:
        asked[hook.owner_id].add(event.pk)
        owners[hook.owner_id] = hook.owner
    return {
        pk: set(
            visible_events(owners[pk]).filter(pk__in=ids).values_list("pk", flat=True)
        )
        for pk, ids in asked.items()
    }
