"""What a program reported: work is to be done, and nobody waits for a word."""

import pytest

from core.context import Door, through
from itsm.sla.models import Clock
from itsm.sla.replay import differences
from itsm.sla.rules import Looked
from itsm.tickets import actions
from tests.factories import AT, a_machine, an_incident, later

pytestmark = pytest.mark.django_db


def kinds_of(ticket):
    rows = Clock.objects.filter(ticket=ticket).exclude(state="withdrawn")
    return sorted(rows.values_list("kind", flat=True))


def reported(cast):
    machine = a_machine(cast, roles=["agent"])
    with through(Door.SOURCE):
        return actions.open_ticket(
            type="incident",
            title="Disk is full",
            by=machine,
            at=AT,
            service=cast.services["vpn"],
        )


def test_a_program_is_promised_a_solution_and_no_words(cast):
    ticket = reported(cast)
    assert kinds_of(ticket) == ["resolution"]
    ticket.refresh_from_db()
    assert ticket.next_due_kind == "resolution"
    assert list(differences([ticket.pk], Looked())) == []


def test_so_it_stays_whatever_becomes_of_it(cast):
    ticket = reported(cast)
    actions.triage(ticket=ticket, by=cast.bob, at=later(1), impact="high")
    actions.take(ticket=ticket, by=cast.bob, at=later(2))
    assert kinds_of(ticket) == ["resolution"]
    assert list(differences([ticket.pk], Looked())) == []


def test_people_are_promised_both(cast):
    assert {"response", "resolution"} <= set(kinds_of(an_incident(cast)))
