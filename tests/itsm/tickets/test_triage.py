"""Triage: how bad, what, how big; the matrix and its override."""

import pytest

from core.models import TextVersion
from itsm.tickets import actions
from itsm.tickets.doors import perform
from tests.factories import an_incident, later
from tests.itsm.checks import (
    events,
    forbidden,
    fresh,
    inactive,
    invalid,
    kinds,
    last,
    where,
)

MATRIX = {
    ("high", "high"): 1,
    ("high", "medium"): 2,
    ("high", "low"): 3,
    ("medium", "high"): 2,
    ("medium", "medium"): 3,
    ("medium", "low"): 4,
    ("low", "high"): 3,
    ("low", "medium"): 4,
    ("low", "low"): 5,
}


@pytest.mark.parametrize(("levels", "priority"), MATRIX.items())
def test_priority_follows_from_impact_and_urgency(cast, levels, priority):
    ticket = an_incident(cast)
    impact, urgency = levels
    actions.triage(
        ticket=ticket, by=cast.bob, at=later(1), impact=impact, urgency=urgency
    )
    assert fresh(ticket).priority == priority
    assert fresh(ticket).band == (0 if priority == 1 else 1)


def test_the_event_carries_exactly_what_changed(cast):
    ticket = an_incident(cast)
    vpn, device = cast.services["vpn"], cast.categories["device"]
    actions.triage(
        ticket=ticket,
        by=cast.bob,
        at=later(1),
        impact="high",
        urgency="medium",
        category=device,
        service=vpn,
        size=5,
        affected=40,
    )
    event = last(ticket)
    assert event.kind == "ticket.triage"
    assert not event.public
    assert event.changes == {
        "impact": ["low", "high"],
        "priority": [4, 2],
        "category": [None, device.pk],
        "service": [None, vpn.pk],
        "size": [2, 5],
        "affected": [1, 40],
    }


def test_triage_that_changes_nothing_is_not_recorded(cast):
    ticket = an_incident(cast)
    before = fresh(ticket).version
    actions.triage(ticket=ticket, by=cast.bob, at=later(1), impact="low")
    assert kinds(ticket) == ["open"]
    assert fresh(ticket).version == before


def test_another_priority_than_the_matrix_needs_a_reason(cast):
    ticket = an_incident(cast)
    with invalid() as caught:
        actions.triage(ticket=ticket, by=cast.bob, at=later(1), priority=1)
    assert set(caught.value.errors) == {"reason"}


def test_an_override_stays_until_triage_sets_it_back(cast):
    ticket = an_incident(cast)
    why = "The board meets at ten"
    actions.triage(ticket=ticket, by=cast.bob, at=later(1), priority=1, reason=why)
    actions.triage(ticket=ticket, by=cast.bob, at=later(2), impact="medium")
    assert fresh(ticket).priority == 1
    actions.triage(ticket=ticket, by=cast.bob, at=later(3), priority=3)
    assert (fresh(ticket).priority, fresh(ticket).priority_reason) == (3, "")
    actions.triage(ticket=ticket, by=cast.bob, at=later(4), impact="low")
    assert fresh(ticket).priority == 4


def test_setting_back_to_the_matrix_ends_an_override_that_happens_to_agree(cast):
    ticket = an_incident(cast)
    actions.triage(ticket=ticket, by=cast.bob, at=later(1), priority=2, reason="VIP")
    actions.triage(ticket=ticket, by=cast.bob, at=later(2), impact="high")
    assert fresh(ticket).priority_reason == "VIP"
    actions.triage(ticket=ticket, by=cast.bob, at=later(3), priority=2)
    assert fresh(ticket).priority_reason == ""
    actions.triage(ticket=ticket, by=cast.bob, at=later(4), impact="low")
    assert fresh(ticket).priority == 4


def test_the_reason_is_kept_in_versions_and_never_in_the_log(cast):
    ticket = an_incident(cast)
    marker = "Zanzibar goes live today"
    actions.triage(ticket=ticket, by=cast.bob, at=later(1), priority=2, reason=marker)
    kept = last(ticket).changes["priority_reason"][1]
    assert TextVersion.objects.get(pk=kept).body == marker
    assert set(where(marker)) == {"core_textversion", "itsm_ticket"}
    actions.triage(ticket=ticket, by=cast.bob, at=later(2), priority=2, reason="Other")
    assert TextVersion.objects.get(pk=kept).body == marker


def test_a_restricted_service_restricts_and_leaving_it_does_not_reveal(cast):
    ticket = an_incident(cast)
    hr, vpn = cast.services["hr-portal"], cast.services["vpn"]
    actions.triage(ticket=ticket, by=cast.bob, at=later(1), service=hr)
    assert fresh(ticket).restricted
    assert last(ticket).changes["restricted"] == [False, True]
    actions.triage(ticket=ticket, by=cast.grace, at=later(2), service=vpn)
    assert fresh(ticket).restricted


def test_a_category_of_other_services_is_refused_whichever_came_last(cast):
    mail, vpn = cast.categories["mail"], cast.services["vpn"]
    mail.services.add(cast.services["e-mail"])
    ticket = an_incident(cast, service=vpn)
    with invalid() as caught:
        actions.triage(ticket=ticket, by=cast.bob, at=later(1), category=mail)
    assert set(caught.value.errors) == {"category"}
    other = an_incident(cast, category=mail)
    with invalid():
        actions.triage(ticket=other, by=cast.bob, at=later(1), service=vpn)
    with invalid():
        an_incident(cast, category=mail, service=vpn)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("impact", "huge"),
        ("impact", 3),
        ("impact", None),
        ("urgency", ["high"]),
        ("priority", "P6"),
        ("priority", 1),
        ("size", 4),
        ("size", "--3"),
        ("size", "9" * 5000),
        ("size", True),
        ("affected", 0),
        ("affected", -3),
        ("affected", 10**9),
        ("affected", "many"),
        ("category", "no-such"),
        ("service", "no-such"),
        ("title", "not here"),
        ("imapct", "high"),
        ("\ud800", "broken"),
        ("fields.x", "not this process's"),
    ],
)
def test_what_cannot_be_used_is_answered_with_a_sentence_and_nothing_changes(
    cast, field, value
):
    ticket = an_incident(cast)
    with invalid() as caught:
        perform(ticket, "triage", {field: value}, by=cast.bob, at=later(1))
    [(name, sentences)] = caught.value.errors.items()
    name.encode()
    assert sentences[0].endswith((".", "?", "“.", "”?"))


def test_all_that_is_wrong_is_said_at_once(cast):
    ticket = an_incident(cast)
    raw = {"impact": "x", "size": 99, "nothing": 1}
    with invalid() as caught:
        perform(ticket, "triage", raw, by=cast.bob, at=later(1))
    assert set(caught.value.errors) == set(raw)


def test_words_of_a_form_are_read_like_those_of_a_program(cast):
    ticket = an_incident(cast)
    raw = {"priority": "P2", "reason": "Friday", "size": " 8 ", "affected": "12"}
    perform(ticket, "triage", raw, by=cast.bob, at=later(1))
    found = fresh(ticket)
    assert (found.priority, found.size, found.affected) == (2, 8, 12)


@pytest.mark.parametrize("name", ["carol", "mallory"])
def test_requesters_may_not_triage(cast, name):
    ticket = an_incident(cast)
    with forbidden():
        actions.triage(ticket=ticket, by=cast.people[name], at=later(1), impact="high")


def test_somebody_who_left_may_not_triage(cast):
    ticket = an_incident(cast)
    alice = inactive(cast.alice)
    with forbidden():
        actions.triage(ticket=ticket, by=alice, at=later(1), impact="high")


def test_a_higher_priority_moves_the_place_in_the_order_and_the_promise(cast):
    ticket = an_incident(cast)
    before = fresh(ticket)
    actions.triage(
        ticket=ticket, by=cast.bob, at=later(1), impact="high", urgency="high"
    )
    after = fresh(ticket)
    assert after.start_by < before.start_by
    assert after.next_due_at == ticket.opened_at + (later(15) - later(0))
    assert after.next_due_kind == "response"
    assert len(events(ticket)) == 2


def test_opening_with_the_matrix_priority_needs_no_reason_and_another_does(cast):
    assert an_incident(cast, by=cast.alice, priority=4).priority_reason == ""
    with invalid() as caught:
        an_incident(cast, by=cast.alice, priority=1)
    assert set(caught.value.errors) == {"reason"}
    ticket = an_incident(cast, by=cast.alice, priority=1, priority_reason="Fire")
    assert ticket.band == 0
    kept = last(ticket).changes["priority_reason"][1]
    assert TextVersion.objects.get(pk=kept).body == "Fire"


@pytest.mark.parametrize("what", ["owner", "priority", "organisation"])
def test_requesters_cannot_decide_at_opening_what_is_ours_to_decide(cast, what):
    given = {
        "owner": {"owner": cast.bob},
        "priority": {"priority": 1, "priority_reason": "Me first"},
        "organisation": {"organisation": cast.organisations["globex"]},
    }
    with forbidden():
        an_incident(cast, **given[what])


def test_requesters_report_for_themselves_only(cast):
    with forbidden():
        an_incident(cast, by=cast.mallory, requester=cast.carol)
