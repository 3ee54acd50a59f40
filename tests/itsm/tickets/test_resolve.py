"""Resolving: a public text says what solved it."""

import pytest

from core.models import TextVersion
from itsm.tickets import actions
from itsm.tickets.doors import perform
from tests.cast import AT
from tests.factories import an_incident, later, resolved, taken
from tests.itsm.checks import (
    forbidden,
    fresh,
    inactive,
    invalid,
    last,
    where,
    wrong_state,
)

DONE = "Marker: the gateway was restarted."


def test_resolving_keeps_the_text_the_code_and_the_moment(cast):
    ticket = taken(cast)
    raw = {"resolution": DONE, "resolution_code": "fixed"}
    perform(ticket, "resolve", raw, by=cast.bob, at=later(30))
    ticket = fresh(ticket)
    assert (ticket.state, ticket.state_category) == ("resolved", "resolved")
    assert (ticket.resolution, ticket.resolution_code) == (DONE, "fixed")
    assert ticket.resolved_at == later(30)
    assert ticket.closed_at is None
    assert ticket.next_due_at is None


def test_the_log_carries_the_wordings_id_and_never_the_words(cast):
    ticket = taken(cast)
    actions.resolve(ticket=ticket, by=cast.bob, at=later(30), resolution=DONE)
    event = last(ticket)
    kept = event.changes["resolution"][1]
    assert TextVersion.objects.get(pk=kept).body == DONE
    assert event.public
    assert where("marker:") == ["core_textversion", "itsm_ticket"]


def test_the_text_counts_as_the_response(cast):
    ticket = taken(cast)
    actions.resolve(ticket=ticket, by=cast.bob, at=later(30), resolution=DONE)
    assert fresh(ticket).responded_at == later(30)


def test_each_resolution_keeps_its_own_wording(cast):
    ticket = resolved(cast)
    actions.reopen(ticket=ticket, by=cast.carol, at=later(5), comment="Not yet")
    actions.resolve(ticket=ticket, by=cast.bob, at=later(9), resolution="Now it is.")
    bodies = TextVersion.objects.filter(field="resolution").order_by("id")
    assert [v.body for v in bodies] == ["The gateway was restarted.", "Now it is."]
    assert fresh(ticket).resolved_at == later(9)


@pytest.mark.parametrize("state", ["new", "in_progress", "waiting"])
def test_it_is_possible_from_every_open_state(cast, state):
    ticket = an_incident(cast) if state == "new" else taken(cast)
    if state == "waiting":
        actions.wait(ticket=ticket, by=cast.bob, at=later(2), reason="supplier")
    actions.resolve(ticket=ticket, by=cast.bob, at=later(3), resolution=DONE)
    assert fresh(ticket).state == "resolved"
    assert fresh(ticket).wait_reason == ""


def test_it_closes_by_itself_five_days_later(cast):
    ticket = resolved(cast)
    ticket = fresh(ticket)
    assert ticket.timer_verb == "close"
    assert (ticket.timer_at - later(2)).days == 5


@pytest.mark.parametrize("raw", [{}, {"resolution": ""}, {"resolution": "  \n"}])
def test_without_a_text_the_answer_asks_for_it(cast, raw):
    ticket = taken(cast)
    with invalid() as caught:
        perform(ticket, "resolve", raw, by=cast.bob, at=later(3))
    assert set(caught.value.errors) == {"resolution"}


def test_an_earlier_resolution_does_not_count_again(cast):
    ticket = resolved(cast)
    actions.reopen(ticket=ticket, by=cast.carol, at=later(5), comment="Not yet")
    with invalid():
        perform(ticket, "resolve", {}, by=cast.bob, at=later(6))


def test_resolving_twice_lists_what_is_possible(cast):
    ticket = resolved(cast)
    with wrong_state() as caught:
        actions.resolve(ticket=ticket, by=cast.bob, at=later(3), resolution=DONE)
    assert {"reopen", "close"} <= set(caught.value.allowed)


@pytest.mark.parametrize("name", ["carol", "mallory"])
def test_requesters_may_not_resolve(cast, name):
    ticket = taken(cast)
    with forbidden():
        actions.resolve(
            ticket=ticket, by=cast.people[name], at=later(3), resolution=DONE
        )


def test_somebody_who_left_may_not_resolve(cast):
    ticket, bob = taken(cast), inactive(cast.bob)
    with forbidden():
        actions.resolve(ticket=ticket, by=bob, at=later(3), resolution=DONE)


@pytest.mark.parametrize("field", ["verified_by", "state", "tasks", "number"])
def test_what_the_verb_does_not_take_is_refused_by_name(cast, field):
    ticket = taken(cast)
    with invalid() as caught:
        perform(ticket, "resolve", {field: True}, by=cast.bob, at=later(3))
    assert set(caught.value.errors) == {field}


def test_one_who_solves_their_own_ticket_answers_nobody(cast):
    ticket = taken(cast, an_incident(cast, by=cast.bob))
    assert fresh(ticket).next_due_kind == "resolution"
    actions.resolve(ticket=ticket, by=cast.bob, at=later(3), resolution=DONE)
    assert fresh(ticket).responded_at is None
    assert fresh(ticket).opened_at == AT
