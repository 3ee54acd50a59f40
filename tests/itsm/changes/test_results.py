"""The result is asked for when the window has passed, once, whatever crashes."""

from datetime import datetime, timedelta

import pytest

from core.models import Event
from itsm.changes import results, tasks
from itsm.changes.models import Change
from tests.factories import a_change, as_, later
from tests.itsm.changes.test_changes import PLAN, WINDOW
from tests.itsm.changes.test_control import do, row

END = datetime.fromisoformat(WINDOW["end"])
MINUTE = timedelta(minutes=1)


@pytest.fixture
def scheduled(cast):
    change = a_change(cast, service=cast.services["vpn"], owner=cast.bob)
    do(change, "submit", cast.alice, **PLAN)
    return do(change, "approve", cast.frank)


def asked(change):
    rows = Event.objects.filter(subject_id=change.pk, kind=results.ASK_RESULT)
    return rows.count()


def test_nothing_is_asked_before_it_is_decided(cast):
    change = a_change(cast, service=cast.services["vpn"])
    do(change, "submit", cast.alice, **PLAN)
    assert row(change).ask_result_at is None


def test_it_is_asked_once_after_the_window(cast, scheduled):
    assert row(scheduled).ask_result_at == END
    assert results.sweep(at=END - MINUTE) == 0
    assert results.sweep(at=END + MINUTE) == 1
    assert results.sweep(at=END + 2 * MINUTE) == 0
    assert asked(scheduled) == 1
    event = Event.objects.get(kind=results.ASK_RESULT)
    assert (event.actor_id, event.door) == (None, "timer")


def test_a_change_that_begins_meanwhile_is_not_asked_twice(cast, scheduled):
    results.sweep(at=END + MINUTE)
    do(scheduled, "implement", cast.bob)
    assert row(scheduled).ask_result_at is None


def test_a_recorded_result_is_not_asked_for(cast, scheduled):
    do(scheduled, "implement", cast.bob)
    do(scheduled, "resolve", cast.bob, result="success")
    assert results.sweep(at=END + MINUTE) == 0


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ("success", "Done after"),
        ("issues", "Done after"),
        ("rolled_back", "Rolled back after"),
        ("failed", "Failed after"),
    ],
)
def test_the_head_of_a_change_that_is_over_says_how_it_went(
    cast, scheduled, result, words
):
    do(scheduled, "implement", cast.bob)
    do(scheduled, "resolve", cast.bob, result=result)
    page = as_(cast.bob).get(f"/changes/{scheduled.number}/").content.decode()
    assert f"<b>{words}" in page
    assert "Solved after" not in page


def test_what_went_back_to_planning_is_not_asked(cast, scheduled):
    do(scheduled, "revise", cast.bob, comment="Not yet")
    assert results.sweep(at=END + MINUTE) == 0


def test_a_review_that_nobody_holds_is_asked_for_too(cast, scheduled):
    do(scheduled, "implement", cast.bob)
    do(scheduled, "resolve", cast.bob, result="failed")
    assert results.sweep(at=later(5) + timedelta(days=6)) == 1
    assert Event.objects.filter(kind=results.ASK_REVIEW).count() == 1


def test_what_fails_is_tried_again_and_stops_no_other(cast, scheduled, monkeypatch):
    other = a_change(cast, service=cast.services["vpn"])
    do(other, "submit", cast.alice, **PLAN)
    do(other, "approve", cast.frank)
    whole = results._asked

    def fails(ticket, at):
        if ticket.pk == scheduled.pk:
            raise RuntimeError("no")
        return whole(ticket, at)

    monkeypatch.setattr(results, "_asked", fails)
    assert results.sweep(at=END + MINUTE) == 1
    assert (asked(scheduled), asked(other)) == (0, 1)
    assert results.seconds_late(at=END + MINUTE) == 60
    monkeypatch.undo()
    assert results.sweep(at=END + 2 * MINUTE) == 1


def test_the_owner_hears_of_it_and_the_page_says_so(cast, scheduled):
    from notify.rulebook import of_kind

    Change.objects.filter(pk=scheduled.pk).update(
        window_start=later(-200), window_end=later(-100)
    )
    results.sweep(at=END + MINUTE)
    event = Event.objects.get(kind=results.ASK_RESULT)
    rule = next(r for r in of_kind(event.kind) if r.name == "change.result")
    assert rule.audience([event]) == {event.id: {cast.bob.pk}}
    page = as_(cast.bob).get(f"/changes/{scheduled.number}/").content.decode()
    assert "Its window has passed: how did it go?" in page
    assert "Its window has passed: the result is asked for" in page


def test_the_task_is_one_call(cast, scheduled):
    assert tasks.ask_results() in {0, 1}
