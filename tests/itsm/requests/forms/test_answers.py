"""Answers: asked where the condition holds, read strictly, kept as given."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itsm.requests.forms import posted, shown
from itsm.requests.forms.answers import Answered, clean, visible
from itsm.requests.forms.changed import asked_now, no_longer_asked
from itsm.requests.forms.definition import Field, Type, When, read
from tests.itsm.requests.forms.samples import LAPTOP, Known, laptop

DAY = date(2026, 3, 2)
GOOD = {"why": "First one", "place": "Desk 4"}


def answered(given: dict, **more) -> Answered:
    return clean(laptop(), given, known=Known(), day=DAY, **more)


def test_a_question_is_asked_only_where_its_condition_holds():
    assert "old" not in visible(laptop(), GOOD)
    assert "old" in visible(laptop(), {**GOOD, "why": "Too old"})
    assert answered(GOOD).errors == {}
    assert set(answered({**GOOD, "why": "Too old"}).errors) == {"old"}
    kept = answered({**GOOD, "old": "LT1"})
    assert "old" not in kept.answers


def test_what_hangs_on_a_hidden_question_is_hidden_too():
    chain = [
        *laptop()[:2],
        Field("more", "More", when=When("old")),
    ]
    assert visible(chain, {"why": "Lost", "old": "x"}) == {"why"}
    assert visible(chain, {"why": "Too old", "old": "x"}) == {"why", "old", "more"}


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        ({"how_many": "2,0"}, 2),
        ({"how_many": 3}, 3),
        ({"how_many": "2.5"}, 2.5),
        ({"day": "2026-03-02"}, "2026-03-02"),
        ({"boss": "Frank@demo.example"}, "frank@demo.example"),
        ({"people": [{"who": " Ann "}, {"who": "", "may": ""}]}, [{"who": "Ann"}]),
        (
            {"people": [{"who": "Ann", "since": "2026-01-01", "may": "Do"}]},
            [{"who": "Ann", "since": "2026-01-01", "may": "Do"}],
        ),
    ],
)
def test_answers_are_kept_as_given(answer, kept):
    found = answered({**GOOD, **answer})
    assert found.errors == {}
    assert found.answers[next(iter(answer))] == kept


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"why": "Because"}, "Choose one of"),
        ({"why": ["Lost"]}, "Choose one of"),
        ({"place": " "}, "needed"),
        ({"place": 4}, "text"),
        ({"place": "x\x00"}, "text"),
        ({"place": "\ud800"}, "text"),
        ({"place": "x" * 251}, "250 characters"),
        ({"how_many": "many"}, "number"),
        ({"how_many": True}, "number"),
        ({"how_many": "NaN"}, "number"),
        ({"how_many": "1e400"}, "number"),
        ({"how_many": 0}, "At least 1"),
        ({"how_many": 10}, "At most 9"),
        ({"day": "yesterday"}, "date"),
        ({"day": 4}, "date"),
        ({"day": "2026-03-01"}, "Not before 2026-03-02"),
        ({"day": "2026-04-02"}, "Not after 2026-04-01"),
        ({"boss": "nobody@demo.example"}, "There is no"),
        ({"photo": "a.png"}, "list of files"),
        ({"photo": [1, 2, 3]}, "At most 2"),
        ({"people": "Ann"}, "list of rows"),
        ({"people": [{"since": "2026-01-01"}]}, "Row 1, Name"),
        ({"people": [{"who": "Ann", "may": "Own"}]}, "Row 1, May"),
        ({"people": [{"who": "Ann", "age": 4}]}, "not asked for"),
        ({"people": [{"who": f"{n}"} for n in range(4)]}, "At most 3"),
        ({"colour": "red"}, "no such question"),
    ],
)
def test_what_cannot_be_used_is_told_at_its_question(answer, says):
    found = answered({**GOOD, **answer})
    assert list(found.errors) == list(answer)
    assert says in found.errors[next(iter(answer))][0]


def test_files_that_came_before_are_not_asked_for_again():
    form = read([{"slug": "f", "label": "F", "type": "file", "required": True}])
    assert clean(form, {}, known=Known(), day=DAY).errors
    assert not clean(form, {}, known=Known(), day=DAY, but_files=True).errors


json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda one: st.lists(one, max_size=4) | st.dictionaries(st.text(max_size=8), one),
    max_leaves=8,
)
anything = st.dictionaries(
    st.sampled_from([one["slug"] for one in LAPTOP]) | st.text(max_size=5), json
)


@settings(max_examples=150, deadline=None)
@given(anything)
def test_nothing_that_is_sent_breaks_it_and_what_is_kept_is_right(sent):
    found = answered(sent)
    assert found.answers.keys() & found.errors.keys() == set()
    assert found.answers.keys() <= visible(laptop(), {**sent, **found.answers})
    if not found.errors:
        again = answered({**found.answers, **found.files})
        assert (again.answers, again.errors) == (found.answers, {})
        list(shown.of(laptop(), found.answers, person=str, service=str))


words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
rows = st.lists(
    st.fixed_dictionaries({"who": words.filter(str.strip), "since": st.just("")}),
    min_size=1,
    max_size=3,
)


@settings(max_examples=100, deadline=None)
@given(words.filter(str.strip), rows)
def test_what_is_typed_into_a_page_reads_as_it_was_written(place, people):
    people = [{"who": one["who"]} for one in people]
    typed = posted.written(laptop(), {"place": place, "people": people})
    found = posted.read(laptop(), typed)
    assert found["place"] == place
    table = [{"who": row["who"]} for row in found["people"]]
    assert table == people


def test_a_form_that_changed_says_only_what_is_new():
    ask = {"known": Known(), "day": DAY}
    older = laptop()[:3]
    assert asked_now(older, laptop(), GOOD, **ask) == []
    size = Field("size", "Size?", Type.CHOICE, required=True, choices=("S", "L"))
    newer = [*laptop(), size]
    assert asked_now(older, newer, GOOD, **ask) == [size]
    assert asked_now(older, newer, {**GOOD, "size": "L"}, **ask) == []
    # what was wrong before is no news
    assert asked_now(older, laptop(), {"place": "x"}, **ask) == []
    # a choice that is not offered any more is
    why = Field("why", "Why a new one?", Type.CHOICE, True, choices=("Lost", "Stolen"))
    fewer = [why, *laptop()[2:]]
    assert [one.slug for one in asked_now(older, fewer, GOOD, **ask)] == ["why"]


def test_what_nobody_asks_any_more_is_not_lost():
    newer = [one for one in laptop() if one.slug != "place"]
    gone = no_longer_asked(laptop(), newer, GOOD)
    assert [one.label for one in gone] == ["Where?"]
