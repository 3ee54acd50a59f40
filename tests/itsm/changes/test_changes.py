"""Changes: just enough control, and no way around it."""

from datetime import UTC, datetime

import pytest

from itsm.tickets import actions
from itsm.tickets.doors import perform
from itsm.tickets.models import Approval, Comment
from tests.factories import a_change, a_kind, later
from tests.itsm.checks import forbidden, fresh, invalid, last, where, wrong_state

WINDOW = {"start": "2026-03-10T20:00:00Z", "end": "2026-03-10T22:00:00Z"}
PLAN = {
    "plan": "Apply it",
    "test": "Five checks",
    "way_back": "Snapshot",
    "window": WINDOW,
}


def do(ticket, verb, by, minute=5, **raw):
    return perform(ticket, verb, raw, by=by, at=later(minute))


@pytest.fixture
def change(cast):
    """A normal change of Alice's on the VPN."""
    return a_change(cast, service=cast.services["vpn"])


@pytest.fixture
def submitted(cast, change):
    return do(change, "submit", cast.alice, **PLAN)


def test_a_change_starts_as_a_normal_draft(change):
    assert fresh(change).state == "draft"
    assert fresh(change).change.model == "normal"


def test_approval_needs_plan_test_way_back_and_window(cast, change):
    with invalid() as caught:
        do(change, "submit", cast.alice)
    assert set(caught.value.errors) == set(PLAN)
    do(change, "submit", cast.alice, **PLAN)
    row = fresh(change).change
    assert (row.plan, row.test, row.way_back) == ("Apply it", "Five checks", "Snapshot")
    assert row.window[0] == datetime(2026, 3, 10, 20, tzinfo=UTC)
    assert last(change).changes["window"] == [
        None,
        ["2026-03-10T20:00:00+00:00", "2026-03-10T22:00:00+00:00"],
    ]
    assert "core_event" not in where("Five checks")


def test_the_fields_of_a_form_and_an_interval_name_the_window_too(cast):
    for raw in (
        {"window.start": WINDOW["start"], "window.end": WINDOW["end"]},
        {"window": f"{WINDOW['start']}/{WINDOW['end']}"},
    ):
        made = a_change(cast, service=cast.services["vpn"])
        perform(made, "edit", raw, by=cast.alice, at=later(1))
        assert fresh(made).change.window_end == datetime(2026, 3, 10, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    "window",
    [
        {"start": WINDOW["end"], "end": WINDOW["start"]},
        {"start": WINDOW["start"], "end": WINDOW["start"]},
        {"start": WINDOW["start"]},
        {"start": WINDOW["start"], "end": ""},
        {"start": "soon", "end": WINDOW["end"]},
        {**WINDOW, "room": 5},
        "2026-03-10",
        ["a", "b"],
        5,
    ],
)
def test_a_window_has_a_start_and_a_later_end(cast, change, window):
    with invalid() as caught:
        do(change, "submit", cast.alice, **{**PLAN, "window": window})
    assert set(caught.value.errors) == {"window"}


def test_the_change_authority_approves_and_it_is_scheduled(cast, submitted):
    do(submitted, "approve", cast.frank, comment="Go")
    assert fresh(submitted).state == "scheduled"
    assert Approval.objects.get().decided_by == cast.frank


@pytest.mark.parametrize("name", ["alice", "bob", "erin", "dana", "grace", "carol"])
def test_nobody_else_approves(cast, submitted, name):
    with forbidden():
        do(submitted, "approve", cast.people[name])


@pytest.mark.parametrize("stands", ["requester", "owner"])
def test_nobody_approves_their_own_change(cast, stands):
    vpn = cast.services["vpn"]
    mine = {"by": cast.frank} if stands == "requester" else {"owner": cast.frank}
    change = a_change(cast, service=vpn, **mine)
    do(change, "submit", cast.alice, **PLAN)
    with forbidden():
        do(change, "approve", cast.frank)


def test_a_rejection_ends_it_with_its_reason(cast, submitted):
    with invalid():
        do(submitted, "reject", cast.frank)
    do(submitted, "reject", cast.frank, comment="Not in the freeze.")
    assert fresh(submitted).state_category == "cancelled"
    assert Approval.objects.get().decision == "rejected"
    assert Comment.objects.get().is_public


@pytest.mark.parametrize("after", ["submit", "approve"])
def test_a_revision_withdraws_what_was_asked_or_given(cast, submitted, after):
    if after == "approve":
        do(submitted, "approve", cast.frank)
    do(submitted, "revise", cast.alice, minute=6, comment="Other gateway")
    assert fresh(submitted).state == "assessing"
    assert Approval.objects.get().decision == "withdrawn"
    do(submitted, "submit", cast.alice, minute=7)
    decisions = Approval.objects.order_by("id").values_list("decision", flat=True)
    assert list(decisions) == ["withdrawn", ""]
    with wrong_state():
        do(submitted, "implement", cast.alice, minute=8)
    do(submitted, "approve", cast.frank, minute=9)
    assert fresh(submitted).state == "scheduled"


@pytest.mark.parametrize(
    ("state", "raw"),
    [
        ("approval", {"kind": "dns-record"}),
        ("scheduled", {"kind": "dns-record"}),
        ("implementing", {"kind": "dns-record"}),
        ("implementing", {"plan": "Something else"}),
        ("implementing", {"window": WINDOW}),
    ],
)
def test_what_was_decided_on_does_not_change_under_the_decision(
    cast, submitted, state, raw
):
    if state != "approval":
        do(submitted, "approve", cast.frank)
    if state == "implementing":
        do(submitted, "implement", cast.alice)
    a_kind(cast, "standard")
    if "window" in raw:
        raw = {"window": {**WINDOW, "end": "2026-03-11T05:00:00Z"}}
    with wrong_state() as caught:
        do(submitted, "edit", cast.alice, **raw)
    if state != "implementing":
        assert "revise" in caught.value.allowed
    do(submitted, "edit", cast.alice, minute=9, title="Only the words")


def test_a_standard_change_needs_no_approval_and_still_its_plan(cast, change):
    a_kind(cast, "standard")
    do(change, "edit", cast.alice, kind="dns-record")
    with wrong_state():
        do(change, "submit", cast.alice, **PLAN)
    with invalid():
        do(change, "schedule", cast.alice)
    do(change, "schedule", cast.alice, **PLAN)
    assert fresh(change).state == "scheduled"
    assert not Approval.objects.exists()


def test_a_normal_change_cannot_skip_its_approval(cast, change, submitted):
    for verb in ("schedule", "implement"):
        with wrong_state():
            do(submitted, verb, cast.alice)
    fresh_one = a_change(cast, service=cast.services["vpn"])
    with wrong_state():
        do(fresh_one, "schedule", cast.alice, **PLAN)


@pytest.mark.parametrize("verb", ["submit", "implement", "close", "verify"])
def test_no_verb_brings_another_model_along(cast, submitted, verb):
    change = submitted
    if verb == "submit":
        change = a_change(cast, service=cast.services["vpn"])
    else:
        do(change, "approve", cast.frank)
    if verb in {"verify", "close"}:
        do(change, "implement", cast.alice)
    if verb == "close":
        do(change, "resolve", cast.alice, result="failed")
    with invalid() as caught:
        do(change, verb, cast.alice, model="standard")
    assert "model" in caught.value.errors


def test_an_emergency_needs_a_high_priority_or_a_named_threat(cast, change):
    with invalid() as caught:
        do(change, "emergency", cast.alice)
    assert set(caught.value.errors) == {"threat"}
    do(change, "emergency", cast.alice, threat="Ransomware on the gateway")
    assert fresh(change).state == "implementing"
    assert last(change).changes["model"] == ["normal", "emergency"]
    assert "core_event" not in where("ransomware")


def test_a_p2_is_emergency_enough(cast):
    change = a_change(
        cast, service=cast.services["vpn"], impact="high", urgency="medium"
    )
    do(change, "emergency", cast.alice)
    assert fresh(change).change.model == "emergency"


def test_an_emergency_overtakes_an_approval_that_nobody_waits_for_any_more(
    cast, submitted
):
    do(submitted, "emergency", cast.alice, threat="Exploited now")
    assert Approval.objects.get().decision == "withdrawn"


@pytest.fixture
def in_review(cast, change):
    do(change, "emergency", cast.alice, threat="Exploited now")
    do(change, "resolve", cast.alice, minute=6, result="success")
    return change


def test_an_emergency_is_approved_afterwards_by_the_authority(cast, in_review):
    row = Approval.objects.get()
    assert (row.name, row.authority, row.decision) == (
        "afterwards",
        "change_authority",
        "",
    )
    with forbidden():
        do(in_review, "close", cast.alice)
    do(in_review, "close", cast.frank)
    assert fresh(in_review).state == "closed"
    assert Approval.objects.get().decided_by == cast.frank


@pytest.mark.parametrize("state", ["implementing", "review"])
def test_an_emergency_stays_one(cast, change, state):
    do(change, "emergency", cast.alice, threat="Exploited now")
    if state == "review":
        do(change, "resolve", cast.alice, minute=6, result="success")
    a_kind(cast, "standard")
    with wrong_state():
        do(change, "edit", cast.alice, minute=7, kind="dns-record")
    do(change, "edit", cast.alice, minute=8, plan="What we did")
    assert fresh(change).change.plan == "What we did"


def test_the_result_is_one_of_four_and_asked_each_time(cast, submitted):
    do(submitted, "approve", cast.frank)
    do(submitted, "implement", cast.alice)
    with invalid() as caught:
        do(submitted, "resolve", cast.alice)
    assert set(caught.value.errors) == {"result"}
    with invalid():
        do(submitted, "resolve", cast.alice, result="great")
    do(submitted, "resolve", cast.alice, result="rolled_back")
    assert fresh(submitted).change.result == "rolled_back"
    do(submitted, "reopen", cast.alice, comment="Once more")
    with invalid():
        do(submitted, "resolve", cast.alice, minute=9)
    do(submitted, "resolve", cast.alice, minute=9, result="success")
    assert fresh(submitted).state == "closed"


def test_a_result_without_words_is_no_answer_to_anybody(cast):
    change = a_change(cast, service=cast.services["vpn"], owner=cast.bob)
    do(change, "submit", cast.bob, **PLAN)
    do(change, "approve", cast.frank)
    do(change, "implement", cast.bob)
    do(change, "resolve", cast.bob, result="success")
    assert fresh(change).responded_at is None


@pytest.mark.parametrize("name", ["carol", "mallory"])
def test_requesters_neither_open_nor_move_changes(cast, change, name):
    with forbidden():
        a_change(cast, by=cast.people[name])
    for verb in ("start", "submit", "emergency", "approve"):
        with forbidden():
            do(change, verb, cast.people[name])


def test_a_change_cannot_be_cancelled_once_it_runs(cast, change):
    do(change, "emergency", cast.alice, threat="x")
    with wrong_state():
        do(change, "cancel", cast.alice, comment="Stop")


def test_at_most_the_authority_sees_approve_among_the_verbs(cast, submitted):
    from itsm.tickets.verbs import verbs_for

    def names(person):
        return {v.name for v in verbs_for(submitted, person, at=later(6))}

    assert {"approve", "reject"} <= names(cast.frank)
    for person in (cast.alice, cast.grace, cast.dana):
        assert not {"approve", "reject"} & names(person)
    assert actions.transition is not None
