"""A change's risk and model follow from what is known of it, by whatever door."""

from datetime import UTC, datetime, timedelta

import pytest

from itsm.changes import invariants
from itsm.changes.actions import open_change
from itsm.changes.models import Change
from itsm.changes.risk import recount
from itsm.tickets import actions
from itsm.tickets.doors import perform
from itsm.tickets.reckoning import definition_of
from tests.factories import a_change, a_kind, a_token, as_, later
from tests.itsm.changes.test_changes import PLAN
from tests.itsm.checks import forbidden, fresh, invalid, last, wrong_state

CALM = {"way_back": "tried", "noticed": "nothing", "done_before": "lately"}


def do(ticket, verb, by, minute=5, **raw):
    return perform(ticket, verb, raw, by=by, at=later(minute))


def row(ticket):
    return Change.objects.get(pk=ticket.pk)


def found(ticket, factor):
    return next(x for x in row(ticket).risk_lines if x["factor"] == factor)


@pytest.fixture
def change(cast):
    return a_change(cast, service=cast.services["vpn"])


def test_a_new_change_is_counted_at_once_and_what_is_unanswered_counts(change):
    change = row(change)
    assert change.risk == "high"
    assert change.risk_score == sum(x["points"] for x in change.risk_lines)
    asked = [x for x in change.risk_lines if x["factor"].startswith("answers.")]
    assert [x["found"] for x in asked] == ["", "", ""]


def test_answers_plan_and_window_lower_it(cast, change):
    do(change, "edit", cast.alice, **PLAN, answers=CALM)
    assert row(change).risk == "low"
    assert found(change, "evidence")["found"] == "written"
    assert found(change, "window")["found"] == "inside"  # no calendar: always
    assert last(change).changes["answers"] == [{}, CALM]


def test_triage_counts_again(cast, change):
    do(change, "triage", cast.alice, affected=200, size=8)
    assert found(change, "affected") == {
        "factor": "affected",
        "found": "many",
        "points": 10,
        "about": {"n": 200},
    }
    assert found(change, "size")["found"] == "large"


def test_the_way_to_the_decision_is_that_of_the_risk_as_it_stands_then(cast, change):
    """What the submission itself brings counts before anybody is asked."""
    do(change, "edit", cast.alice, answers=CALM)
    asked = do(change, "submit", cast.alice, **PLAN)
    assert row(asked).risk == "low"
    assert asked.detail_row.risk == "low"


def test_nobody_chooses_how_much_control_they_get(cast, change):
    with invalid() as caught:
        do(change, "edit", cast.alice, model="standard")
    assert "how much control" in str(caught.value.errors["model"])
    token = a_token(cast.alice)
    answer = as_(cast.alice).post(
        "/api/v1/changes/",
        {"title": "Past everybody", "model": "standard"},
        content_type="application/json",
        HTTP_AUTHORIZATION=f"Bearer {token}",
    )
    assert answer.status_code == 422
    made = a_change(cast, detail={"model": "standard"})
    assert row(made).model == "normal"


def test_a_kind_of_standard_standing_makes_it_standard(cast):
    kind = a_kind(cast, "standard")
    made = open_change(by=cast.alice, at=later(1), kind=kind)
    assert row(made).model == "standard"
    assert made.title == "DNS record"


@pytest.mark.parametrize("standing", ["normal", "suspended"])
def test_a_kind_without_it_does_not(cast, standing):
    kind = a_kind(cast, standing)
    made = open_change(by=cast.alice, at=later(1), kind=kind)
    assert row(made).model == "normal"
    with wrong_state():
        do(made, "schedule", cast.alice, **PLAN)


def test_a_suspension_reaches_drafts_and_spares_what_was_scheduled(cast):
    from itsm.changes.kinds.standing import set_standing

    kind = a_kind(cast, "standard")
    draft = open_change(by=cast.alice, at=later(1), kind=kind)
    scheduled = open_change(by=cast.alice, at=later(1), kind=kind)
    do(scheduled, "schedule", cast.alice, minute=2, service="vpn", **PLAN)
    set_standing(kind=kind, by=cast.dana, at=later(3), to="suspended", reason="502")
    with wrong_state():
        do(draft, "schedule", cast.alice, service="vpn", **PLAN)
    do(draft, "submit", cast.alice, service="vpn", **PLAN)
    assert row(draft).model == "normal"
    do(scheduled, "implement", cast.alice)
    assert row(scheduled).model == "standard"


def test_a_change_of_a_kind_has_what_the_kind_knows_and_keeps_what_was_given(cast):
    kind = a_kind(
        cast,
        service=cast.services["vpn"],
        team=cast.teams["network"],
        plan="Edit the zone",
        test="dig",
        way_back="The former zone",
        length=timedelta(minutes=30),
        answers={"way_back": "tried"},
        tasks=["Raise the serial", "Reload"],
    )
    start = datetime(2026, 3, 10, 20, tzinfo=UTC)
    own = {"plan": "Edit both zones", "window_start": start}
    made = open_change(by=cast.alice, at=later(1), kind=kind, detail=own)
    change = row(made)
    assert (change.plan, change.test) == ("Edit both zones", "dig")
    assert change.window == (start, start + timedelta(minutes=30))
    assert (made.service, made.team) == (cast.services["vpn"], cast.teams["network"])
    assert [t.title for t in made.tasks.all()] == ["Raise the serial", "Reload"]
    assert found(made, "answers.way_back")["found"] == "tried"


def test_over_rest_a_kind_fills_a_change_and_its_risk_is_told(cast):
    a_kind(cast, plan="Edit the zone", answers=CALM)
    answer = as_(cast.alice).post(
        "/api/v1/changes/",
        {"title": "New record", "kind": "dns-record", "answers": {"noticed": "down"}},
        content_type="application/json",
        HTTP_AUTHORIZATION=f"Bearer {a_token(cast.alice)}",
    )
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert (told["kind"], told["plan"]) == ("dns-record", "Edit the zone")
    assert told["answers"] == {**CALM, "noticed": "down"}
    assert told["risk_score"] == sum(x["points"] for x in told["risk_lines"])


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"way": "tried"}, "way_back, noticed, done_before"),
        ({"way_back": "maybe"}, "tried, written, none"),
        ("tried", "an object"),
        ({"way_back": ["tried"]}, "an object"),
    ],
)
def test_an_answer_that_nobody_asks_for_is_refused(cast, change, answers, says):
    with invalid() as caught:
        do(change, "edit", cast.alice, answers=answers)
    assert says in str(caught.value.errors["answers"])


def test_a_success_closes_without_a_review(cast, change):
    do(change, "submit", cast.alice, **PLAN)
    do(change, "approve", cast.frank)
    do(change, "implement", cast.alice, minute=6)
    do(change, "resolve", cast.alice, minute=60, result="success")
    assert fresh(change).state == "closed"
    done = row(change)
    assert (done.started_at, done.ended_at) == (later(6), later(60))


@pytest.mark.parametrize("result", ["issues", "rolled_back", "failed"])
def test_what_went_wrong_is_reviewed_within_five_days(cast, change, result):
    do(change, "submit", cast.alice, **PLAN)
    do(change, "approve", cast.frank)
    do(change, "implement", cast.alice)
    do(change, "resolve", cast.alice, minute=60, result=result)
    assert fresh(change).state == "review"
    assert row(change).ask_result_at == later(60) + timedelta(days=5)
    do(change, "close", cast.bob, minute=70)
    assert row(change).ask_result_at is None


def test_an_emergency_is_reviewed_even_where_it_went_well(cast, change):
    do(change, "emergency", cast.alice, threat="Exploited now")
    do(change, "resolve", cast.alice, minute=6, result="success")
    assert fresh(change).state == "review"


def test_what_was_recorded_by_mistake_can_be_taken_up_again_for_ten_days(cast, change):
    do(change, "submit", cast.alice, **PLAN)
    do(change, "approve", cast.frank)
    do(change, "implement", cast.alice)
    do(change, "resolve", cast.alice, minute=60, result="success")
    do(change, "reopen", cast.alice, minute=70, comment="It came back")
    assert row(change).ended_at is None
    do(change, "resolve", cast.alice, minute=80, result="rolled_back")
    assert row(change).ended_at == later(80)


def test_a_window_that_has_passed_is_not_asked_for(cast, change):
    past = {"start": "2026-03-01T20:00:00Z", "end": "2026-03-01T22:00:00Z"}
    with invalid() as caught:
        do(change, "submit", cast.alice, **{**PLAN, "window": past})
    assert "has passed" in str(caught.value.errors["window"])


def test_what_is_kept_can_be_counted_again(cast, change):
    do(change, "edit", cast.alice, **PLAN, answers={"way_back": "written"})
    kept = row(change)
    again = recount(definition_of(change).risk, kept.risk_lines)
    assert (again.points, again.level) == (kept.risk_score, kept.risk)
    assert invariants.recounted() == []


def test_the_doctor_finds_a_count_that_its_lines_do_not_give(change):
    Change.objects.filter(pk=change.pk).update(risk_score=3, risk="low")
    (problem,) = invariants.recounted()
    assert change.number in problem
    assert "low with 3 points" in problem


def test_a_team_s_record_of_failures_counts_against_it(cast):
    vpn, network = cast.services["vpn"], cast.teams["network"]
    for n in range(3):
        one = a_change(cast, service=vpn, team=network, at=later(n))
        do(one, "emergency", cast.alice, threat="x", minute=n)
        do(one, "resolve", cast.alice, result="failed", minute=n + 1)
    now = a_change(cast, service=vpn, team=network, at=later(10))
    line = found(now, "team")
    assert (line["found"], line["about"]) == ("poor", {"ended": 3, "failed": 3})


def test_an_incident_turned_into_a_change_is_counted_too(cast):
    from tests.factories import an_incident

    incident = an_incident(cast, service=cast.services["vpn"])
    changed = actions.convert(
        ticket=incident, by=cast.alice, at=later(4), type="change"
    )
    assert row(changed).risk == "high"


def test_requesters_do_not_answer_for_a_change(cast, change):
    with forbidden():
        do(change, "edit", cast.carol, answers=CALM)
