"""Forecasts that keep their word: from the past alone, and on what 39 projects did."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backlog.measures.forecast import DAYS, FROM, YEAR, at_least, done_within, words
from bench import forecasts

DONE = st.lists(st.integers(0, 9), max_size=260)
DATA = forecasts.series()
needs_data = pytest.mark.skipif(
    not DATA, reason=f"the series of the projects are not there: {forecasts.FOLDER}"
)


def test_a_team_that_always_does_the_same_is_believed_more_and_more():
    said = [at_least([1] * days) for days in (5, 60, 250, 1000)]
    assert said == sorted(said)
    assert 5 <= said[0] <= 10
    assert said[-1] >= 17


def test_nobody_promises_anything_of_a_team_that_did_nothing():
    assert at_least([]) == at_least([0] * 200) == 0
    assert done_within([0] * 200, 1) is None


def test_more_sure_promises_less():
    done = [0, 3, 1, 0, 2] * 40
    assert at_least(done, sure=0.95) < at_least(done) < at_least(done, sure=0.5)


def test_a_broken_word_makes_careful_and_kept_ones_make_bold_again():
    steady, crash = [2] * 300, [2] * 300 + [0] * 20 + [2] * 20
    assert at_least(crash) < at_least(steady)
    assert at_least(crash + [2] * 400) > at_least(crash)


@given(DONE, st.lists(st.integers(0, 9), max_size=3 * DAYS))
@settings(max_examples=60, deadline=None)
def test_what_comes_later_changes_no_word_given_before(past, later):
    """Word for word: the back-test looks at what the product would have said."""
    said = dict(words(past))
    whole = dict(words(past + later[: len(later) // DAYS * DAYS]))
    common = said.keys() & whole.keys()
    assert {day: said[day] for day in common} == {day: whole[day] for day in common}
    if len(past) >= FROM:
        assert common == said.keys()


@given(DONE)
@settings(max_examples=60, deadline=None)
def test_a_word_is_never_negative_and_each_is_a_period_after_the_last(done):
    said = list(words(done))
    assert said[-1][0] == len(done)
    assert all(promised >= 0 for _day, promised in said)
    days = [day for day, _ in said]
    assert all(after - before == DAYS for before, after in pairwise(days))


@given(DONE, st.integers(1, 40))
@settings(max_examples=30, deadline=None)
def test_when_so_many_are_done_is_when_at_least_so_many_are_said(done, n):
    days = done_within(done, n)
    if days is None:
        assert at_least(done, days=YEAR) < n
    else:
        assert at_least(done, days=days) >= n
        assert days % 5 == 0


@needs_data
def test_on_what_39_projects_did_forecasts_keep_their_word():
    """The line that was set, on the series that are there; docs/forecasts.md."""
    assert len(DATA) == 39
    found = forecasts.records(DATA, forecasts.ours)
    whole = forecasts.pooled(found.values())
    low, high = forecasts.POOLED
    assert low <= whole.share <= high
    assert whole.ratio >= forecasts.RATIO
    _name, least = forecasts.worst(found)
    assert least.share >= forecasts.WORST


@needs_data
def test_the_last_60_days_sampled_do_not_keep_theirs():
    """So that the line above is not one that anything keeps."""
    some = {name: DATA[name] for name in sorted(DATA)[::4]}
    found = forecasts.records(some, forecasts.sampled)
    assert forecasts.pooled(found.values()).share < forecasts.POOLED[0] - 0.05
