"""An edit of what a decision rests on asks anew, and shows only the difference."""

import pytest

from itsm.tickets.approving import difference
from itsm.tickets.models import Approval
from tests.factories import later
from tests.itsm.approving.checks import CALM, asked, do, names, said, say, waiting
from tests.itsm.changes.test_changes import PLAN, WINDOW
from tests.itsm.checks import fresh, kinds, wrong_state

MOVED = {**WINDOW, "end": "2026-03-10T23:30:00Z"}


@pytest.mark.parametrize("given", ["", "approved"])
@pytest.mark.parametrize(
    ("raw", "label"),
    [
        ({"plan": "Another way"}, "Plan"),
        ({"window": MOVED}, "Window"),
        ({"way_back": "None"}, "Way back"),
        ({"test": "Ten checks"}, "Test"),
    ],
)
def test_an_edit_of_what_was_decided_on_asks_anew(cast, given, raw, label):
    change = waiting(cast)
    first = asked(change)
    if given:
        say(first, cast.frank)
    do(change, "edit", cast.bob, 12, **raw)
    assert fresh(change).state == "approval"
    row = asked(change)
    assert row.former == first
    first.refresh_from_db()
    assert first.decision == "withdrawn"
    assert [one.label for one in difference.since(row)] == [label]
    with wrong_state() as caught:
        say(first, cast.frank, minute=13)
    assert "asked for anew" in caught.value.detail
    say(row, cast.frank, minute=14)
    assert fresh(change).state == "scheduled"
    assert said(first) == []


def test_who_changed_it_no_longer_decides_on_it(cast):
    change = waiting(cast)
    do(change, "edit", cast.frank, 12, plan="As I like it")
    assert names(asked(change)) == ["grace"]  # nobody else has the authority


def test_another_service_asks_anew_those_who_decide_for_it(cast):
    from tests.itsm.approving.checks import a_group

    a_group(cast, cast.dana, service="e-mail")
    change = waiting(cast)
    say(asked(change), cast.frank)
    do(change, "triage", cast.bob, 12, service="e-mail")
    row = asked(change)
    assert (fresh(change).state, names(row)) == ("approval", ["dana"])
    (changed,) = [one for one in difference.since(row) if one.name == "service"]
    assert (changed.was, changed.now) == ("VPN", "E-mail")


def test_a_risk_that_falls_asks_a_peer_instead(cast):
    change = waiting(cast)
    say(asked(change), cast.frank)
    do(change, "edit", cast.bob, 12, answers=CALM)
    row = asked(change)
    assert (row.name, fresh(change).state) == ("peer", "approval")
    assert "Risk" in [one.label for one in difference.since(row)] or row.former is None


def test_other_edits_ask_nobody(cast):
    change = waiting(cast)
    row = asked(change)
    say(row, cast.frank)
    do(change, "edit", cast.bob, 12, title="Only the words", description="More")
    do(change, "triage", cast.bob, 13, impact="low")
    assert fresh(change).state == "scheduled"
    row.refresh_from_db()
    assert row.decision == "approved"


def test_once_work_has_begun_it_stays_as_it_was_decided(cast):
    change = waiting(cast)
    say(asked(change), cast.frank)
    do(change, "implement", cast.alice, 10)
    with wrong_state():
        do(change, "edit", cast.bob, 12, plan="Another way")
    assert fresh(change).state == "implementing"


def test_the_difference_is_to_what_was_decided_last_not_to_every_step(cast):
    change = waiting(cast)
    say(asked(change), cast.frank)
    do(change, "edit", cast.bob, 12, plan="Another way")
    do(change, "edit", cast.bob, 13, window=MOVED)
    found = {one.label: one for one in difference.since(asked(change))}
    assert set(found) == {"Plan", "Window"}
    assert (found["Plan"].was, found["Plan"].now) == (PLAN["plan"], "Another way")


def test_what_was_put_back_is_no_difference_any_more(cast):
    change = waiting(cast)
    say(asked(change), cast.frank)
    do(change, "edit", cast.bob, 12, window=MOVED)
    do(change, "edit", cast.bob, 13, window=WINDOW)
    assert difference.since(asked(change)) == []


def test_a_revision_that_comes_back_shows_what_became_of_it(cast):
    change = waiting(cast)
    say(asked(change), cast.frank)
    do(change, "revise", cast.alice, 12, comment="Other gateway")
    do(change, "edit", cast.alice, 13, plan="By the other gateway")
    do(change, "submit", cast.alice, 14)
    (changed,) = difference.since(asked(change))
    assert changed.label == "Plan"


def test_a_removed_text_is_removed_from_the_difference(cast):
    change = waiting(cast)
    say(asked(change), cast.frank)
    do(change, "edit", cast.bob, 12, plan="The password is hunter2")
    do(change, "redact", cast.grace, 13, field="plan", why="A password")
    row = Approval.objects.filter(ticket=change).latest("pk")
    assert "hunter2" not in str(difference.since(row))


def test_going_back_is_told_as_a_move(cast):
    change = waiting(cast)
    say(asked(change), cast.frank)
    do(change, "edit", cast.bob, 12, plan="Another way")
    assert kinds(change)[-2:] == ["edit", "ask_anew"]
    assert fresh(change).state_since == later(12)
