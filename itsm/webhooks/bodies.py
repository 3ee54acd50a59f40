"""What a delivery says: the event as REST tells it, its ticket as it stands now.

Written when it is sent, each time anew, so that what was removed meanwhile does not
leave, nor what the owner may not see any more. Thirteen queries at most for a batch.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from core.api.answers import encode
from core.models import Event
from itsm.tickets.api import shapes
from itsm.tickets.api.events import tell, visible_events
from itsm.tickets.models import Ticket
from itsm.webhooks import matching
from itsm.webhooks.models import TEST, Delivery, Webhook
from people.models import User

COLUMNS = tuple(shapes.COLUMNS.values())


def write(webhook: Webhook, deliveries: Sequence[Delivery]) -> dict[int, bytes]:
    """The bodies by the deliveries' ids, of what may be told now."""
    owner = webhook.owner
    tried = {one.event_id for one in deliveries if one.kind == TEST}
    others = {one.event_id for one in deliveries} - tried
    events = [*Event.objects.filter(pk__in=tried)] if tried else []
    if others:
        events += _still_told(webhook, visible_events(owner).filter(pk__in=others))
    tickets = _tickets(events, owner)
    bodies = {
        event.pk: encode(_with_ticket(told, event, tickets, owner)).encode()
        for event, told in zip(events, tell(events, owner), strict=True)
    }
    return {o.pk: bodies[o.event_id] for o in deliveries if o.event_id in bodies}


def _still_told(webhook: Webhook, events: Any) -> list[Event]:
    """Without what became restricted, where that is not for this webhook."""
    found = list(events)
    if webhook.with_restricted:
        return found
    known = matching.places(found)
    hidden = {pk for pk, place in known.items() if place.restricted}
    return [
        event
        for event in found
        if event.subject_type != Ticket.subject_type or event.subject_id not in hidden
    ]


def _tickets(events: Sequence[Event], owner: User) -> Mapping[int, dict[str, Any]]:
    """The tickets as a list of REST tells them; two queries."""
    ids = {e.subject_id for e in events if e.subject_type == Ticket.subject_type}
    if not ids:
        return {}
    rows = Ticket.objects.visible_to(owner).filter(pk__in=ids)
    found = list(rows.values_list("pk", *COLUMNS, named=True))
    told = shapes.of_rows(owner)(found)
    return {row.pk: one for row, one in zip(found, told, strict=True)}


def _with_ticket(
    told: dict[str, Any],
    event: Event,
    tickets: Mapping[int, dict[str, Any]],
    owner: User,
) -> dict[str, Any]:
    if event.subject_type != Ticket.subject_type:
        return told
    ticket = tickets.get(event.subject_id)
    if ticket is None:
        return told
    folder = f"/{ticket['type']}s" if owner.is_staff else "/portal"
    links = {
        "page": f"{settings.BASE_URL}{folder}/{ticket['number']}/",
        "api": f"{settings.BASE_URL}/api/v1/{ticket['type']}s/{ticket['number']}/",
    }
    return {**told, "ticket": ticket, "links": links}
