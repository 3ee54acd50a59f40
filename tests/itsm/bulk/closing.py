"""A thousand resolved tickets in a moment: copies of one that was made by actions."""

from core.models import Event
from itsm.tickets.models import Ticket
from tests.cast import Cast
from tests.factories import resolved


def many_resolved(cast: Cast, n: int) -> list[Ticket]:
    """Resolved incidents of Carol's, with the events they need."""
    first = Ticket.objects.get(pk=resolved(cast).pk)
    fields = {
        f.attname: getattr(first, f.attname)
        for f in Ticket._meta.concrete_fields
        if f.name not in {"id", "number"}
    }
    made = Ticket.objects.bulk_create(
        Ticket(**fields, number=f"INC-{700_000 + i}") for i in range(n)
    )
    model = Event.objects.filter(subject_id=first.pk, subject_type="ticket").last()
    Event.objects.bulk_create(
        Event(
            kind="ticket.open",
            at=model.at,
            door="page",
            subject_type="ticket",
            subject_id=ticket.pk,
            changes={"state": [None, ticket.state]},
        )
        for ticket in made
    )
    return made
