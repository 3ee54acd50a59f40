"""Building a form step by step never leaves something that cannot be read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itsm.requests.forms import building, faults
from itsm.requests.forms.definition import Garbled, Type, When, dump, read
from tests.itsm.requests.forms.samples import laptop


def slugs(fields) -> list[str]:
    return [one.slug for one in fields]


def test_a_new_question_gets_a_name_out_of_its_words():
    fields = building.add([], "text", "Größe des Geräts?")
    fields = building.add(fields, "text", "Größe des Geräts?")
    fields = building.add(fields, "number", "4 of them")
    assert slugs(fields) == ["groe_des_gerats", "groe_des_gerats_2", "q_4_of_them"]
    assert faults.of(building.add(fields, "table")) == []
    assert faults.of(building.add(fields, "choice")) == []
    with pytest.raises(Garbled):
        building.add(fields, "colour")


def test_a_question_moves_and_goes():
    fields = building.move(laptop(), "place", 0)
    assert slugs(fields)[:3] == ["place", "why", "old"]
    assert slugs(building.move(fields, "place", 99))[-1] == "place"
    fields = building.remove(laptop(), "why")
    assert "why" not in slugs(fields)
    assert all(one.when is None for one in fields)


def test_a_question_changes_as_it_was_typed():
    typed = {
        "label": " How  fast? ",
        "type": "choice",
        "choices": "Slow\n\n Fast ",
        "required": "on",
        "when": "why",
        "was": "why",
        "is": ["Lost"],
    }
    found = building.change(laptop(), "place", typed)[2]
    assert (found.label, found.type, found.choices) == (
        "How fast?",
        Type.CHOICE,
        ("Slow", "Fast"),
    )
    assert (found.required, found.when) == (True, When("why", ("Lost",)))
    other = building.change(laptop(), "place", {**typed, "was": "day"})[2]
    assert other.when == When("why")  # of another question these were the answers
    with pytest.raises(Garbled):
        building.change(laptop(), "day", {"label": "x", "type": "date", "least": "x"})


def test_columns_keep_their_names_when_their_words_change():
    typed = {"label": "Who?", "type": "table"}
    typed |= {"col.0.slug": "who", "col.0.label": "Person", "col.1.label": "Since"}
    typed |= {"col.1.type": "date", "col.2.label": " "}
    columns = building.change(laptop(), "people", typed)[-1].columns
    assert [(c.slug, c.label, c.type) for c in columns] == [
        ("who", "Person", Type.TEXT),
        ("since", "Since", Type.DATE),
    ]


names = st.sampled_from(["label", "type", "choices", "when", "was", "least", "default"])
step = st.one_of(
    st.tuples(st.just("add"), st.sampled_from([*Type]), st.text(max_size=30)),
    st.tuples(st.just("remove"), st.integers(0, 9), st.none()),
    st.tuples(st.just("move"), st.integers(0, 9), st.integers(0, 9)),
    st.tuples(
        st.just("change"),
        st.integers(0, 9),
        st.dictionaries(names, st.text(max_size=20)),
    ),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(step, max_size=12))
def test_whatever_is_done_the_form_can_be_kept(steps):
    fields = laptop()
    for verb, which, value in steps:
        try:
            if verb == "add":
                fields = building.add(fields, which, value)
                continue
            if not fields:
                continue
            slug = fields[which % len(fields)].slug
            if verb == "remove":
                fields = building.remove(fields, slug)
            elif verb == "move":
                fields = building.move(fields, slug, value)
            else:
                fields = building.change(fields, slug, value)
        except Garbled:
            continue
        assert read(dump(fields)) == fields
        assert len(set(slugs(fields))) == len(fields)
