"""Which price applies: pure; and entering and ending one."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm.requests.catalogue import months, prices
from itsm.requests.catalogue.pricing import Rate, amount_of, applies, price
from itsm.requests.models import Price
from tests.cast import AT
from tests.itsm.checks import forbidden, invalid, wrong_state

DAY = date(2026, 3, 2)


def rate(id_: int, amount: str, **more) -> Rate:
    known = {
        "basis": "cost",
        "plus_percent": None,
        "currency": "EUR",
        "organisation": None,
        "since": date(2026, 1, 1),
        "until": None,
    }
    return Rate(id=id_, amount=Decimal(amount), **{**known, **more})


def amount(*rates: Rate, day: date = DAY, organisation: int | None = None):
    found = price(rates, day=day, organisation=organisation)
    return None if found is None else str(found.amount)


def test_the_one_that_began_last_applies_until_its_last_day():
    old = rate(1, "10")
    new = rate(2, "12", since=DAY, until=DAY)
    assert amount(old, new, day=DAY - timedelta(days=1)) == "10.00"
    assert amount(old, new) == "12.00"
    assert amount(old, new, day=DAY + timedelta(days=1)) == "10.00"
    assert amount(rate(1, "1", since=DAY + timedelta(days=1))) is None
    assert amount() is None


def test_an_organisation_s_own_price_beats_the_one_for_all():
    own = rate(1, "8", basis="differential", organisation=7)
    others = rate(2, "12", basis="differential", since=DAY)
    assert amount(own, others, organisation=7) == "8.00"
    assert amount(own, others, organisation=9) == "12.00"
    assert amount(own, organisation=None) is None


def test_cost_plus_is_reckoned_to_the_cent():
    plus = {"basis": "cost_plus", "plus_percent": Decimal("12.5")}
    assert str(amount_of(rate(1, "0.04", **plus))) == "0.05"  # 0.045 goes up
    assert str(amount_of(rate(1, "100", **plus))) == "112.50"
    assert str(amount_of(rate(1, "100", plus_percent=Decimal(5)))) == "100.00"


rates = st.lists(
    st.builds(
        rate,
        st.integers(1, 99),
        st.sampled_from(["1", "2.50", "99.99"]),
        organisation=st.sampled_from([None, 7, 8]),
        since=st.dates(date(2026, 1, 1), date(2026, 6, 1)),
        until=st.none() | st.dates(date(2026, 1, 1), date(2026, 6, 1)),
    ),
    max_size=6,
)


@given(rates, st.sampled_from([None, 7, 8]))
def test_the_price_is_one_that_applies_and_the_order_does_not_matter(some, whose):
    found = price(some, day=DAY, organisation=whose)
    fitting = [one for one in some if applies(one, DAY, whose)]
    assert (found is None) == (not fitting)
    if found is not None and len({one.id for one in some}) == len(some):
        assert found == price(reversed(some), day=DAY, organisation=whose)
        assert found.rate in {one.id for one in fitting}


@given(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.integers(1, 24),
    st.integers(0, 900),
)
def test_what_comes_again_keeps_its_day_of_the_month(first, every, later):
    day = first + timedelta(days=later)
    found = months.after(first, every, day)
    assert found > day
    n = ((found.year - first.year) * 12 + found.month - first.month) // every
    assert found == months.nth(first, every, n)
    assert n == 1 or months.nth(first, every, n - 1) <= day


def test_the_last_of_a_month_stays_the_last():
    first = date(2026, 1, 31)
    assert months.after(first, 1, first) == date(2026, 2, 28)
    assert months.after(first, 1, date(2026, 2, 28)) == date(2026, 3, 31)


def entered(cast, by=None, **more) -> Price:
    given = {"basis": "cost", "amount": Decimal("40"), "valid_from": DAY, **more}
    laptop = cast.offerings["new-laptop"]
    return prices.add_price(offering=laptop, by=by or cast.grace, at=AT, **given)


def test_a_price_is_entered_and_ended_by_who_may(cast):
    row = entered(cast)
    for name in ("carol", "bob", "alice"):
        with forbidden():
            entered(cast, by=cast.people[name])
    laptop = cast.offerings["new-laptop"]
    assert str(prices.of(laptop, cast.carol, at=AT).amount) == "40.00"
    with forbidden():
        prices.end_price(offering=laptop, price=row.pk, by=cast.bob, at=AT)
    prices.end_price(offering=laptop, price=row.pk, by=cast.grace, at=AT)
    assert Price.objects.get().valid_until == DAY
    with wrong_state():
        later = AT + timedelta(days=1)
        prices.end_price(offering=laptop, price=row.pk, by=cast.grace, at=later)


def test_one_that_has_not_begun_is_taken_back(cast):
    row = entered(cast, valid_from=DAY + timedelta(days=3))
    laptop = cast.offerings["new-laptop"]
    prices.end_price(offering=laptop, price=row.pk, by=cast.grace, at=AT)
    assert not Price.objects.exists()
    with invalid():
        prices.end_price(offering=laptop, price=row.pk, by=cast.grace, at=AT)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"amount": Decimal(-1)}, "amount"),
        ({"amount": Decimal("NaN")}, "amount"),
        ({"amount": Decimal(10**9)}, "amount"),
        ({"basis": "guess"}, "basis"),
        ({"currency": "XXX"}, "currency"),
        ({"basis": "cost_plus"}, "plus_percent"),
        ({"plus_percent": Decimal(5)}, "plus_percent"),
        ({"valid_from": DAY - timedelta(days=1)}, "valid_from"),
        ({"valid_until": DAY - timedelta(days=1)}, "valid_until"),
    ],
)
def test_a_price_that_cannot_be_is_refused_at_its_field(cast, more, field):
    with invalid() as no:
        entered(cast, **more)
    assert field in no.value.errors


def test_only_a_price_by_organisation_names_one(cast):
    with invalid():
        entered(cast, organisation=cast.organisations["acme"])
    entered(cast, organisation=cast.organisations["acme"], basis="differential")
    laptop = cast.offerings["new-laptop"]
    assert prices.of(laptop, cast.carol, at=AT) is not None
    assert prices.of(laptop, cast.mallory, at=AT) is None
