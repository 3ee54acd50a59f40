"""Stages run one after the other, steps of a stage at once, each with its clock."""

from datetime import UTC, datetime, timedelta

import pytest

from core.errors import Invalid
from core.models import Event
from itsm.requests.actions import finish_task, waive_task
from itsm.requests.fulfilment import late
from itsm.requests.models import Task
from itsm.tickets import actions
from itsm.tickets.checklist.actions import change_task
from itsm.tickets.doors import perform
from people.calendars.actions import create_calendar, make_default
from tests.cast import AT
from tests.factories import later
from tests.itsm.checks import fresh
from tests.itsm.requests.steps import an_offering, ordered, step, tasks

pytestmark = pytest.mark.django_db
WEEK = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
STEPS = [
    step("Make the account", 1, "platform", 60),
    step("Set up the laptop", 2, "desk", 240),
    step("Open the network", 2, "network"),
    step("Hand it over", 3, "desk"),
]


@pytest.fixture
def offering(cast):
    return an_offering("Workplace", STEPS, team=cast.teams["desk"])


def done(ticket, title, by, minutes=10):
    task = tasks(ticket)[title]
    return finish_task(ticket=ticket, task=task.pk, by=by, at=later(minutes))


def begun(ticket):
    return [title for title, task in tasks(ticket).items() if task.begun_at]


def test_the_first_stage_begins_with_the_order_and_the_next_when_it_is_done(
    cast, offering
):
    ticket = ordered(cast, offering)
    assert fresh(ticket).state == "fulfilling"
    assert begun(ticket) == ["Make the account"]
    done(ticket, "Make the account", cast.dana)
    assert begun(ticket)[1:] == ["Set up the laptop", "Open the network"]
    done(ticket, "Set up the laptop", cast.bob, 20)
    assert "Hand it over" not in begun(ticket)
    done(ticket, "Open the network", cast.erin, 30)
    assert tasks(ticket)["Hand it over"].begun_at == later(30)


def test_each_step_belongs_to_its_team(cast, offering):
    found = tasks(ordered(cast, offering))
    assert found["Make the account"].team == cast.teams["platform"]
    assert found["Open the network"].team == cast.teams["network"]


def test_a_step_is_not_done_before_its_turn(cast, offering):
    ticket = ordered(cast, offering)
    with pytest.raises(Invalid, match="Make the account"):
        done(ticket, "Hand it over", cast.bob)
    task = tasks(ticket)["Hand it over"]
    given = {"ticket": ticket, "task": task.pk, "given": {"done": True}}
    with pytest.raises(Invalid):
        change_task(**given, by=cast.bob, at=later(1))


def test_a_waived_step_lets_the_next_stage_begin(cast, offering):
    ticket = ordered(cast, offering)
    first = tasks(ticket)["Make the account"]
    waive_task(
        ticket=ticket, task=first.pk, by=cast.dana, at=later(5), reason="Has one."
    )
    assert "Set up the laptop" in begun(ticket)


def test_nothing_begins_before_somebody_agreed(cast):
    offering = an_offering("Desk", STEPS, approval="manager", team=cast.teams["desk"])
    ticket = ordered(cast, offering)
    assert begun(ticket) == []
    with pytest.raises(Invalid, match="agreed"):
        done(ticket, "Make the account", cast.dana)
    perform(ticket, "approve", {}, by=cast.frank, at=later(5))
    assert begun(ticket) == ["Make the account"]


def test_due_counts_working_time_from_the_turn(cast, offering):
    calendar = create_calendar(
        by=cast.grace,
        at=later(-100),
        name="Office",
        time_zone="UTC",
        hours=WEEK,
    )
    make_default(calendar=calendar, by=cast.grace, at=later(-99))
    friday = datetime(2026, 3, 6, 16, 30, tzinfo=UTC)
    ticket = ordered(cast, offering, at=friday)
    due = tasks(ticket)["Make the account"].due_at
    assert due == datetime(2026, 3, 9, 9, 30, tzinfo=UTC)


def test_a_late_task_is_told_once(cast, offering):
    ticket = ordered(cast, offering)
    assert late.sweep(at=AT + timedelta(minutes=59)) == 0
    assert late.sweep(at=AT + timedelta(minutes=61)) == 1
    assert late.sweep(at=AT + timedelta(minutes=62)) == 0
    event = Event.objects.get(kind="task.late")
    assert event.subject_id == tasks(ticket)["Make the account"].pk
    assert event.changes["team"] == [None, cast.teams["platform"].pk]


def test_a_cancelled_order_has_no_late_tasks(cast, offering):
    ticket = ordered(cast, offering)
    actions.cancel(ticket=ticket, by=cast.carol, at=later(1), comment="Not needed.")
    assert late.sweep(at=AT + timedelta(days=9)) == 0


def test_plain_titles_stay_a_list_without_order(cast):
    ticket = ordered(cast, cast.offerings["new-laptop"])
    assert [task.stage for task in Task.objects.filter(ticket=ticket)] == [0, 0]
    perform(ticket, "approve", {}, by=cast.frank, at=later(5))
    assert done(ticket, "Set it up", cast.bob).done_at


def test_somebody_of_the_tasks_team_does_it_though_the_ticket_is_restricted(
    cast, offering
):
    ticket = ordered(cast, offering)
    actions.restrict(ticket=ticket, by=cast.grace, at=later(1))
    seen = Task.objects.visible_to(cast.erin).values_list("title", flat=True)
    assert list(seen) == ["Open the network"]
    assert not Task.objects.visible_to(cast.carol).exists()
    assert not Task.objects.visible_to(cast.frank).exists()
