"""Where one goes on after tickets were joined or parted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itsm.tickets.actions.merging import might_be_merged
from itsm.tickets.joining.models import Merged, Split
from itsm.tickets.models import Comment, Ticket
from people.models import User


def goes_on_at(ticket: Ticket, verb: str, by: User) -> str:
    """The number of the ticket to show to who did this verb to `ticket` just now."""
    if verb == "merge":
        rows = Merged.objects.filter(ticket_id=ticket.pk)
        return rows.values_list("into__number", flat=True).first() or ticket.number
    if verb == "split":
        made = Split.objects.filter(origin_id=ticket.pk, by=by).order_by("-pk")
        return made.values_list("ticket__number", flat=True).first() or ticket.number
    return ticket.number


@dataclass(frozen=True, slots=True)
class Word:
    """A public text of the ticket in which another goes on."""

    pk: int  # of the comment; 0 where it is what solved it
    at: datetime
    author: User | None
    body: str


def since_merged(ticket: Ticket, reader: User) -> list[Word]:
    """What is read on a merged ticket of the one in which it goes on.

    Public texts since the merge, never what was said before, and only where the reader
    may see that ticket as well: what is said there is said to its own requester. No
    query for a ticket that was not merged.
    """
    found: list[Word] = []
    seen = {ticket.pk}
    here = ticket
    while might_be_merged(here):
        row = Merged.objects.filter(ticket_id=here.pk).select_related("into").first()
        if row is None or row.into_id in seen or not _sees(reader, row.into):
            break
        seen.add(row.into_id)
        found += _said(row.into, row.at)
        here = row.into
    return sorted(found, key=lambda word: word.at)


def _sees(reader: User, ticket: Ticket) -> bool:
    seen: Any = Ticket.objects.visible_to(reader)
    return bool(seen.filter(pk=ticket.pk).exists())


def _said(ticket: Ticket, since: datetime) -> list[Word]:
    rows = Comment.objects.filter(
        ticket_id=ticket.pk, is_public=True, at__gte=since, redacted_at=None
    )
    words = [
        Word(one.pk, one.at, one.author, one.body)
        for one in rows.select_related("author").order_by("pk")
    ]
    solved = ticket.resolved_at
    if ticket.resolution and solved is not None and solved >= since:
        words.append(Word(0, solved, ticket.owner, ticket.resolution))
    return words
