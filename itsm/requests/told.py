"""An order's answers, price and charges, for pages and programs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.api.schema import OPTIONAL_TEXT, TEXT, Schema, array, component, obj, one_of
from itsm.requests.catalogue.money import money
from itsm.requests.forms import definition, queries, shown
from itsm.requests.forms.shown import Shown
from itsm.requests.models import Charge, Price, Request
from itsm.tickets.models import Attachment, Ticket
from people.models import Service, User

OPTIONAL_WHOLE: Schema = {"type": ["integer", "null"]}
ANY: Schema = {"type": ["string", "number", "array"], "items": {}}
ANSWER = component(
    "Answer",
    obj(
        {
            "question": TEXT,
            "label": TEXT,
            "type": one_of(*definition.Type),
            "value": ANY,
            "text": TEXT,
        }
    ),
)
TOLD: Mapping[str, Schema] = {
    "form": OPTIONAL_WHOLE,
    "answers": array(ANSWER),
    "ordered_by": OPTIONAL_TEXT,
    "price": OPTIONAL_TEXT,
    "currency": OPTIONAL_TEXT,
    "price_basis": one_of(*Price.Basis.values, empty=True),
    "cost_centre": OPTIONAL_TEXT,
    "recurring": OPTIONAL_WHOLE,
}


def of_order(ticket: Ticket, row: Request, user: User) -> Mapping[str, Any]:
    """What REST tells of a request besides its offering."""
    by = row.ordered_by
    return {
        "form": row.form.number if row.form else None,
        "answers": [
            {
                "question": one.slug,
                "label": one.label,
                "type": one.type.value,
                "value": one.value,
                "text": one.text,
            }
            for one in answers(row)
        ],
        "ordered_by": by.email if by else None,
        "price": str(row.price) if row.price is not None else None,
        "currency": row.currency or None,
        "price_basis": row.basis or None,
        "cost_centre": row.cost_centre or None,
        "recurring": row.recurring_id,
    }


def answers(row: Request) -> list[Shown]:
    """What was answered, in words; a query for people and one for services."""
    if row.form is None or not row.answers:
        return []
    asked = queries.fields(row.form)
    emails = shown.people(asked, row.answers)
    people = User.objects.filter(email__in=emails) if emails else User.objects.none()
    names = dict(people.values_list("email", "name"))
    services: dict[str, str] = {}
    if any(one.type == definition.Type.SERVICE for one in asked):
        services = dict(Service.objects.values_list("slug", "name"))
    return shown.of(
        asked,
        row.answers,
        person=lambda email: f"{names[email]} ({email})" if email in names else email,
        service=lambda slug: services.get(slug, slug),
    )


@dataclass(frozen=True, slots=True)
class Order:
    """What a page shows of an order."""

    offering: Any
    answers: list[Shown]
    files: Mapping[int, Attachment]
    price: str
    basis: str
    cost_centre: str
    ordered_by: User | None
    every: int | None  # months
    charges: list[tuple[Charge, str]]


def order_of(ticket: Ticket, row: Request, *, charges: bool = False) -> Order:
    """The order behind a ticket; four queries at most, one more for charges."""
    found = answers(row)
    ids = [pk for one in found for pk in one.files]
    files = Attachment.objects.filter(ticket_id=ticket.pk, pk__in=ids) if ids else ()
    lines = ticket.charges.order_by("pk") if charges and row.price else ()
    return Order(
        offering=row.offering,
        answers=found,
        files={one.pk: one for one in files},
        price=money(row.price, row.currency) if row.price is not None else "",
        basis=str(Price.Basis(row.basis).label) if row.basis else "",
        cost_centre=row.cost_centre,
        ordered_by=row.ordered_by,
        every=row.recurring.months if row.recurring else None,
        charges=[(one, money(one.amount, one.currency)) for one in lines],
    )
