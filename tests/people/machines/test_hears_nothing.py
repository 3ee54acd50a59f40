"""Programs get no mail, no bell, no page, no question how it was."""

import pytest

from core.models import Event
from itsm.feedback.models import FeedbackAsk
from itsm.feedback.reader import ask_for
from itsm.sla.telling import Facts
from itsm.tickets import actions
from itsm.tickets.telling.facts import _with_role
from notify.models import Message, Notice
from people import actions as people
from people.roles import Role
from tests.cast import AT, Cast
from tests.factories import a_machine, an_incident, later, said
from tests.notify.conftest import read_log

pytestmark = pytest.mark.django_db


def told(user) -> int:
    """Lines and messages somebody got."""
    rows = (Notice.objects.filter(user=user), Message.objects.filter(user=user))
    return sum(found.count() for found in rows)


def test_what_tells_a_requester_tells_no_program(cast: Cast):
    machine = a_machine(cast, roles=["requester"])
    for by in (cast.carol, machine):
        ticket = an_incident(cast, by=by)
        actions.take(ticket=ticket, by=cast.bob, at=later(1))
        said(ticket, "Which disk?", by=cast.bob)
        actions.resolve(ticket=ticket, by=cast.bob, at=later(3), resolution="Done")
    read_log()
    assert told(cast.carol) > 0
    assert told(machine) == 0


def test_a_program_that_watches_and_dispatches_hears_as_little(cast: Cast):
    machine = a_machine(cast, roles=["agent", "dispatcher"])
    ticket = an_incident(cast)
    actions.watch(ticket=ticket, by=machine, at=later(1))
    actions.watch(ticket=ticket, by=cast.erin, at=later(1))
    said(ticket, "News", by=cast.bob)
    read_log()
    assert told(cast.erin) > 0
    assert told(cast.alice) > 0  # who dispatches
    assert told(machine) == 0


def test_nobody_asks_a_program_how_it_was(cast: Cast):
    machine = a_machine(cast, roles=["requester"])
    for by in (cast.carol, machine):
        ticket = an_incident(cast, by=by)
        actions.take(ticket=ticket, by=cast.bob, at=later(1))
        actions.resolve(ticket=ticket, by=cast.bob, at=later(2), resolution="Done")
    ask_for(list(Event.objects.order_by("pk")))
    assert [ask.person for ask in FeedbackAsk.objects.all()] == [cast.carol]


def test_no_step_of_an_escalation_reaches_a_program(cast: Cast):
    machine = a_machine(cast, roles=["agent", "dispatcher"])
    people.set_membership(team=cast.teams["desk"], user=machine, by=cast.grace, at=AT)
    ticket = an_incident(cast, team=cast.teams["desk"], by=cast.bob)
    events = list(Event.objects.filter(subject_id=ticket.pk))
    facts = Facts(events)
    team = dict(facts.members[cast.teams["desk"].pk])
    assert cast.bob.pk in team
    assert machine.pk not in team
    assert machine.pk not in facts.dispatchers
    assert machine.pk not in _with_role(Role.DISPATCHER)
    assert cast.alice.pk in _with_role(Role.DISPATCHER)
