"""Ordering, approvals and steps: nothing is called fulfilled that is not."""

from datetime import timedelta

import pytest
from django.test import Client

from itsm.requests.actions import finish_task, order, waive_task
from itsm.requests.models import Offering, Task
from itsm.tickets import actions, work
from itsm.tickets.doors import perform
from itsm.tickets.models import Approval
from tests.cast import AT
from tests.factories import a_request, later
from tests.itsm.checks import (
    forbidden,
    fresh,
    inactive,
    invalid,
    kinds,
    last,
    refused,
    wrong_state,
)


def ordered(cast, slug="vpn-access", by=None, **more):
    return order(offering=cast.offerings[slug], by=by or cast.carol, at=AT, **more)


def decided(ticket, verb, by, **raw):
    return perform(ticket, verb, raw, by=by, at=later(5))


@pytest.fixture
def laptop(cast):
    """A new laptop for Carol; Frank is her manager."""
    return ordered(cast, "new-laptop")


@pytest.fixture
def role(cast):
    """An application role; Dana owns the data."""
    return ordered(cast, "application-role")


def test_an_order_brings_service_team_title_and_steps(cast, laptop):
    assert laptop.title == "New laptop"
    assert laptop.team == cast.teams["desk"]
    assert laptop.requester == cast.carol
    tasks = Task.objects.filter(ticket=laptop)
    assert [t.title for t in tasks] == ["Order it", "Set it up"]
    vpn = ordered(cast, title="VPN for my trip", description="To Porto")
    assert (vpn.title, vpn.service) == ("VPN for my trip", cast.services["vpn"])
    assert fresh(vpn).request.offering == cast.offerings["vpn-access"]


def test_an_order_without_approval_waits_for_nobody(cast):
    ticket = ordered(cast)
    assert fresh(ticket).state == "new"
    actions.take(ticket=ticket, by=cast.bob, at=later(1))
    assert fresh(ticket).state == "fulfilling"


def test_staff_order_for_somebody_and_requesters_for_themselves(cast):
    ticket = ordered(cast, by=cast.bob, requester=cast.carol)
    assert ticket.requester == cast.carol
    with forbidden():
        ordered(cast, by=cast.mallory, requester=cast.carol)


def test_what_is_no_longer_offered_cannot_be_ordered(cast):
    offering = cast.offerings["vpn-access"]
    offering.is_active = False
    offering.save()
    with invalid() as caught:
        ordered(cast)
    assert set(caught.value.errors) == {"offering"}


def test_an_order_asks_its_approver_by_itself(cast, laptop):
    assert fresh(laptop).state == "approval"
    row = Approval.objects.get(ticket=laptop)
    assert (row.authority, row.approver, row.decision) == ("manager", cast.frank, "")
    assert kinds(laptop) == ["open", "submit"]


def test_the_manager_approves_and_work_can_begin(cast, laptop):
    decided(laptop, "approve", cast.frank, comment="Fine.")
    assert fresh(laptop).state == "fulfilling"
    row = Approval.objects.get()
    assert (row.decision, row.decided_by, row.decided_at, row.reason) == (
        "approved",
        cast.frank,
        later(5),
        "Fine.",
    )


def test_a_rejection_comes_with_its_reason_and_ends_it(cast, laptop):
    with invalid() as caught:
        decided(laptop, "reject", cast.frank)
    assert set(caught.value.errors) == {"comment"}
    decided(laptop, "reject", cast.frank, comment="Yours is new.")
    ticket = fresh(laptop)
    assert (ticket.state, ticket.state_category) == ("rejected", "cancelled")
    assert Approval.objects.get().decision == "rejected"
    with refused():
        decided(laptop, "approve", cast.frank)


@pytest.mark.parametrize(
    "name", ["alice", "bob", "erin", "dana", "grace", "carol", "mallory"]
)
@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_nobody_but_the_named_manager_decides(cast, laptop, name, verb):
    with forbidden():
        decided(laptop, verb, cast.people[name], comment="x")


def test_the_owner_of_the_data_decides_about_a_role(cast, role):
    with forbidden():
        decided(role, "approve", cast.frank)
    decided(role, "approve", cast.dana)
    assert fresh(role).state == "fulfilling"


def test_nobody_approves_their_own_order_their_manager_does(cast):
    cast.dana.manager = cast.alice
    cast.dana.save()
    ticket = ordered(cast, "application-role", by=cast.dana)
    assert Approval.objects.get().approver == cast.alice
    with forbidden():
        decided(ticket, "approve", cast.dana)
    decided(ticket, "approve", cast.alice)
    assert fresh(ticket).state == "fulfilling"


@pytest.mark.parametrize("how", ["no manager", "manager left"])
def test_where_nobody_can_be_named_an_administrator_stands_in(cast, how):
    if how == "manager left":
        inactive(cast.frank)
    else:
        cast.carol.manager = None
        cast.carol.save()
    ticket = ordered(cast, "new-laptop")
    assert Approval.objects.get().approver is None
    for name in ("alice", "bob", "carol", "frank"):
        with refused():
            decided(ticket, "approve", cast.people[name])
    decided(ticket, "approve", cast.grace)
    assert Approval.objects.get().decided_by == cast.grace


def page_of(person, path):
    client = Client()
    client.force_login(person)
    return client.get(path).text


def test_who_orders_is_told_that_an_administrator_stands_in_and_why(cast):
    path, said = "/portal/order/new-laptop/", "No manager is known, so an administrator"
    assert "Frank, your manager, is asked first." in page_of(cast.carol, path)
    inactive(cast.frank)
    assert said in page_of(cast.carol, path)
    ticket = ordered(cast, "new-laptop")
    assert said in page_of(cast.carol, f"/portal/{ticket.number}/")
    assert said in page_of(cast.bob, f"/requests/{ticket.number}/")
    asked = [d.row.number for d in work.of(cast.grace, at=later(1)).decisions]
    assert asked == [ticket.number]
    assert work.of(cast.bob, at=later(1)).decisions == []
    decided(ticket, "approve", cast.grace)
    assert work.of(cast.grace, at=later(9)).decisions == []
    assert said not in page_of(cast.bob, f"/requests/{ticket.number}/")


def test_an_administrator_is_not_asked_about_what_they_ordered_themselves(cast):
    ticket = ordered(cast, "new-laptop", by=cast.grace)
    assert fresh(ticket).state == "approval"
    assert work.of(cast.grace, at=later(1)).decisions == []


def test_who_orders_is_told_whom_the_service_or_the_data_belongs_to(cast):
    Offering.objects.filter(slug="vpn-access").update(approval="service_owner")
    asked = page_of(cast.carol, "/portal/order/vpn-access/")
    assert "Erin is asked first." in asked
    cast.dana.manager = cast.alice
    cast.dana.save()
    asked = page_of(cast.dana, "/portal/order/application-role/")
    assert "Alice, your manager, is asked first." in asked


def test_the_owner_of_the_service_can_be_the_one_to_decide(cast):
    Offering.objects.filter(slug="vpn-access").update(approval="service_owner")
    cast.offerings["vpn-access"].refresh_from_db()
    ticket = ordered(cast)
    assert Approval.objects.get().approver == cast.erin
    decided(ticket, "approve", cast.erin)
    assert fresh(ticket).state == "fulfilling"


def test_an_unapproved_order_is_not_started_or_fulfilled(cast, laptop):
    for verb in ("start", "resolve", "wait"):
        with wrong_state():
            decided(laptop, verb, cast.bob)
    assert fresh(laptop).state == "approval"


def test_a_cancelled_order_asks_nobody_any_more(cast, laptop):
    decided(laptop, "cancel", cast.carol, comment="Found one.")
    assert Approval.objects.get().decision == "withdrawn"
    from itsm.tickets.models import Ticket

    other = ordered(cast, "new-laptop")
    decided(other, "cancel", cast.bob, comment="Twice.")
    assert (
        not Ticket.objects.visible_to(cast.frank)
        .filter(approvals__decision="")
        .exists()
    )


def test_the_offering_of_an_approved_order_stays_what_was_approved(cast, laptop):
    with wrong_state():
        perform(laptop, "edit", {"offering": "vpn-access"}, by=cast.bob, at=later(1))
    general = a_request(cast)
    perform(general, "edit", {"offering": "vpn-access"}, by=cast.bob, at=later(1))
    assert fresh(general).request.offering == cast.offerings["vpn-access"]
    offering = cast.offerings["vpn-access"]
    assert last(general).changes == {"offering": [None, offering.pk]}


@pytest.fixture
def fulfilling(cast, laptop):
    decided(laptop, "approve", cast.frank)
    return actions.take(ticket=laptop, by=cast.bob, at=later(6))


def test_fulfilled_means_every_step_is_done_or_waived(cast, fulfilling):
    first, second = Task.objects.filter(ticket=fulfilling)
    raw = {"resolution": "It is on your desk."}
    with invalid() as caught:
        perform(fulfilling, "resolve", raw, by=cast.bob, at=later(7))
    assert set(caught.value.errors) == {"tasks"}
    finish_task(ticket=fulfilling, task=first.pk, by=cast.bob, at=later(8))
    with invalid():
        perform(fulfilling, "resolve", raw, by=cast.bob, at=later(9))
    waive_task(
        ticket=fulfilling, task=second.pk, by=cast.bob, at=later(10), reason="As is"
    )
    perform(fulfilling, "resolve", raw, by=cast.bob, at=later(11))
    assert fresh(fulfilling).state == "fulfilled"


def test_nobody_says_that_the_steps_are_done_but_the_steps(cast, fulfilling):
    with invalid() as caught:
        raw = {"resolution": "x", "tasks": True}
        perform(fulfilling, "resolve", raw, by=cast.bob, at=later(7))
    assert set(caught.value.errors) == {"tasks"}


def test_a_step_done_says_who_and_when_once(cast, fulfilling):
    task = Task.objects.filter(ticket=fulfilling).first()
    before = fresh(fulfilling).version
    for minute, by in ((8, cast.bob), (9, cast.erin)):
        finish_task(ticket=fulfilling, task=task.pk, by=by, at=later(minute))
    task.refresh_from_db()
    assert (task.done_by, task.done_at) == (cast.bob, later(8))
    assert fresh(fulfilling).version == before + 1
    assert last(fulfilling).kind == "ticket.task"
    assert last(fulfilling).changes == {
        "task": [None, task.pk],
        "task_state": ["open", "done"],
    }


def test_a_waived_step_keeps_its_reason_and_is_not_done(cast, fulfilling):
    task = Task.objects.filter(ticket=fulfilling).first()
    waive_task(
        ticket=fulfilling, task=task.pk, by=cast.bob, at=later(8), reason=" In stock "
    )
    task.refresh_from_db()
    assert (task.waived_reason, task.done_at, task.done_by) == (
        "In stock",
        None,
        cast.bob,
    )
    assert "In stock" not in str(last(fulfilling).changes)


def test_waiving_needs_a_reason_and_after_permission(cast, fulfilling):
    task = Task.objects.filter(ticket=fulfilling).first().pk
    with invalid():
        waive_task(ticket=fulfilling, task=task, by=cast.bob, at=later(8), reason=" ")
    with forbidden():
        waive_task(ticket=fulfilling, task=task, by=cast.carol, at=later(8), reason=" ")
    with forbidden():
        finish_task(ticket=fulfilling, task=task, by=cast.carol, at=later(8))


def test_a_step_of_another_request_is_not_there(cast, fulfilling):
    other = ordered(cast, "new-laptop").tasks.first()
    with invalid():
        finish_task(ticket=fulfilling, task=other.pk, by=cast.bob, at=later(8))


def test_steps_of_what_is_over_stay_as_they_are(cast, laptop):
    decided(laptop, "reject", cast.frank, comment="No")
    task = laptop.tasks.first().pk
    with wrong_state():
        finish_task(ticket=laptop, task=task, by=cast.bob, at=later(9))


def test_the_promise_of_a_request_counts_from_the_order(cast, laptop):
    ordered_due = fresh(laptop).next_due_at
    decided(laptop, "approve", cast.frank)
    assert fresh(laptop).opened_at == AT
    assert fresh(laptop).paused_for is None
    assert ordered_due - AT == timedelta(hours=8)


def test_waiting_for_the_requester_and_their_reply(cast, fulfilling):
    actions.wait(
        ticket=fulfilling, by=cast.bob, at=later(7), reason="requester", comment="A4?"
    )
    actions.comment(ticket=fulfilling, by=cast.carol, at=later(9), body="Yes")
    assert fresh(fulfilling).state == "fulfilling"
    with invalid():
        actions.wait(ticket=fulfilling, by=cast.bob, at=later(10), reason="problem")
