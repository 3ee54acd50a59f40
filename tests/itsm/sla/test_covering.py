"""Who is away: what falls due meanwhile goes to whoever covers them."""

from datetime import timedelta

import pytest

from itsm.sla import covering
from itsm.tickets import actions
from people.models import Absence
from tests.cast import AT
from tests.factories import an_incident, later, taken
from tests.itsm.checks import events, fresh

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def away(user, cover, *, days):
    return Absence.objects.create(
        user=user,
        cover=cover,
        made_at=AT,
        starts_at=AT - DAY,
        ends_at=AT + days * DAY,
    )


def test_what_falls_due_meanwhile_goes_to_the_cover(cast):
    soon, last = taken(cast), taken(cast, an_incident(cast))
    actions.wait(
        ticket=last, by=cast.bob, at=later(2), reason="requester", comment="Which?"
    )
    away(cast.bob, cast.erin, days=3)
    assert covering.sweep(at=later(5)) == 1
    assert fresh(soon).owner == cast.erin
    assert fresh(soon).handovers == 1
    assert fresh(last).owner == cast.bob  # nothing is due while it waits
    event = events(soon)[-1]
    assert (event.kind, event.actor_id) == ("ticket.assign", None)
    assert covering.sweep(at=later(6)) == 0


def test_what_is_due_after_they_are_back_waits_for_them(cast):
    ticket = taken(cast)
    Absence.objects.create(
        user=cast.bob,
        cover=cast.erin,
        made_at=AT,
        starts_at=AT,
        ends_at=AT + timedelta(hours=2),
    )
    assert covering.sweep(at=later(5)) == 0
    assert fresh(ticket).owner == cast.bob


def test_without_a_cover_it_stays(cast):
    ticket = taken(cast)
    away(cast.bob, None, days=3)
    assert covering.sweep(at=later(5)) == 0
    assert fresh(ticket).owner == cast.bob


def test_a_restricted_ticket_goes_to_nobody_who_may_not_see_it(cast):
    ticket = an_incident(cast, service=cast.services["hr-portal"])
    ticket = taken(cast, ticket, by=cast.alice)
    assert ticket.restricted
    away(cast.alice, cast.frank, days=30)
    assert covering.sweep(at=later(5)) == 0
    assert fresh(ticket).owner == cast.alice
    actions.copy_in(ticket=ticket, by=cast.alice, at=later(6), person=cast.frank)
    assert covering.sweep(at=later(7)) == 1
    assert fresh(ticket).owner == cast.frank
