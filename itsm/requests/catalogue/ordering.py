"""What holds for every order, by whatever door: whose it may be, and what it costs.

`enter` runs inside the opening of the ticket, so that neither the desk's form nor the
Table API nor a recurring order gets past it.
"""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from core.errors import Invalid
from itsm.requests.catalogue import counting, prices, rights, training
from itsm.requests.forms import queries as forms
from itsm.requests.models import Offering, Request
from itsm.tickets.models import Ticket
from people.models import User

COST_CENTRE = "cost_centre"  # a question of this slug says who pays


def enter(ticket: Ticket, row: Request, by: User, at: datetime) -> None:
    """Check an order, and write what it costs whom. Raises Invalid."""
    offering, person = row.offering, ticket.requester
    if offering is None or person is None:
        return
    require(offering, person, by=by, at=at)
    if row.form_id is None and any(
        one.required and one.when is None
        for one in forms.fields(forms.newest(offering))
    ):
        said = _("It asks some questions first: order it from the catalogue.")
        raise Invalid({"offering": [said]})
    if by.pk != person.pk:
        row.ordered_by = by
    found = prices.of(offering, person, at=at)
    if found is not None:
        row.price, row.currency, row.basis = found.amount, found.currency, found.basis
    row.cost_centre = str(row.answers.get(COST_CENTRE, "") or person.cost_centre)[:40]
    row.save()
    counting.note(offering, person)


def require(offering: Offering, person: User, *, by: User, at: datetime) -> None:
    """Raise Invalid with why this person cannot have it, or not yet."""
    if why := rights.why_not(offering, person, by=by):
        raise Invalid({"offering": [why]})
    if course := training.missing(offering, person, at=at):
        raise Invalid({"offering": [training.refusal(course)]})


def approvals(offering: Offering, price: Decimal | None) -> list[str]:
    """Whose yes it needs: the offering's own, and the manager's from a price on."""
    found = [offering.approval] if offering.approval else []
    limit = offering.asks_manager_over
    if limit is not None and price is not None and price >= limit:
        found.append(Offering.Approval.MANAGER.value)
    return list(dict.fromkeys(found))
