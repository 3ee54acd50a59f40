"""Yes, yes on a condition, no, a question first; one yes or several."""

import pytest

from core.models import Event
from itsm.tickets.approving.models import Vote
from itsm.tickets.models import Approval, Comment
from people.roles import Role
from tests.itsm.approving.checks import a_group, asked, do, names, said, say, waiting
from tests.itsm.checks import forbidden, fresh, invalid, wrong_state


def told(ticket):
    rows = Event.objects.filter(subject_type="ticket", subject_id=ticket.pk)
    return list(
        rows.filter(kind__startswith="approval.")
        .order_by("id")
        .values_list("kind", flat=True)
    )


def test_a_yes_is_kept_as_a_vote_and_its_wait_can_be_measured(cast):
    change = waiting(cast)
    row = asked(change)
    say(row, cast.frank, words="Go")
    assert fresh(change).state == "scheduled"
    assert said(row) == [("frank", "approved")]
    row.refresh_from_db()
    assert (row.decision, row.decided_by, row.reason) == ("approved", cast.frank, "Go")
    assert told(change) == ["approval.asked", "approval.voted", "approval.decided"]
    first, *_rest, last = Event.objects.filter(kind__startswith="approval.")
    assert first.changes["approval"][1] == last.changes["approval"][1] == row.pk
    assert (last.at - first.at).total_seconds() == 7 * 60


def test_a_yes_on_a_condition_counts_and_its_condition_is_said_on_the_ticket(cast):
    change = waiting(cast)
    row = asked(change)
    with invalid():
        say(row, cast.frank, "condition")
    say(row, cast.frank, "condition", "Only after the backup")
    assert fresh(change).state == "scheduled"
    assert said(row) == [("frank", "condition")]
    assert Comment.objects.get(ticket=change).body == "Only after the backup"


def test_a_verb_brings_a_condition_too(cast):
    change = waiting(cast)
    row = asked(change)
    do(change, "approve", cast.frank, condition="Only after the backup")
    assert said(row) == [("frank", "condition")]


def test_a_question_leaves_it_waiting_and_is_said_where_it_is_answered(cast):
    change = waiting(cast)
    row = asked(change)
    with invalid():
        say(row, cast.frank, "asked")
    say(row, cast.frank, "asked", "Who watches it?")
    assert fresh(change).state == "approval"
    assert said(row) == [("frank", "asked")]
    assert Comment.objects.get(ticket=change).body == "Who watches it?"
    say(row, cast.frank, minute=10)
    assert fresh(change).state == "scheduled"
    assert said(row) == [("frank", "approved")]
    assert Vote.objects.filter(approval=row).exclude(void_at=None).count() == 1


def test_a_no_needs_its_reason_and_ends_it(cast):
    change = waiting(cast)
    row = asked(change)
    with invalid():
        say(row, cast.frank, "rejected")
    say(row, cast.frank, "rejected", "Not in the freeze")
    assert fresh(change).state == "rejected"
    assert said(row) == [("frank", "rejected")]


def test_an_answer_that_nobody_knows_is_refused(cast):
    row = asked(waiting(cast))
    with invalid():
        say(row, cast.frank, "maybe")


def test_a_quorum_counts_different_people(cast):
    a_group(cast, cast.frank, cast.dana, cast.erin, quorum=2)
    change = waiting(cast)
    row = asked(change)
    assert (row.quorum, names(row)) == (2, ["dana", "erin", "frank"])
    say(row, cast.frank)
    assert fresh(change).state == "approval"
    say(row, cast.frank, "condition", "Once more", minute=10)
    assert fresh(change).state == "approval"
    say(row, cast.dana, minute=11)
    assert fresh(change).state == "scheduled"
    assert said(row) == [("frank", "condition"), ("dana", "approved")]


def test_the_group_of_the_service_goes_before_the_one_of_all(cast):
    a_group(cast, cast.dana)
    own = a_group(cast, cast.erin, service="vpn")
    row = asked(waiting(cast))
    assert (row.group, names(row)) == (own, ["erin"])
    with forbidden():
        say(row, cast.frank)


def test_where_a_quorum_can_never_be_reached_an_administrator_fills_in(cast):
    a_group(cast, cast.frank, cast.alice, quorum=2)  # Alice wrote it
    change = waiting(cast)
    row = asked(change)
    assert names(row) == ["frank", "grace"]
    say(row, cast.grace)
    say(row, cast.frank)
    assert fresh(change).state == "scheduled"


def test_a_change_of_low_risk_needs_one_peer_and_no_authority(cast):
    change = waiting(cast, calm=True)
    row = asked(change)
    assert (row.name, names(row)) == ("peer", ["erin"])
    with forbidden():
        say(row, cast.frank)
    say(row, cast.erin)
    assert fresh(change).state == "scheduled"


def test_where_no_peer_is_left_the_change_authority_decides(cast):
    change = waiting(cast, calm=True, owner=cast.erin)
    assert names(asked(change)) == ["frank"]


def test_a_request_can_need_two_and_the_last_yes_moves_it(cast):
    from decimal import Decimal

    from itsm.requests.actions import order
    from itsm.requests.models import Offering, Price
    from tests.cast import AT

    role = cast.offerings["application-role"]
    Offering.objects.filter(pk=role.pk).update(asks_manager_over=Decimal(10))
    Price.objects.create(
        offering=role, amount=Decimal(50), currency="EUR", valid_from=AT.date()
    )
    role.refresh_from_db()
    ticket = order(offering=role, by=cast.carol, at=AT)
    rows = Approval.objects.filter(ticket=ticket).order_by("name")
    assert [row.name for row in rows] == ["data_owner", "manager"]
    say(rows[0], cast.dana)
    assert fresh(ticket).state == "approval"
    say(rows[1], cast.frank, minute=10)
    assert fresh(ticket).state == "fulfilling"


@pytest.mark.parametrize("answer", ["approved", "condition", "asked", "rejected"])
def test_what_is_over_is_refused_with_a_sentence(cast, answer):
    row = asked(waiting(cast))
    say(row, cast.frank)
    with wrong_state() as caught:
        say(row, cast.frank, answer, "Really")
    assert "Frank has approved it already." in caught.value.detail


def test_no_program_votes(cast):
    from tests.factories import a_machine

    machine = a_machine(cast, roles=[Role.AGENT])
    a_group(cast, machine, cast.frank)
    row = asked(waiting(cast))
    assert names(row) == ["frank"]
    with forbidden() as caught:
        say(row, machine)
    assert "for people" in caught.value.detail
