"""What whoever decides on an order sees on one screen."""

from datetime import datetime

from django.utils.translation import gettext as _

from core import slots
from itsm.requests import told
from itsm.requests.catalogue.money import money
from itsm.requests.models import Request
from itsm.tickets import details
from itsm.tickets.approving.facts import SLOT, Fact
from itsm.tickets.approving.models import Approval
from itsm.tickets.models import Ticket
from itsm.tickets.states import TicketType
from people.models import User
from processes.durations import WORKING_DAY
from processes.words import length


def facts(ticket: Ticket, user: User, row: Approval, at: datetime) -> list[Fact] | None:
    """The rows of an order; four queries."""
    detail = details.of(TicketType.REQUEST)
    if ticket.type != TicketType.REQUEST or detail is None:
        return None
    order: Request = detail.load(ticket)
    offering = order.offering
    found = [Fact("who", _("For"), _whose(ticket, order))]
    if offering is not None:
        promise = length(offering.promise, day=WORKING_DAY)
        within = _("%(name)s, within %(time)s") % {
            "name": offering.name,
            "time": promise,
        }
        found.append(Fact("what", _("What"), within, more=offering.description))
    if order.price is not None:
        found.append(Fact("price", _("Price"), money(order.price, order.currency)))
    if ticket.description:
        found.append(_text(_("What they wrote"), ticket.description))
    answers = [a for a in told.answers(order) if a.text]
    found += [_text(a.label, a.text, a.slug) for a in answers]
    why = {
        "manager": _("You are their manager"),
        "data_owner": _("You own the data"),
        "hr": _("You decide for human resources"),
        "service_owner": _("You own the service"),
    }.get(row.authority)
    if why and row.approver_id == user.pk:
        found.append(Fact("why", _("Why you"), why))
    return found


def _whose(ticket: Ticket, order: Request) -> str:
    requester = ticket.requester.name if ticket.requester else _("Nobody")
    place = f", {ticket.organisation.name}" if ticket.organisation else ""
    by = order.ordered_by
    if by is None or by.pk == ticket.requester_id:
        return f"{requester}{place}"
    return _("%(who)s, ordered by %(by)s") % {"who": requester + place, "by": by.name}


def _text(label: str, text: str, name: str = "text") -> Fact:
    is_long = len(text) > 120 or "\n" in text.strip()
    short = text.strip().splitlines()[0][:120] if text.strip() else ""
    return Fact(name, label, f"{short}…" if is_long else text, more=text * is_long)


def register() -> None:
    """Fill the decision's page."""
    slots.fill(SLOT, "request", facts, order=20, queries=4)
