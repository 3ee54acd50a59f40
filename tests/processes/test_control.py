"""The sections `risk` and `trust`: read, refused with sentences, written, told."""

from copy import deepcopy

import pytest

from processes import control_words
from processes.definition import DefinitionError, dump, load
from processes.words import differences
from tests.processes.definitions import bent, shipped, shipped_data, small

RISK = {
    "high_from": 20,
    "factors": {"criticality": {"critical": 20, "normal": 0}},
    "questions": {
        "way_back": {
            "label": "Tried?",
            "answers": {
                "yes": {"label": "Yes", "points": 0},
                "no": {"label": "No", "points": 15},
            },
        }
    },
}


def problems(data):
    with pytest.raises(DefinitionError) as error:
        load(data)
    return [str(p) for p in error.value.problems]


def told(change):
    data = shipped_data("change")
    new = deepcopy(data)
    change(new)
    return differences(load(data), load(new))


def test_a_definition_without_them_counts_no_risk_and_earns_no_trust():
    found = load(small())
    assert (found.risk, found.trust) == (None, None)
    assert "risk" not in dump(found)


def test_the_section_is_read_and_written_as_it_was():
    found = load(small(risk=RISK, trust={"least": 30}))
    assert found.risk.factors["criticality"]["critical"] == 20
    assert found.risk.questions["way_back"].answers["no"].points == 15
    assert found.risk.most == 35
    assert (found.trust.least, found.trust.standard_under) == (30, 0.05)
    assert load(dump(found)) == found


@pytest.mark.parametrize(
    ("path", "value", "where", "says"),
    [
        ("risk.high_form", 3, "risk.high_form", '"high_from"?'),
        ("risk.high_from", "many", "risk.high_from", "a number from 1 to 1000"),
        ("risk.factors.critical", {}, "risk.factors.critical", '"criticality"?'),
        (
            "risk.factors.criticality.grave",
            3,
            "risk.factors.criticality.grave",
            "normal, high, critical, none",
        ),
        (
            "risk.factors.size.large",
            -4,
            "risk.factors.size.large",
            "a number from 0 to 100",
        ),
        ("risk.questions.Way", {}, "risk.questions.Way", "small letters"),
        ("risk.questions.a.label", "A?", "risk.questions.a.answers", "missing"),
        (
            "risk.questions.a",
            {"label": "A?", "answers": {"x": {"label": "X", "points": 3}}},
            "risk.questions.a.answers",
            "at least two answers",
        ),
        ("risk.factors", {}, "risk", "at least one factor or question"),
        ("trust.standard_under", 5, "trust.standard_under", "from 0.001 to 0.999"),
        ("trust.suspend_over", 0.04, "trust.suspend_over", "above standard_under"),
        ("trust.last", 3, "trust.last", '"least"?'),
    ],
)
def test_a_mistake_is_told_with_its_place(path, value, where, says):
    found = problems(bent(path, value))
    assert any(p.startswith(f"{where}:") and says in p for p in found), found


def test_a_risk_that_can_never_be_high_is_refused():
    (problem,) = problems(small(risk={**RISK, "high_from": 36}))
    assert problem == (
        "risk.high_from: no risk could ever be high: all points together are 35"
    )


def test_a_state_says_within_what_time_it_is_looked_at():
    found = load(bent("states.done.due", "P5D"))
    assert found.states["done"].due.days == 5
    assert load(dump(found)) == found


def test_more_points_for_an_answer_are_told():
    def graver(new):
        new["risk"]["questions"]["way_back"]["answers"]["none"]["points"] = 30
        new["risk"]["high_from"] = 45
        new["risk"]["factors"]["size"]["large"] = 20
        new["states"]["review"]["due"] = "P10D"

    assert told(graver) == [
        "“In review” is looked at within: 5 days → 10 days.",
        "Risk is high from: 50 → 45 points.",
        "Size of the work, large: 12 → 20 points.",
        "Has the way back been tried?, There is none: 25 → 30 points.",
    ]


def test_a_question_that_comes_or_goes_is_told():
    def another(new):
        questions = new["risk"]["questions"]
        questions["night"] = questions.pop("noticed") | {"label": "At night?"}

    assert told(another) == [
        "It is no longer asked: “What do people notice while it is done?”",
        "It is asked: “At night?”",
    ]


def test_risk_and_trust_that_go_are_told():
    def none(new):
        del new["risk"], new["trust"]

    assert told(none) == [
        "Risk is no longer counted.",
        "Records no longer earn or lose standard status.",
    ]


def test_other_bounds_are_told_as_sentences():
    def stricter(new):
        new["trust"]["standard_under"] = 0.02

    first, _second = told(stricter)
    assert first == (
        "Standard status is proposed once 20 changes have ended and, with 95 % "
        "certainty, at most 2 % fail."
    )


def test_what_is_shipped_can_be_low_and_high():
    risk = shipped("change").risk
    assert risk.most > risk.high_from
    rows = control_words.rows(risk)
    assert len(rows) == len(risk.factors) + len(risk.questions)
    assert all(len(row.adds) > 1 for row in rows)
