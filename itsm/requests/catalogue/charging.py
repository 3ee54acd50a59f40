"""Charge lines: an order is charged when it is fulfilled.

The lines are a ledger: what was written is never changed. An order that is opened
again, or cancelled after all, gets a second line with the same amount taken back, dated
when that happened, because the month of the first may have been closed and sent to
somebody by then; fulfilled once more it is charged once more. So the lines of an order
always come to what it owes as it stands, and the lines of a month never change later.
"""

from decimal import Decimal
from typing import Any

from django.db.models import Sum

from core.models import Event
from itsm.requests.models import Charge, Request
from itsm.tickets.actions.merging import CODE
from itsm.tickets.models import Ticket
from itsm.tickets.states import StateCategory

FULFILLED = frozenset({StateCategory.RESOLVED, StateCategory.CLOSED})


def follow(event: Event, ticket: Any) -> None:
    """Bring the ledger to what the order owes, where it was or is fulfilled now."""
    moved = event.changes.get("state_category", ())
    if ticket.type != "request" or not FULFILLED.intersection(moved):
        return
    row = Request.objects.select_related("offering").filter(ticket_id=ticket.pk).first()
    if row is None or row.offering is None or not row.price:
        return
    lines = Charge.objects.filter(ticket_id=ticket.pk)
    so_far = lines.aggregate(total=Sum("amount"))["total"] or Decimal(0)
    owed = row.price if _is_owed(ticket) else Decimal(0)
    if owed == so_far:
        return
    Charge.objects.create(
        ticket_id=ticket.pk,
        offering=row.offering,
        cost_centre=row.cost_centre,
        amount=owed - so_far,
        currency=row.currency,
        basis=row.basis,
        at=event.at,
    )


def _is_owed(ticket: Ticket) -> bool:
    """Fulfilled; one that was put together with another is that one's to charge."""
    return ticket.state_category in FULFILLED and ticket.resolution_code != CODE


def disagreeing() -> list[str]:
    """Orders whose lines do not come to what they owe; for `doctor`."""
    rows = Request.objects.exclude(price=None).exclude(price=0)
    rows = rows.annotate(charged=Sum("ticket__charges__amount")).select_related(
        "ticket"
    )
    found = []
    for row in rows.iterator(chunk_size=2000):
        owed = row.price if _is_owed(row.ticket) else Decimal(0)
        if (row.charged or Decimal(0)) != owed:
            found.append(f"{row.ticket.number}: {row.charged} charged, {owed} owed")
        if len(found) == 20:
            break
    return found
