"""Problems: causes, known errors, accepted risks, thirty quiet days."""

from datetime import date, timedelta

import pytest

from core.models import TextVersion
from itsm.tickets.doors import perform
from itsm.tickets.models import Comment
from tests.factories import a_problem, later
from tests.itsm.checks import forbidden, fresh, invalid, last, where, wrong_state


def do(ticket, verb, by, minute=5, **raw):
    return perform(ticket, verb, raw, by=by, at=later(minute))


@pytest.fixture
def problem(cast):
    """Erin investigates; her team, Network, works on it."""
    made = a_problem(cast, service=cast.services["vpn"], team=cast.teams["network"])
    return do(made, "take", cast.erin, minute=1)


def test_investigating_begins_by_taking(problem):
    assert fresh(problem).state == "investigating"


def test_a_known_error_has_causes_and_a_workaround_or_none(cast, problem):
    with invalid() as caught:
        do(problem, "known_error", cast.erin)
    assert set(caught.value.errors) == {"causes", "workaround"}
    raw = {"causes": "Marker: firmware 7.2", "workaround": "none"}
    do(problem, "known_error", cast.erin, **raw)
    assert fresh(problem).state == "known_error"
    assert fresh(problem).problem.workaround == "none"
    assert "core_event" not in where("marker: firmware")


def test_a_workaround_found_later_replaces_the_first_and_both_are_kept(cast, problem):
    do(problem, "known_error", cast.erin, causes="x", workaround="none")
    do(problem, "edit", cast.erin, minute=6, workaround="Use gateway 1")
    old, new = last(problem).changes["workaround"]
    bodies = TextVersion.objects.in_bulk([old, new])
    assert bodies[old].body == "none"
    assert bodies[new].body == "Use gateway 1"


def test_a_fix_needs_a_cause_and_monitoring_what_was_changed(cast, problem):
    with invalid() as caught:
        do(problem, "fix", cast.erin)
    assert set(caught.value.errors) == {"causes"}
    do(problem, "fix", cast.erin, causes="firmware")
    with invalid() as caught:
        do(problem, "monitor", cast.erin)
    assert set(caught.value.errors) == {"resolution"}
    do(problem, "monitor", cast.erin, resolution="Firmware 7.4")
    ticket = fresh(problem)
    assert (ticket.state, ticket.state_category) == ("monitoring", "waiting")
    assert ticket.timer_at == later(5) + timedelta(days=30)
    assert ticket.timer_verb == "close"


def test_when_it_is_back_it_is_investigated_again(cast, problem):
    do(problem, "fix", cast.erin, causes="firmware")
    do(problem, "monitor", cast.erin, resolution="Firmware 7.4")
    with invalid():
        do(problem, "reopen", cast.erin)
    do(problem, "reopen", cast.erin, comment="INC-1 again")
    assert fresh(problem).state == "investigating"
    assert fresh(problem).owner == cast.erin
    assert fresh(problem).timer_at is None


ACCEPTED = {"review_date": "2026-09-01", "comment": "The device leaves in autumn."}


@pytest.mark.parametrize("name", ["erin", "dana"])
def test_the_lead_of_its_team_or_the_process_owner_accepts_a_risk(cast, problem, name):
    do(problem, "accept_risk", cast.people[name], **ACCEPTED)
    ticket = fresh(problem)
    assert (ticket.state, ticket.state_category) == ("risk_accepted", "closed")
    assert ticket.problem.review_date == date(2026, 9, 1)
    assert Comment.objects.get().body == ACCEPTED["comment"]
    assert ticket.verified_by == ""


@pytest.mark.parametrize("name", ["alice", "bob", "frank", "carol"])
def test_others_accept_no_risk(cast, problem, name):
    with forbidden():
        do(problem, "accept_risk", cast.people[name], **ACCEPTED)


@pytest.mark.parametrize("missing", ["review_date", "comment"])
def test_an_accepted_risk_has_an_owner_a_review_date_and_a_reason(
    cast, problem, missing
):
    raw = {k: v for k, v in ACCEPTED.items() if k != missing}
    with invalid() as caught:
        do(problem, "accept_risk", cast.dana, **raw)
    assert set(caught.value.errors) == {missing}


def test_a_risk_without_owner_is_nobodys_and_one_can_be_named_with_it(cast, problem):
    do(problem, "assign", cast.grace, owner=None)
    with invalid() as caught:
        do(problem, "accept_risk", cast.dana, **ACCEPTED)
    assert set(caught.value.errors) == {"owner"}
    do(problem, "accept_risk", cast.dana, owner="alice@demo.example", **ACCEPTED)
    assert fresh(problem).owner == cast.alice


@pytest.mark.parametrize("day", ["soon", "2026-02-30", 5, ["2026-09-01"]])
def test_a_review_date_is_a_day(cast, problem, day):
    with invalid() as caught:
        do(problem, "accept_risk", cast.dana, **{**ACCEPTED, "review_date": day})
    assert set(caught.value.errors) == {"review_date"}


def test_what_is_no_problem_is_closed_with_a_reason(cast, problem):
    do(problem, "cancel", cast.erin, comment="A duplicate")
    assert fresh(problem).state == "closed"
    with wrong_state():
        do(problem, "fix", cast.erin)


@pytest.mark.parametrize("name", ["carol", "mallory"])
def test_requesters_open_no_problems(cast, name):
    with forbidden():
        a_problem(cast, by=cast.people[name])
