"""What a record is worth: the bound, and what it speaks for."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from itsm.changes.trust import (
    Record,
    chance_of_at_most,
    speaks_for,
    standing_of,
    upper_bound,
)
from processes.control import Trust

RULES = Trust()


@pytest.mark.parametrize(
    ("ended", "failed", "bound"),
    [
        (0, 0, 1.0),
        (2, 0, 1.0),  # three of two would be more than all
        (20, 0, 0.15),
        (60, 0, 0.05),
        (300, 0, 0.01),
        # Clopper-Pearson, one-sided 95 %: the 0.95 quantile of Beta(k + 1, n - k)
        (10, 1, 0.39416),
        (20, 1, 0.21611),
        (26, 2, 0.222894),
        (100, 3, 0.07571),
        (5000, 300, 0.065818),
        (5, 5, 1.0),
    ],
)
def test_the_bound_is_three_by_n_where_none_failed_else_exact(ended, failed, bound):
    assert upper_bound(ended, failed) == pytest.approx(bound, abs=1e-5)


@given(st.integers(1, 400), st.integers(1, 400))
def test_at_the_bound_so_few_failures_have_a_chance_of_five_per_cent(ended, failed):
    assume(failed < ended)
    bound = upper_bound(ended, failed)
    assert chance_of_at_most(failed, ended, bound) == pytest.approx(0.05, rel=1e-5)
    assert failed / ended < bound < 1


@settings(deadline=None)  # a busy machine
@given(st.integers(4, 300), st.integers(0, 300))  # of fewer, 3/n says nothing
def test_one_more_failure_raises_it_and_one_more_success_lowers_it(ended, failed):
    assume(failed <= ended)
    now = upper_bound(ended, failed)
    assert upper_bound(ended + 1, failed) <= now
    assert upper_bound(ended + 1, failed + 1) >= upper_bound(ended + 1, failed)


def test_more_failures_than_changes_are_a_mistake():
    with pytest.raises(ValueError, match="5 of 4"):
        upper_bound(4, 5)


@pytest.mark.parametrize(
    ("standing", "ended", "failed", "speaks"),
    [
        ("normal", 59, 0, ""),
        ("normal", 60, 0, "standard"),
        ("suspended", 60, 0, "standard"),
        ("normal", 60, 1, ""),
        ("normal", 92, 1, ""),
        ("normal", 93, 1, "standard"),  # at most 4.99 % fail
        ("normal", 5, 5, ""),  # it has nothing to lose
        ("standard", 60, 0, ""),
        ("standard", 3, 0, ""),  # few prove nothing against it
        ("standard", 20, 1, "suspended"),
        ("standard", 60, 2, ""),
    ],
)
def test_what_a_record_speaks_for(standing, ended, failed, speaks):
    assert speaks_for(RULES, standing, Record(ended, failed)) == speaks


def test_fewer_than_the_least_earn_nothing_however_low_the_bound_may_be():
    generous = Trust(standard_under=0.5, suspend_over=0.9, least=20)
    assert speaks_for(generous, "normal", Record(19, 0)) == ""
    assert speaks_for(generous, "normal", Record(20, 0)) == "standard"


@pytest.mark.parametrize(
    ("ended", "failed", "word"),
    [(0, 0, "few"), (4, 0, "few"), (4, 1, "poor"), (5, 0, "good"), (20, 3, "good")],
)
def test_a_record_in_a_word(ended, failed, word):
    assert standing_of(Record(ended, failed), 0.15) == word
