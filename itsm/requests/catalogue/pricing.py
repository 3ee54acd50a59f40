"""What a thing costs somebody on a day. Pure.

Of the prices that are valid, one by organisation beats one for all; of those the one
that began last counts, and of two of the same day the one entered last. So a new price
needs no end of the former.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
COST_PLUS, DIFFERENTIAL = "cost_plus", "differential"
LARGEST = Decimal("99999999.99")  # what a row can hold


@dataclass(frozen=True, slots=True)
class Rate:
    """One row of an offering's prices. `until` is the last day; None has no end."""

    id: int
    basis: str
    amount: Decimal
    plus_percent: Decimal | None
    currency: str
    organisation: int | None
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class Priced:
    """What is charged, and how that is reckoned."""

    amount: Decimal
    currency: str
    basis: str
    rate: int


def price(
    rates: Iterable[Rate], *, day: date, organisation: int | None
) -> Priced | None:
    """The one price that applies; None where there is none."""
    fitting = [rate for rate in rates if applies(rate, day, organisation)]
    if not fitting:
        return None
    best = max(fitting, key=lambda r: (r.organisation is not None, r.since, r.id))
    return Priced(amount_of(best), best.currency, best.basis, best.id)


def applies(rate: Rate, day: date, organisation: int | None) -> bool:
    """Whether a rate holds on a day for an organisation (or for all)."""
    is_valid = rate.since <= day and (rate.until is None or day <= rate.until)
    return is_valid and rate.organisation in (None, organisation)


def amount_of(rate: Rate) -> Decimal:
    """The amount with what is put on it, to the cent; half a cent goes up."""
    more = rate.plus_percent or Decimal(0) if rate.basis == COST_PLUS else Decimal(0)
    whole = rate.amount * (1 + more / 100)
    return whole.quantize(CENT, rounding=ROUND_HALF_UP)
