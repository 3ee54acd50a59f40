"""The count of risk: every line explained, the same whenever it is counted again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm.changes.risk import Found, Line, recount, score
from processes.control import FACTORS
from tests.processes.definitions import shipped

RULES = shipped("change").risk
CALM = {name: Found(words[0]) for name, words in FACTORS.items()}
BEST = {"way_back": "tried", "noticed": "nothing", "done_before": "lately"}
found_things = st.fixed_dictionaries(
    {}, optional={n: st.sampled_from(w).map(Found) for n, w in FACTORS.items()}
)
answer_sets = st.fixed_dictionaries(
    {},
    optional={
        s: st.sampled_from(sorted(q.answers)) for s, q in RULES.questions.items()
    },
)


def test_a_calm_change_that_was_tried_has_no_points():
    assert score(RULES, CALM, BEST).points == 0
    assert score(RULES, CALM, BEST).level == "low"


def test_each_line_says_what_was_looked_at_found_and_added():
    found = {**CALM, "criticality": Found("critical", {"service": "Web shop"})}
    line = score(RULES, found, BEST).lines[0]
    assert line == Line("criticality", "critical", 20, {"service": "Web shop"})
    asked = score(RULES, found, BEST).lines[-1]
    assert (asked.question, asked.found, asked.points) == ("done_before", "lately", 0)


def test_a_question_without_an_answer_counts_as_its_gravest():
    nothing = score(RULES, CALM, {})
    gravest = sum(q.most for q in RULES.questions.values())
    assert nothing.points == gravest
    assert score(RULES, CALM, {"way_back": "perhaps"}) == nothing


@pytest.mark.parametrize(("points", "level"), [(49, "low"), (50, "high")])
def test_it_is_high_from_the_points_that_the_version_names(points, level):
    words = {"grave": points}
    rules = type(RULES)(high_from=50, factors={"size": words}, questions={})
    assert score(rules, {"size": Found("grave")}, {}).level == level


@given(found_things, answer_sets)
def test_the_points_are_the_sum_of_the_lines_and_never_more_than_all(found, answers):
    whole = score(RULES, found, answers)
    assert whole.points == sum(line.points for line in whole.lines)
    assert 0 <= whole.points <= RULES.most
    assert (whole.level == "high") == (whole.points >= RULES.high_from)


@given(found_things, answer_sets)
def test_what_was_kept_is_counted_again_to_the_same(found, answers):
    whole = score(RULES, found, answers)
    assert recount(RULES, [line.told() for line in whole.lines]) == whole


@given(found_things, answer_sets, st.sampled_from(sorted(FACTORS)))
def test_a_graver_word_never_lowers_the_points(found, answers, name):
    by_points = sorted(RULES.factors[name].items(), key=lambda pair: pair[1])
    milder = score(RULES, {**found, name: Found(by_points[0][0])}, answers)
    graver = score(RULES, {**found, name: Found(by_points[-1][0])}, answers)
    assert milder.points <= graver.points
