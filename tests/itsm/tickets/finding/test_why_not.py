"""Every verb is either offered or says why it is not."""

from datetime import timedelta

import pytest

from itsm.tickets import actions, why_not
from itsm.tickets.models import Ticket
from itsm.tickets.verbs import SPECS, verbs_for
from tests.cast import AT
from tests.factories import a_change, an_incident, resolved, taken

pytestmark = pytest.mark.django_db


def reasons(ticket, by, at=AT):
    ticket = Ticket.objects.get(pk=ticket.pk)
    return {no.name: no.why for no in why_not.refusals(ticket, by, at=at)}


def test_a_move_says_from_which_states_it_is_possible(cast):
    found = reasons(an_incident(cast), cast.bob)
    assert found["close"] == "Only while it is resolved; now it is new."
    assert found["resume"] == "Only while it is waiting; now it is new."
    assert "resolved or closed" in found["reopen"]
    assert "take" not in found


def test_verbs_of_owning_name_who_has_it(cast):
    mine = taken(cast, by=cast.bob)
    assert reasons(mine, cast.bob)["take"] == "It is yours already."
    assert "Bob has it" in reasons(mine, cast.alice)["take"]


def test_policy_names_who_may(cast):
    found = reasons(an_incident(cast), cast.bob)
    assert "administrators" in found["restrict"]
    assert "leads its team" in found["redact"]
    assert "restrict" not in reasons(an_incident(cast), cast.grace)


def test_what_needs_an_open_ticket_says_so_and_time_that_has_passed_too(cast):
    done = resolved(cast)
    at = AT + timedelta(hours=1)
    actions.close(ticket=done, by=cast.bob, at=at)
    found = reasons(done, cast.bob, at=at + timedelta(days=11))
    assert found["take"] == "Only while it is open; now it is closed."
    assert "possible until" in found["reopen"]


def test_an_approval_names_its_authority(cast):
    change = a_change(cast, by=cast.erin)
    found = reasons(change, cast.erin)
    assert found.get("approve")
    assert "approve" not in {o.name for o in verbs_for(change, cast.erin, at=AT)}


def test_nothing_is_both_offered_and_refused_and_nothing_is_forgotten(cast):
    for ticket in (an_incident(cast), taken(cast), resolved(cast), a_change(cast)):
        ticket = Ticket.objects.get(pk=ticket.pk)
        for person in cast.people.values():
            if not person.is_staff:
                continue
            offered = {o.name for o in verbs_for(ticket, person, at=AT)}
            refused = reasons(ticket, person)
            assert not offered & refused.keys()
            assert SPECS.keys() - offered - refused.keys() <= why_not.ANSWERS
            assert all(refused.values())
