"""Tags on a ticket: put on and taken off in one go."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from core.errors import Invalid
from core.log import act, record
from itsm.tickets import kinds
from itsm.tickets.actions.common import save
from itsm.tickets.models import Ticket
from itsm.tickets.policy import require_on
from itsm.tickets.queries import lock
from itsm.tickets.tags.models import Tag, TicketTag
from people.models import User

MOST = 20  # on one ticket


def tag(
    *,
    ticket: Ticket,
    by: User,
    at: datetime,
    add: Sequence[Tag] = (),
    remove: Sequence[Tag] = (),
) -> Ticket:
    """Put tags on and take others off. What is so already changes nothing."""
    with act():
        ticket = lock(ticket)
        require_on(by, "ticket.tag", ticket)
        if not add and not remove:
            raise Invalid({"add": [_("Name at least one tag.")]})
        had = tags_of(ticket)
        wanted = [*had, *(t.pk for t in add if t.pk not in had)]
        gone = {t.pk for t in remove} - {t.pk for t in add}
        set_tags(ticket, [pk for pk in wanted if pk not in gone], by=by, at=at)
    return ticket


def tags_of(ticket: Ticket) -> list[int]:
    """The ids of its tags, in the order in which they were put on; one query."""
    rows = TicketTag.objects.filter(ticket_id=ticket.pk).order_by("pk")
    return list(rows.values_list("tag_id", flat=True))


def set_tags(
    ticket: Ticket, wanted: list[int], *, by: User | None, at: datetime
) -> None:
    """Make these its tags; for actions that checked everything already."""
    had = tags_of(ticket)
    if set(had) == set(wanted):
        return
    if len(wanted) > MOST:
        raise Invalid({"add": [_("At most %(n)s tags on a ticket.") % {"n": MOST}]})
    TicketTag.objects.filter(ticket_id=ticket.pk).exclude(tag_id__in=wanted).delete()
    TicketTag.objects.bulk_create(
        TicketTag(ticket=ticket, tag_id=pk, at=at, by=by)
        for pk in wanted
        if pk not in had
    )
    save(ticket, at=at)
    changes = {"tags": (had, wanted)}
    record(kinds.TAG, subject=ticket, by=by, at=at, changes=changes)
