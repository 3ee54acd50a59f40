"""Programs are offered nowhere: as owner, contact, cover, lead, on duty, or named."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import Invalid
from itsm.requests.actions import order
from itsm.tickets import actions as tickets
from itsm.tickets.finding import people as finding
from itsm.tickets.mentions import noting, reading
from itsm.tickets.policy import approvals_of
from people import actions, find
from people.policy import Scope, allows
from people.rotas import absence_actions, specs
from tests.cast import AT, Cast
from tests.factories import a_machine, an_incident, as_, later
from tests.people.rotas.rotas import a_rota

pytestmark = pytest.mark.django_db
SAYS = "Nightly backup is a service account; choose a person."


@pytest.fixture
def machine(cast: Cast):
    return a_machine(cast)


def test_pickers_do_not_offer_it(cast: Cast, machine):
    client = as_(cast.bob)
    for path in (
        "/people/find/?q=Nightly",
        "/people/options/?owner=Nightly",
        "/people/options/?requester=Nightly",
    ):
        answer = client.get(path)
        assert (path, answer.status_code) == (path, 200)
        assert machine.email not in answer.content.decode()
    assert find.by_email(machine.email) is None
    assert finding.find(cast.bob, "Nightly", 8) == []
    ticket = an_incident(cast)
    assert reading.offered(ticket, "night") == []
    told = noting.told(ticket, "@nightly-backup please", cast.bob)
    assert told.people == []


def test_named_with_its_team_it_is_not_among_those_told(cast: Cast, machine):
    actions.set_membership(team=cast.teams["desk"], user=machine, by=cast.grace, at=AT)
    told = noting.told(an_incident(cast), "@desk please", cast.bob)
    [(team, members)] = told.teams
    assert (team, machine in members) == (cast.teams["desk"], False)
    assert cast.bob in members


def test_a_ticket_is_not_given_to_it_and_the_answer_says_why(cast: Cast, machine, api):
    ticket = an_incident(cast)
    with pytest.raises(Invalid, match="service account"):
        tickets.assign(ticket=ticket, by=cast.alice, at=later(1), owner=machine)
    answer = api(cast.alice).post(
        f"incidents/{ticket.number}/assign/", {"owner": machine.email}
    )
    assert answer.status_code == 422
    assert answer.json()["errors"] == {"owner": [SAYS]}
    copied = {"person": machine.email}
    answer = api(cast.alice).post(f"incidents/{ticket.number}/copy/", copied)
    assert answer.json()["errors"] == {"person": [SAYS]}
    for_it = {"title": "x", "requester": machine.email}
    answer = api(cast.alice).post("incidents/", for_it)
    assert answer.json()["errors"] == {"requester": [SAYS]}


def test_it_works_tickets_but_takes_none(cast: Cast, machine, api):
    program = api(machine)
    made = program.post("incidents/", {"title": "Disk full", "service": "vpn"}).json()
    assert made["requester"] == machine.email
    address = f"incidents/{made['number']}/"
    refused = program.post(f"{address}take/")
    assert refused.status_code == 403
    assert "for people" in refused.json()["detail"]
    mine = {"owner": machine.email}
    assert program.post(f"{address}assign/", mine).status_code == 422
    verbs = {verb["name"] for verb in program.get(f"{address}verbs/").json()["verbs"]}
    assert "resolve" in verbs
    assert not {"take", "ask"} & verbs
    done = program.post(f"{address}resolve/", {"resolution": "Rotated the logs."})
    assert done.json()["state"] == "resolved"


def test_it_approves_nothing_not_even_where_it_administers(cast: Cast):
    """Where nobody knows Carol's manager administrators stand in: the people."""
    actions.change_user(user=cast.carol, by=cast.grace, at=AT, manager=None)
    cast.carol.refresh_from_db()
    program = a_machine(cast, administers=True)
    laptop = cast.offerings["new-laptop"]
    request = order(offering=laptop, by=cast.carol, at=AT)
    (row,) = approvals_of(request)
    assert cast.grace.pk in row.asked
    assert program.pk not in row.asked
    assert not allows(program, "ticket.approve", frozenset({Scope.NAMED}))


def test_it_leads_no_team_and_owns_no_service(cast: Cast, machine, api):
    desk = cast.teams["desk"]
    with pytest.raises(Invalid, match="service account"):
        actions.set_membership(
            team=desk, user=machine, by=cast.grace, at=AT, is_lead=True
        )
    vpn, acme = cast.services["vpn"], cast.organisations["acme"]
    with pytest.raises(Invalid) as refused:
        actions.change_service(service=vpn, by=cast.grace, at=AT, owner=machine)
    assert refused.value.errors == {"owner": [SAYS]}
    with pytest.raises(Invalid) as refused:
        actions.change_organisation(
            organisation=acme, by=cast.grace, at=AT, contact=machine
        )
    assert refused.value.errors == {"contact": [SAYS]}
    with pytest.raises(Invalid) as refused:
        actions.change_user(user=cast.bob, by=cast.grace, at=AT, manager=machine)
    assert refused.value.errors == {"manager": [SAYS]}
    answer = api(cast.grace).patch("services/vpn/", {"owner": machine.email})
    assert answer.status_code == 422


def test_it_is_never_on_duty_and_covers_nobody(cast: Cast, machine):
    rota = a_rota(cast)
    layer = rota.layers.first()
    spec = specs.of_row(layer)
    wrong = specs._no_access([replace(spec, people=(machine.pk,))])
    assert "Nightly backup cannot be on duty" in wrong
    away = {"at": AT, "starts_at": AT, "ends_at": AT + timedelta(days=3)}
    with pytest.raises(Invalid, match="Nightly backup"):
        absence_actions.add_absence(user=cast.bob, by=cast.bob, cover=machine, **away)
    with pytest.raises(Invalid, match="Nightly backup"):
        absence_actions.add_absence(user=machine, by=cast.grace, **away)


def test_forms_that_name_somebody_say_that_it_is_no_person(cast: Cast, machine):
    sent = {"name": "VPN", "owner": machine.email, "criticality": "high"}
    sent |= {"support_model": "swarm", "is_active": "on"}
    answer = as_(cast.grace).post("/settings/services/vpn/", sent)
    assert answer.status_code == 422
    assert SAYS in answer.content.decode()
