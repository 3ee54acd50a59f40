from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processes.crossing import check_map, crossing, suggest_map
from processes.definition import load
from tests.processes.definitions import shipped, shipped_data, small

OLD = shipped("incident")


def newer(**states):
    """The incident process with `triage` added between new and in progress."""
    data = deepcopy(shipped_data("incident"))
    data["states"]["triage"] = {"category": "active"}
    data["transitions"]["look"] = {"from": ["new"], "to": "triage"}
    data["transitions"]["start"]["from"] = ["new", "triage"]
    return load(data)


def test_states_that_stay_are_suggested():
    assert suggest_map(OLD, newer()) == {slug: slug for slug in OLD.states}


def test_a_state_that_holds_tickets_must_be_mapped():
    there = suggest_map(OLD, newer())
    del there["waiting"]
    found = check_map(OLD, newer(), there, holding=["waiting"], back={"triage": "new"})
    assert [p.path for p in found] == ["map.waiting"]
    assert not check_map(OLD, newer(), there, holding=["new"], back={"triage": "new"})


def test_a_state_only_the_new_version_has_needs_a_way_back():
    there = suggest_map(OLD, newer())
    found = check_map(OLD, newer(), there)
    assert [p.path for p in found] == ["back.triage"]
    way = crossing(OLD, newer(), there, back={"triage": "in_progress"})
    assert way.backward("triage") == "in_progress"


def test_where_two_states_became_one_the_one_a_ticket_came_from_decides():
    fewer = load(
        small(
            states={
                "new": {"category": "new"},
                "doing": {"category": "active"},
                "done": {"category": "closed"},
            }
        )
    )
    there = {
        "new": "new",
        "in_progress": "doing",
        "waiting": "doing",
        "closed": "done",
        "cancelled": "done",
    }
    way = crossing(OLD, fewer, there, holding=there)
    assert way.forward("waiting") == "doing"
    assert way.backward("doing", came_from="waiting") == "waiting"
    assert way.backward("doing", came_from="closed") == "in_progress"
    assert way.backward("doing") == "in_progress"


def test_a_crossing_neither_ends_a_ticket_nor_opens_an_ended_one():
    there = {**suggest_map(OLD, newer()), "new": "closed"}
    (problem,) = check_map(OLD, newer(), there)
    assert problem.path == "map.new"
    assert "neither end" in problem.sentence


def test_names_that_do_not_exist_are_told():
    found = check_map(OLD, newer(), {"nwe": "new", "new": "old"}, holding=[])
    assert {p.path for p in found} == {"map.nwe", "map.new"}
    with pytest.raises(ValueError, match="nwe"):
        crossing(OLD, newer(), {"nwe": "new"}, holding=[])


@given(
    there=st.dictionaries(
        st.sampled_from(sorted(OLD.states)), st.sampled_from(sorted(newer().states))
    ),
    back=st.dictionaries(
        st.sampled_from(sorted(newer().states)), st.sampled_from(sorted(OLD.states))
    ),
    came_from=st.none() | st.text(max_size=5) | st.sampled_from(sorted(OLD.states)),
)
def test_a_crossing_that_passes_never_leaves_a_ticket_in_a_state_that_is_not_there(
    there, back, came_from
):
    new = newer()
    if check_map(OLD, new, there, holding=there, back=back):
        return
    way = crossing(OLD, new, there, holding=there, back=back)
    for state in there:
        assert way.forward(state) in new.states
        assert way.backward(way.forward(state), came_from=state) == state or (
            way.forward(state) in back
        )
    for state in new.states:
        assert way.backward(state, came_from=came_from) in OLD.states
