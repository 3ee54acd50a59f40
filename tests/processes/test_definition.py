import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processes import checks, durations, shipping, yaml_text
from processes.definition import DefinitionError, dump, load
from tests.processes.definitions import bent, shipped, small

ASKED = {"name": "x", "by": "peer", "verb": "start"}
SHIPPED = sorted(shipping.PURPOSES)


def problems(data):
    with pytest.raises(DefinitionError) as error:
        load(data)
    return [str(p) for p in error.value.problems]


@pytest.mark.parametrize("slug", SHIPPED)
def test_every_shipped_definition_loads_and_says_why_each_requirement_is_there(slug):
    definition = shipped(slug)
    assert checks.control_keys(definition)
    assert set(checks.control_keys(definition)) <= definition.controls.keys()


@pytest.mark.parametrize("slug", SHIPPED)
def test_a_definition_written_and_read_again_is_the_same(slug):
    definition = shipped(slug)
    assert load(dump(definition)) == definition
    assert load(yaml_text.write(dump(definition))) == definition


def test_states_keep_the_order_in_which_the_owner_wrote_them():
    assert list(shipped("change").states)[:4] == [
        "draft",
        "assessing",
        "approval",
        "scheduled",
    ]


def test_the_incident_of_the_contract_has_its_promises_and_waits():
    incident = shipped("incident")
    assert incident.targets[1].response == timedelta(minutes=15)
    assert incident.targets[3].resolution == timedelta(hours=24)  # D is 8 hours
    assert incident.order.max_wait[5] == timedelta(days=10)
    (reopen,) = incident.transitions["reopen"]
    assert reopen.within == timedelta(days=10)
    (close,) = incident.transitions["close"]
    assert close.after == timedelta(days=5)


def test_all_mistakes_are_told_at_once_with_their_paths():
    data = small(
        transitions={
            "start": {"from": ["new"], "to": "doin"},
            "close": {"from": ["doing"], "to": "done", "by": ["robot"]},
        },
        order={"technique": "wsfj"},
    )
    found = problems(data)
    assert any(
        line.startswith("transitions.start.to: there is no state")
        and 'did you mean "doing"?' in line
        and "the states are new, doing, done" in line
        for line in found
    )
    assert any(line.startswith("transitions.close.by: ") for line in found)
    assert any('did you mean "wsjf"?' in line for line in found)


@pytest.mark.parametrize(
    ("path", "value", "where", "says"),
    [
        ("stats", {}, "stats", 'did you mean "states"?'),
        ("format", 2, "format", "format 1"),
        ("process", "Has Space", "process", "small letters"),
        ("states.new.categry", "new", "states.new.categry", "category"),
        ("states.doing.category", "busy", "states.doing.category", "no category"),
        ("states.doing.work_limit", 0, "states.doing.work_limit", "from 1"),
        ("states.doing.work_limit", True, "states.doing.work_limit", "number"),
        ("states.doing.reasons", {"x": {}}, "states.doing.reasons", "waiting"),
        ("states.doing.name", 7, "states.doing.name", "quote"),
        ("transitions.take", {"from": ["new"], "to": "doing"}, "transitions.take", ""),
        ("transitions.close.within", "10D", "transitions.close.within", "P10D"),
        ("transitions.close.requires", ["servce"], "transitions.close", '"service"?'),
        ("transitions.close.by", [], "transitions.close.by", "nobody"),
        ("transitions.close.when", {"modell": ["x"]}, "transitions.close", '"model"?'),
        ("transitions.close.to", ["done"], "transitions.close.to", "no state"),
        ("transitions.close", [], "transitions.close", "at least one"),
        ("targets", {"P6": {}}, "targets.P6", '"P6"'),
        ("targets", {"P1": {"response": "PT0M"}}, "targets.P1.response", "longer"),
        ("priority", {"high": {}}, "priority.low", "missing"),
        ("order", {"max_wait": {"P2": "P9D", "P3": "P1D"}}, "order.max_wait.P3", ""),
        ("routing", {"confidence": 2}, "routing.confidence", "from 0 to 1"),
        ("approvals", [{"name": "x", "by": "boss", "verb": "start"}], "approvals", ""),
        ("approvals", [{"name": "x"}], "approvals.0.by", "missing"),
        ("approvals", [{**ASKED, "quorum": 0}], "approvals.0.quorum", "1 to 20"),
        ("approvals", [{**ASKED, "expires": "soon"}], "approvals.0.expires", ""),
        ("approvals", [{**ASKED, "reminds": "PT0S"}], "approvals.0.reminds", "longer"),
        ("fields", {"site": {"type": "choice"}}, "fields.site.choices", "choices"),
        ("fields", {"site": {"type": "txt"}}, "fields.site.type", '"text"?'),
        (
            "fields",
            {"site": {"type": "text", "required_for": ["stop"]}},
            "fields.site.required_for",
            "no verb",
        ),
        ("controls", {"close.comment": {}}, "controls.close.comment", "missing"),
    ],
)
def test_a_mistake_is_told_at_its_path(path, value, where, says):
    found = problems(bent(path, value))
    assert any(line.startswith(where) and says in line for line in found), found


def test_a_state_that_nothing_leads_to_is_refused():
    assert any(
        line == 'states.lost: no way leads here from "new"'
        for line in problems(bent("states.lost", {"category": "closed"}))
    )


def test_a_state_without_a_way_to_an_end_is_refused():
    data = bent("states.stuck", {"category": "active"})
    data["transitions"]["jam"] = {"from": ["doing"], "to": "stuck"}
    assert any("states.stuck: no way leads from here" in p for p in problems(data))


def test_states_that_lead_into_each_other_by_time_alone_are_refused():
    data = bent("transitions.back", {"from": ["doing"], "to": "new", "after": "P1D"})
    data["transitions"]["start"]["after"] = "P1D"
    assert any("for ever" in p for p in problems(data))


def test_what_happens_by_itself_cannot_require_anything():
    data = bent("transitions.close.after", "P1D")
    data["transitions"]["close"]["requires"] = ["comment"]
    assert any("happens by itself" in p for p in problems(data))


def test_a_verb_for_approvers_needs_an_approval_to_give():
    data = bent("transitions.close.by", ["approver"])
    assert any("nobody could" in p for p in problems(data))


def test_a_control_about_nothing_is_refused():
    data = small(controls={"close.coment": {"serves": "x", "owner": "y"}})
    data["transitions"]["close"]["requires"] = ["comment"]
    assert any('did you mean "close.comment"?' in p for p in problems(data))


def test_a_field_of_its_own_can_be_required():
    data = small(fields={"site": {"type": "text", "required_for": ["close"]}})
    data["transitions"]["start"]["requires"] = ["fields.site"]
    definition = load(data)
    (close,) = definition.transitions["close"]
    assert definition.required(close) == ("fields.site",)


def test_waits_that_are_not_written_stand_between_their_neighbours():
    waits = load(small(order={"max_wait": {"P3": "P20D"}})).order.max_wait
    assert waits[3] == waits[4] == waits[5] == timedelta(days=20)
    waits = load(small(order={"max_wait": {"P5": "PT2H"}})).order.max_wait
    assert set(waits.values()) == {timedelta(hours=2)}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: &x 1\nb: *x", "anchors"),
        ("states: {}\nstates: {}", "second time"),
        ("a: [1, 2", "line"),
        ("? [a, b]\n: c", "a key is text"),
        ("!!python/object:os.system {}", ""),
        ("[" * 5000, ""),
        ("x" * 300_000, "at most"),
        ("just words", "a definition is a mapping"),
        ("", "a definition is a mapping"),
    ],
)
def test_text_that_is_no_definition_is_refused_with_a_sentence(text, says):
    (problem, *_) = problems(text)
    assert says in problem


def test_words_that_yaml_takes_for_something_else_stay_words():
    assert yaml_text.parse("{on: yes, no: 2024-01-01, n: 5}") == {
        "on": "yes",
        "no": "2024-01-01",
        "n": 5,
    }


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8) | st.integers(), inner, max_size=3)
    ),
    max_leaves=8,
)
PLACES = """states transitions priority targets order routing approvals fields
controls format process name states.new states.new.category states.new.reasons
transitions.start transitions.start.from transitions.start.to transitions.start.by
transitions.start.requires transitions.start.when transitions.start.after targets.P1
order.max_wait order.technique fields.a fields.a.type controls.x"""
paths = st.sampled_from(re.split(r"\s+", PLACES))


def is_read_or_refused(data):
    try:
        return bool(load(data))
    except DefinitionError as error:
        return bool(error.problems)


@given(path=paths, value=junk)
def test_whatever_stands_in_a_place_is_read_or_refused_never_a_crash(path, value):
    assert is_read_or_refused(bent(path, value))


@given(value=junk)
def test_a_junk_list_of_approvals_is_read_or_refused(value):
    assert is_read_or_refused(small(approvals=[value, value]))


@given(
    st.integers(1, 60 * 60 * 24 * 3000),
    st.sampled_from([timedelta(1), timedelta(0, 28800)]),
)
def test_a_duration_written_and_read_again_is_the_same(seconds, day):
    length = timedelta(seconds=seconds)
    assert durations.duration(durations.write(length, day=day), day=day) == length


@pytest.mark.parametrize("text", ["", "P", "PT", "P1M", "1D", "P1DT", "p1d", "P-1D", 5])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError):
        durations.duration(text, day=durations.CALENDAR_DAY)


def test_a_day_is_as_long_as_it_is_said_to_be():
    assert durations.duration("P1DT4H", day=timedelta(hours=8)) == timedelta(hours=12)
    assert durations.duration("P1W", day=timedelta(days=1)) == timedelta(days=7)


@pytest.mark.parametrize("number", ["0x" + "f" * 5000, "1" * 5000, "1" + ":1" * 5000])
def test_a_number_nobody_could_write_down_is_refused_in_words(number):
    with pytest.raises(yaml_text.Unreadable):
        yaml_text.parse(f"name: {number}")
