"""An offering's prices: entering one, ending one, taking back one that has not begun.

A price that has begun is never rewritten: whoever ordered was told it. Orders and
charges keep their own amount besides.
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Invalid, WrongState
from core.log import act, record
from itsm.requests.catalogue.pricing import (
    COST_PLUS,
    DIFFERENTIAL,
    LARGEST,
    Priced,
    Rate,
    amount_of,
    price,
)
from itsm.requests.catalogue.standing import require_offering
from itsm.requests.models import Offering, Price
from people.models import Organisation, User

CURRENCIES = ("EUR", "CHF", "GBP", "USD", "SEK", "DKK", "NOK", "PLN", "CZK")
MOST = 500


def rate_of(row: Price) -> Rate:
    """A row as the pure rule reads it."""
    return Rate(
        *(row.pk, row.basis, row.amount, row.plus_percent, row.currency),
        *(row.organisation_id, row.valid_from, row.valid_until),
    )


def of(offering: Offering, person: User, *, at: datetime) -> Priced | None:
    """What it costs this person now; one query, none where prices are at hand."""
    rates = map(rate_of, offering.prices.all())
    return price(rates, day=timezone.localdate(at), organisation=person.organisation_id)


def with_prices() -> Prefetch:
    """To fetch many offerings' prices in one query."""
    return Prefetch(
        "prices", Price.objects.select_related("organisation").order_by("pk")
    )


def add_price(
    *,
    offering: Offering,
    by: User,
    at: datetime,
    basis: str,
    amount: Decimal,
    valid_from: date,
    currency: str = "EUR",
    plus_percent: Decimal | None = None,
    organisation: Organisation | None = None,
    valid_until: date | None = None,
) -> Price:
    """What it costs from a day on. Raises Forbidden, Invalid."""
    with act():
        offering = require_offering(offering, by)
        row = Price(
            offering=offering,
            basis=basis,
            amount=amount,
            plus_percent=plus_percent,
            currency=currency,
            organisation=organisation,
            valid_from=valid_from,
            valid_until=valid_until,
        )
        _check(row, timezone.localdate(at))
        if offering.prices.count() >= MOST:
            raise Invalid({"amount": [_("At most %(n)s prices.") % {"n": MOST}]})
        row.save()
        changes = {
            "price": (None, row.pk),
            "amount": (None, str(amount_of(rate_of(row)))),
        }
        record("offering.price", subject=offering, by=by, at=at, changes=changes)
    return row


def _check(row: Price, today: date) -> None:
    errors: dict[str, list[str]] = {}
    if row.basis not in Price.Basis.values:
        errors["basis"] = [_("Choose how it is reckoned.")]
    if not row.amount.is_finite() or not Decimal(0) <= row.amount <= LARGEST:
        errors["amount"] = [_("Write an amount that is not negative.")]
    if row.currency not in CURRENCIES:
        known = ", ".join(CURRENCIES)
        errors["currency"] = [_("Choose one of: %(words)s.") % {"words": known}]
    if (row.basis == COST_PLUS) != (row.plus_percent is not None):
        errors["plus_percent"] = [
            _("Say how many per cent are put on the cost; for no other basis.")
        ]
    elif row.plus_percent is not None and not 0 <= row.plus_percent <= 999:
        errors["plus_percent"] = [_("Choose from 0 to 999 per cent.")]
    elif "amount" not in errors and amount_of(rate_of(row)) > LARGEST:
        errors["amount"] = [_("With what is put on it this is too much.")]
    if row.organisation is not None and row.basis != DIFFERENTIAL:
        errors["organisation"] = [_("Only a price by organisation names one.")]
    if row.valid_from < today:
        errors["valid_from"] = [_("A price cannot begin before today.")]
    if row.valid_until is not None and row.valid_until < row.valid_from:
        errors["valid_until"] = [_("It ends before it begins.")]
    if errors:
        raise Invalid(errors)


def end_price(*, offering: Offering, price: int, by: User, at: datetime) -> None:
    """Today is its last day; one that has not begun is taken back instead."""
    today = timezone.localdate(at)
    with act():
        offering = require_offering(offering, by)
        row = Price.objects.filter(offering=offering, pk=price).first()
        if row is None:
            raise Invalid({"price": [_("There is no such price.")]})
        if row.valid_until is not None and row.valid_until < today:
            raise WrongState(_("This price has ended already."))
        if row.valid_from > today:
            row.delete()
            changes: dict[str, tuple[Any, Any]] = {"price": (price, None)}
        else:
            changes = {"price": (price, price), "until": (None, today.isoformat())}
            row.valid_until = today
            row.save(update_fields=["valid_until"])
        record("offering.price_end", subject=offering, by=by, at=at, changes=changes)


def told(rows: Iterable[Price], *, on: date) -> list[tuple[Price, Decimal, str]]:
    """Prices with what they come to, and how each stands: now, later, over."""
    found = []
    for row in sorted(rows, key=lambda r: (r.valid_from, r.pk), reverse=True):
        stands = "later" if row.valid_from > on else "now"
        if row.valid_until is not None and row.valid_until < on:
            stands = "over"
        found.append((row, amount_of(rate_of(row)), stands))
    return found
