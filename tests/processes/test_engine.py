from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processes import engine, shipping
from processes.definition import ACTORS, load
from tests.processes.definitions import shipped, small

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
AGENT = frozenset({"agent"})


def plan(slug, verb, state, actors=AGENT, **more):
    given_ = more.pop("given", {})
    entered_at = more.pop("entered_at", AT)
    at = more.pop("at", AT)
    return engine.plan(
        slug if not isinstance(slug, str) else shipped(slug),
        verb,
        state=state,
        actors=actors,
        given=given_,
        entered_at=entered_at,
        at=at,
        **more,
    )


def names(slug, state, actors=AGENT, facts=None, **more):
    return [
        v.name
        for v in engine.allowed(shipped(slug), state, actors, facts or {}, **more)
    ]


def test_a_new_incident_can_be_started_put_off_resolved_or_cancelled():
    assert engine.initial_state(shipped("incident")).slug == "new"
    assert names("incident", "new") == ["start", "wait", "resolve", "cancel"]


def test_a_requester_may_reopen_and_close_but_not_resolve():
    assert names("incident", "resolved", {"requester"}) == ["reopen", "close"]
    with pytest.raises(engine.NotYours):
        plan("incident", "resolve", "new", {"requester"}, given={"resolution": "x"})


def test_a_move_says_where_it_leads_and_which_kind_of_state_that_is():
    move = plan("incident", "resolve", "new", given={"resolution": "Cleared the queue"})
    assert (move.from_state, move.to_state) == ("new", "resolved")
    assert (move.from_category, move.category) == ("new", "resolved")


def test_a_verb_that_the_state_lacks_is_refused_with_those_it_has():
    with pytest.raises(engine.NotAllowedHere) as refused:
        plan("incident", "start", "closed", given={"service": "vpn"})
    assert refused.value.verbs == ("reopen",)


def test_a_verb_nobody_defined_is_refused_with_those_there_are():
    with pytest.raises(engine.NotAllowedHere) as refused:
        plan("incident", "dance", "new")
    assert "resolve" in refused.value.verbs


def test_who_may_is_asked_before_whether_it_is_possible():
    with pytest.raises(engine.NotYours):
        plan("incident", "start", "closed", {"requester"})


def test_what_is_missing_is_named():
    with pytest.raises(engine.Missing) as refused:
        plan("problem", "known_error", "investigating", given={"causes": " "})
    assert refused.value.fields == ("causes", "workaround")


def test_what_the_ticket_has_already_need_not_be_given_again():
    assert (
        plan("incident", "start", "new", held={"service": 7}).to_state == "in_progress"
    )


def test_words_of_an_earlier_move_do_not_count_for_this_one():
    with pytest.raises(engine.Missing):
        plan("incident", "reopen", "resolved", held={"comment": "an old one"})


def test_a_wait_carries_what_its_reason_pauses():
    move = plan("incident", "wait", "in_progress", given={"reason": "requester"})
    assert (move.pauses, move.resumes_on) == (("resolution",), "reply")
    move = plan("incident", "wait", "in_progress", given={"reason": "supplier"})
    assert (move.pauses, move.resumes_on) == ((), "")


def test_a_reason_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(engine.Invalid) as refused:
        plan("incident", "wait", "new", given={"reason": "lunch"})
    assert "supplier" in refused.value.possible


def test_reopening_is_possible_for_ten_days_and_not_a_second_longer():
    def reopen(after):
        return plan(
            "incident", "reopen", "closed", given={"comment": "again"}, at=AT + after
        )

    assert reopen(10 * DAY).to_state == "in_progress"
    with pytest.raises(engine.TooLate) as refused:
        reopen(10 * DAY + timedelta(seconds=1))
    assert refused.value.until == AT + 10 * DAY
    late = {"entered_at": AT, "at": AT + 11 * DAY}
    assert names("incident", "closed", **late) == []


def test_an_incident_closes_by_itself_after_five_days_and_not_before():
    incident = shipped("incident")
    assert engine.next_timer(incident, "resolved", AT) == (AT + 5 * DAY, "close")
    timer = frozenset({"timer"})
    with pytest.raises(engine.NotAllowedHere):
        plan("incident", "close", "resolved", timer, at=AT + 4 * DAY)
    assert (
        plan("incident", "close", "resolved", timer, at=AT + 5 * DAY).to_state
        == "closed"
    )
    assert plan("incident", "close", "resolved", AGENT, at=AT).to_state == "closed"


def test_a_waiting_ticket_wakes_at_its_time():
    incident = shipped("incident")
    wake = AT + 2 * DAY
    assert engine.next_timer(incident, "waiting", AT, wake) == (wake, "resume")
    assert engine.next_timer(incident, "waiting", AT) is None
    assert engine.next_timer(incident, "in_progress", AT, wake) is None


def test_a_watched_problem_closes_after_thirty_quiet_days():
    assert engine.next_timer(shipped("problem"), "monitoring", AT) == (
        AT + 30 * DAY,
        "close",
    )


def test_a_request_without_approval_starts_and_one_with_approval_asks_first():
    assert "start" in names("request", "new")
    assert "submit" not in names("request", "new")
    needs = {"approval": "manager"}
    assert "submit" in names("request", "new", facts=needs)
    with pytest.raises(engine.NotAllowedHere):
        plan("request", "start", "new", facts=needs)


def test_only_the_named_authority_approves_and_rejects():
    needs = {"approval": "data_owner"}
    assert names("request", "approval", AGENT, needs) == ["cancel"]
    assert names("request", "approval", {"manager"}, needs) == []
    assert names("request", "approval", {"data_owner"}, needs) == ["approve", "reject"]
    move = plan("request", "approve", "approval", {"data_owner"}, facts=needs)
    assert (move.to_state, move.approves) == ("fulfilling", ("data_owner",))
    with pytest.raises(engine.NotYours) as refused:
        plan("request", "approve", "approval", AGENT, facts=needs)
    assert refused.value.by == ("approver",)


def test_a_person_named_as_the_approver_approves():
    move = plan(
        "request", "approve", "approval", {"approver"}, facts={"approval": "manager"}
    )
    assert move.approves == ("manager",)


def test_two_approvals_are_both_needed_and_the_last_one_moves():
    data = small(
        approvals=[
            {"name": "boss", "by": "manager", "verb": "close"},
            {"name": "owner", "by": "data_owner", "verb": "close"},
        ]
    )
    both = load(data)
    first = plan(both, "close", "doing", {"manager"})
    assert (first.to_state, first.approves, first.outstanding) == (
        "doing",
        ("boss",),
        ("owner",),
    )
    with pytest.raises(engine.NotYours):
        plan(both, "close", "doing", {"manager"}, approved={"boss"})
    last = plan(both, "close", "doing", {"data_owner"}, approved={"boss"})
    assert (last.to_state, last.outstanding) == ("done", ())
    at_once = plan(both, "close", "doing", {"manager", "data_owner"})
    assert at_once.to_state == "done"


READY = {"service": 1, "plan": "p", "test": "t", "way_back": "w", "window": "x"}


def test_a_standard_change_is_scheduled_without_anybodys_approval():
    move = plan("change", "schedule", "draft", facts={"model": "standard"}, held=READY)
    assert move.to_state == "scheduled"
    with pytest.raises(engine.NotAllowedHere):
        plan("change", "schedule", "draft", facts={"model": "normal"}, held=READY)


def test_a_normal_change_is_approved_by_the_change_authority():
    normal = {"model": "normal", "risk": "high"}
    assert plan("change", "submit", "assessing", facts=normal, held=READY).to_state == (
        "approval"
    )
    with pytest.raises(engine.NotYours):
        plan("change", "approve", "approval", facts=normal)
    approved = plan("change", "approve", "approval", {"change_authority"}, facts=normal)
    assert approved.to_state == "scheduled"


@pytest.mark.parametrize("risk", [{}, {"risk": ""}, {"risk": "low"}])
def test_a_normal_change_of_low_risk_is_approved_by_a_peer(risk):
    facts = {"model": "normal", **risk}
    with pytest.raises(engine.NotYours) as refused:
        plan("change", "approve", "approval", {"change_authority"}, facts=facts)
    assert refused.value.by == ("peer",)
    move = plan("change", "approve", "approval", facts=facts, deciding={"peer"})
    assert (move.to_state, move.approves, move.votes) == (
        "scheduled",
        ("peer",),
        ("peer",),
    )


def test_a_yes_that_completes_no_quorum_leaves_the_ticket_where_it_is():
    high = {"model": "normal", "risk": "high"}
    asked = {"facts": high, "deciding": {"change_authority"}}
    move = plan("change", "approve", "approval", short={"change_authority"}, **asked)
    assert (move.to_state, move.approves) == ("approval", ())
    assert move.votes == move.outstanding == ("change_authority",)
    assert plan("change", "approve", "approval", **asked).to_state == "scheduled"


def test_whom_the_room_does_not_name_decides_nothing_whatever_they_are_called():
    high = {"model": "normal", "risk": "high"}
    who = {"agent", "change_authority"}
    with pytest.raises(engine.NotYours):
        plan("change", "approve", "approval", who, facts=high, deciding=())


def test_a_fact_can_be_several_values_of_which_one_that_fits_is_enough():
    facts = {"approval": ["manager", "data_owner"]}
    missing = engine.missing_approvals(shipped("request"), "approve", facts)
    assert [one.name for one in missing] == ["manager", "data_owner"]
    nothing = {"approval": []}
    assert "start" in names("request", "new", facts=nothing)
    assert "start" not in names("request", "new", facts=facts)
    first = plan("request", "approve", "approval", {"manager"}, facts=facts)
    assert (first.approves, first.outstanding) == (("manager",), ("data_owner",))


def test_an_emergency_needs_a_high_priority_or_a_named_threat():
    with pytest.raises(engine.Missing) as refused:
        plan(
            "change",
            "emergency",
            "draft",
            facts={"priority": "P3"},
            held={"service": 1},
        )
    assert refused.value.fields == ("threat",)
    for facts, given_ in (
        ({"priority": "P1"}, {}),
        ({}, {"threat": "Data is leaking"}),
    ):
        move = plan(
            "change",
            "emergency",
            "draft",
            facts=facts,
            given=given_,
            held={"service": 1},
        )
        assert move.to_state == "implementing"


def test_an_emergency_change_is_closed_by_the_change_authority_afterwards():
    emergency = {"model": "emergency"}
    with pytest.raises(engine.NotYours) as refused:
        plan("change", "close", "review", facts=emergency)
    assert refused.value.by == ("change_authority",)
    closed = plan("change", "close", "review", {"change_authority"}, facts=emergency)
    assert (closed.to_state, closed.approves) == ("closed", ("afterwards",))
    assert plan("change", "close", "review", facts={"model": "normal"}).approves == ()


def test_accepting_a_risk_names_an_owner_and_a_date():
    with pytest.raises(engine.Missing) as refused:
        plan("problem", "accept_risk", "known_error", {"lead"})
    assert refused.value.fields == ("owner", "review_date", "comment")


def test_the_matrix_gives_the_priority_and_what_is_unknown_is_medium():
    incident = shipped("incident")
    assert engine.priority(incident, "high", "high") == 1
    assert engine.priority(incident, "low", "low") == 5
    assert engine.priority(incident, "", "medium") == 3
    assert engine.targets(incident, 2).resolution == timedelta(hours=8)


@given(
    slug=st.sampled_from(sorted(shipping.PURPOSES)),
    actors=st.sets(st.sampled_from(sorted(ACTORS)), min_size=1),
    steps=st.lists(st.integers(0, 20), max_size=12),
    model=st.sampled_from(["none", "standard", "normal", "emergency"]),
    approval=st.sampled_from(["none", "manager", "hr"]),
)
def test_whatever_is_allowed_can_be_done_and_stays_inside_the_states(
    slug, actors, steps, model, approval
):
    definition = shipped(slug)
    state = definition.initial.slug
    facts = {"model": model, "approval": approval}
    everything = {
        name: "requester" if name == "reason" else "x"
        for rule in definition.rules
        for name in definition.required(rule)
    }
    for step in steps:
        verbs = engine.allowed(definition, state, actors, facts, entered_at=AT, at=AT)
        if not verbs:
            break
        verb = verbs[step % len(verbs)]
        assert set(verb.requires) <= set(everything)
        move = plan(definition, verb.name, state, actors, given=everything, facts=facts)
        assert move.to_state in definition.states
        assert move.to_state == verb.to or move.outstanding
        state = move.to_state
