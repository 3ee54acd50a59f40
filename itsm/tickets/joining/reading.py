"""Where one goes on after tickets were joined or parted."""

from itsm.tickets.joining.models import Merged, Split
from itsm.tickets.models import Ticket


def goes_on_at(ticket: Ticket, verb: str) -> str:
    """The number of the ticket to show after this verb was done to `ticket`."""
    if verb == "merge":
        rows = Merged.objects.filter(ticket_id=ticket.pk)
        return rows.values_list("into__number", flat=True).first() or ticket.number
    if verb == "split":
        made = Split.objects.filter(origin_id=ticket.pk).order_by("-pk")
        return made.values_list("ticket__number", flat=True).first() or ticket.number
    return ticket.number
