"""What time does: reminders, others who are asked, who stands in for whom."""

import pytest

from core.models import Event
from itsm.requests.actions import order
from itsm.tickets.approving import delegating
from itsm.tickets.approving.sweeping import refresh_all, sweep
from itsm.tickets.models import Approval, Ticket
from people.models import Absence
from tests.cast import AT
from tests.factories import later
from tests.itsm.approving.checks import a_group, asked, names, said, say, waiting
from tests.itsm.checks import forbidden, fresh, inactive, invalid, wrong_state

DAY = 24 * 60


@pytest.fixture
def laptop(cast):
    """Carol's order, which her manager Frank is asked about."""
    return order(offering=cast.offerings["new-laptop"], by=cast.carol, at=AT)


def heard(ticket, kind):
    rows = Event.objects.filter(subject_type="ticket", subject_id=ticket.pk, kind=kind)
    return rows.count()


def test_who_does_not_answer_is_reminded_each_day_and_then_another_is_asked(
    cast, laptop
):
    cast.frank.manager = cast.dana
    cast.frank.save(update_fields=["manager"])
    first = asked(laptop)
    assert sweep(at=later(DAY - 1)) == 0
    for day in (1, 2):
        assert sweep(at=later(DAY * day)) == 1
        assert sweep(at=later(DAY * day)) == 0
        assert heard(laptop, "approval.reminded") == day
    assert sweep(at=later(DAY * 3)) == 1
    row = asked(laptop)
    assert (row.approver, row.name) == (cast.dana, "manager")
    event = Event.objects.get(kind="approval.expired")
    assert event.changes["approval"] == [first.pk, row.pk]
    with wrong_state() as caught:
        say(first, cast.frank, minute=DAY * 3 + 1)
    assert "somebody else is asked now" in caught.value.detail
    say(row, cast.dana, minute=DAY * 3 + 1)
    assert fresh(laptop).state == "fulfilling"


def test_where_nobody_is_above_an_administrator_is_asked_in_the_end(cast, laptop):
    sweep(at=later(DAY * 3))
    row = asked(laptop)
    assert (row.approver, names(row)) == (None, ["grace"])


def test_a_delegate_is_asked_before_the_manager(cast, laptop):
    cast.frank.manager = cast.dana
    cast.frank.save(update_fields=["manager"])
    delegating.delegate(
        giver=cast.frank,
        to=cast.erin,
        by=cast.frank,
        at=later(1),
        starts_at=later(2),
        ends_at=later(DAY * 9),
    )
    sweep(at=later(DAY * 3))
    assert asked(laptop).approver == cast.erin


def test_who_left_is_replaced_at_once(cast, laptop):
    cast.frank.manager = cast.dana
    cast.frank.save(update_fields=["manager"])
    inactive(cast.frank)
    assert sweep(at=later(1)) == 1
    assert asked(laptop).approver == cast.dana
    assert Event.objects.get(kind="approval.expired").changes["why"][1] == "left"


def test_who_left_before_is_not_asked(cast):
    inactive(cast.frank)
    ticket = order(offering=cast.offerings["new-laptop"], by=cast.carol, at=AT)
    assert names(asked(ticket)) == ["grace"]


def test_a_group_that_does_not_answer_gives_way_to_all_who_have_the_role(cast):
    a_group(cast, cast.dana, cast.erin, quorum=2)
    change = waiting(cast)
    say(asked(change), cast.dana)
    sweep(at=later(DAY * 4))
    row = asked(change)
    assert (row.group, names(row)) == (None, ["frank", "grace"])
    assert said(row) == [("dana", "approved")]  # what was said stays said
    say(row, cast.frank, minute=DAY * 4 + 5)
    assert fresh(change).state == "scheduled"


def test_a_delegate_sees_and_decides_for_as_long_as_it_holds(cast, laptop):
    row = asked(laptop)
    with forbidden():
        say(row, cast.mallory)
    given = delegating.delegate(
        giver=cast.frank,
        to=cast.mallory,
        by=cast.frank,
        at=later(1),
        starts_at=later(1),
        ends_at=later(100),
    )
    assert Ticket.objects.visible_to(cast.mallory).filter(pk=laptop.pk).exists()
    delegating.end_delegation(delegation=given, by=cast.frank, at=later(2))
    assert not Ticket.objects.visible_to(cast.mallory).filter(pk=laptop.pk).exists()
    given = delegating.delegate(
        giver=cast.frank,
        to=cast.mallory,
        by=cast.frank,
        at=later(3),
        starts_at=later(3),
        ends_at=later(100),
    )
    with forbidden():
        say(row, cast.mallory, minute=101)
    say(row, cast.mallory, minute=50)
    vote = row.votes.get()
    assert (vote.by, vote.on_behalf_of) == (cast.mallory, cast.frank)
    assert fresh(laptop).state == "fulfilling"


def test_who_covers_a_running_absence_decides(cast, laptop):
    Absence.objects.create(
        user=cast.frank,
        cover=cast.erin,
        starts_at=later(10),
        ends_at=later(100),
        made_at=AT,
    )
    assert refresh_all(at=later(5)) == 0
    assert refresh_all(at=later(10)) == 1
    assert refresh_all(at=later(10)) == 0
    row = asked(laptop)
    assert names(row) == ["erin", "frank"]
    say(row, cast.erin, minute=11)
    assert fresh(laptop).state == "fulfilling"


def test_whoever_sits_on_several_seats_has_one_yes(cast):
    a_group(cast, cast.frank, cast.dana, quorum=2)
    change = waiting(cast)
    for giver in (cast.frank, cast.dana):
        delegating.delegate(
            giver=giver,
            to=cast.erin,
            by=giver,
            at=later(3),
            starts_at=later(3),
            ends_at=later(100),
        )
    row = asked(change)
    say(row, cast.erin)
    say(row, cast.erin, minute=10)
    assert fresh(change).state == "approval"
    say(row, cast.dana, minute=11)
    assert fresh(change).state == "scheduled"


def test_a_seat_has_one_yes_whoever_sits_on_it(cast):
    a_group(cast, cast.frank, cast.dana, quorum=2)
    change = waiting(cast)
    delegating.delegate(
        giver=cast.frank,
        to=cast.erin,
        by=cast.frank,
        at=later(3),
        starts_at=later(3),
        ends_at=later(100),
    )
    row = asked(change)
    say(row, cast.erin)
    say(row, cast.frank, minute=10)
    assert fresh(change).state == "approval"


@pytest.mark.parametrize(
    ("to", "start", "end", "field"),
    [
        ("frank", 1, 100, "to"),
        ("carol", 100, 50, "ends_at"),
        ("carol", -100, 0, "ends_at"),
        ("carol", 0, DAY * 400, "ends_at"),
    ],
)
def test_a_delegation_is_to_another_and_for_a_time_ahead(cast, to, start, end, field):
    with invalid() as caught:
        delegating.delegate(
            giver=cast.frank,
            to=cast.people[to],
            by=cast.frank,
            at=later(1),
            starts_at=later(start),
            ends_at=later(end),
        )
    assert list(caught.value.errors) == [field]


def test_nobody_gives_away_somebody_else_s_seat(cast):
    with forbidden():
        delegating.delegate(
            giver=cast.frank,
            to=cast.bob,
            by=cast.bob,
            at=AT,
            starts_at=AT,
            ends_at=later(9),
        )


def test_a_new_owner_is_asked_no_more(cast):
    from itsm.tickets import actions

    change = waiting(cast)
    assert names(asked(change)) == ["frank"]
    actions.assign(ticket=change, by=cast.alice, at=later(5), owner=cast.frank)
    assert names(asked(change)) == ["grace"]
    assert Approval.objects.get(ticket=change).decision == ""
