"""A misfiled ticket becomes what it should have been, and back."""

import pytest

from core.errors import Invalid, Refused, WrongState
from itsm.changes.models import Change
from itsm.requests.actions import order
from itsm.tickets import actions
from itsm.tickets.doors import perform
from itsm.tickets.joining.models import FormerNumber
from itsm.tickets.models import Ticket
from itsm.tickets.search import search
from tests.factories import (
    a_request,
    a_token,
    an_incident,
    as_,
    later,
    resolved,
    said,
    taken,
)
from tests.itsm.checks import last

pytestmark = pytest.mark.django_db


def convert(ticket, type_, by):
    return actions.convert(ticket=ticket, by=by, at=later(5), type=type_)


def test_it_gets_another_number_and_keeps_its_work(cast):
    ticket = taken(cast)
    said(ticket, "Which one?", by=cast.bob)
    number, opened = ticket.number, ticket.opened_at
    done = convert(ticket, "request", cast.bob)
    assert done.number.startswith("REQ-")
    assert (done.type, done.state, done.owner) == ("request", "fulfilling", cast.bob)
    assert done.process_version.process.slug == "request"
    assert done.opened_at == opened
    assert done.responded_at is not None
    assert done.comments.count() == 1
    assert last(done).changes["number"] == [number, done.number]
    assert FormerNumber.objects.get().number == number


def test_converting_back_gives_it_its_number_and_state(cast):
    ticket = actions.wait(
        ticket=taken(cast), by=cast.bob, at=later(3), reason="supplier"
    )
    number = ticket.number
    there = convert(ticket, "problem", cast.bob)
    assert there.state_category == "active"  # a problem waits for no supplier
    other = there.number
    back = convert(there, "incident", cast.bob)
    assert back.number == number
    assert back.state == "in_progress"
    assert FormerNumber.objects.get().number == other
    again = convert(back, "problem", cast.bob)
    assert again.number == other


def test_a_waiting_ticket_goes_on_waiting_where_the_reason_is_known(cast):
    ticket = actions.wait(
        ticket=taken(cast), by=cast.bob, at=later(3), reason="requester", comment="?"
    )
    done = convert(ticket, "request", cast.bob)
    assert (done.state_category, done.wait_reason) == ("waiting", "requester")
    assert done.state != "approval"
    assert done.paused_since is not None


def test_a_change_gets_its_row(cast):
    done = convert(an_incident(cast), "change", cast.alice)
    assert Change.objects.filter(ticket=done).exists()


def test_what_stands_in_the_way_is_said(cast):
    ordered = order(offering=cast.offerings["new-laptop"], by=cast.carol, at=later(0))
    with pytest.raises(Refused):  # somebody is asked to approve it
        convert(ordered, "incident", cast.alice)
    with pytest.raises(WrongState):
        convert(resolved(cast), "request", cast.bob)
    with pytest.raises(Invalid):
        convert(an_incident(cast), "incident", cast.bob)


def test_the_former_number_leads_to_it_on_pages_rest_links_and_search(cast):
    ticket = an_incident(cast)
    old = ticket.number
    new = convert(ticket, "request", cast.bob).number
    page = as_(cast.bob).get(f"/incidents/{old}/")
    assert (page.status_code, page["Location"]) == (301, f"/requests/{new}/")
    assert page["Cache-Control"] == "no-cache"
    portal = as_(cast.carol).get(f"/portal/{old}/")
    assert portal["Location"] == f"/portal/{new}/"
    token = {"Authorization": f"Bearer {a_token(cast.bob)}"}
    client = as_(cast.bob)
    for path, to in (
        (f"incidents/{old}/", f"requests/{new}/"),
        (f"incidents/{old}/events/?limit=2", f"requests/{new}/events/?limit=2"),
        (f"tickets/{old}/", f"tickets/{new}/"),
    ):
        answer = client.get(f"/api/v1/{path}", headers=token)
        assert (answer.status_code, answer["Location"]) == (308, f"/api/v1/{to}")
    taken_ = client.post(
        f"/api/v1/incidents/{old}/take/", {}, "application/json", headers=token
    )
    assert taken_["Location"] == f"/api/v1/requests/{new}/take/"
    other = an_incident(cast)
    actions.link(
        ticket=other, by=cast.bob, at=later(6), kind="related", to=_named(cast, old)
    )
    assert other.links_from.get().target_id == ticket.pk
    found = search(cast.bob, old, at=later(7))
    assert found.rows[0].number == new


def _named(cast, number):
    from itsm.tickets.queries import visible_number

    return visible_number(cast.bob, number, field="number")


def test_a_former_number_tells_nobody_who_may_not_see_it(cast):
    ticket = an_incident(cast, restricted=True)
    convert(ticket, "request", cast.grace)
    token = {"Authorization": f"Bearer {a_token(cast.erin)}"}
    path = f"incidents/{ticket.number}/"
    assert as_(cast.erin).get(f"/{path}").status_code == 404
    assert as_(cast.erin).get(f"/api/v1/{path}", headers=token).status_code == 404


def test_steps_that_are_open_stand_in_the_way(cast):
    ticket = a_request(cast)
    ticket.tasks.create(position=0, title="Buy it")
    with pytest.raises(Refused):
        convert(ticket, "incident", cast.bob)
    assert Ticket.objects.get(pk=ticket.pk).type == "request"


def test_its_requester_reads_no_causes_over_rest(cast):
    ticket = actions.convert(
        ticket=taken(cast), by=cast.bob, at=later(5), type="problem"
    )
    perform(ticket, "edit", {"causes": "Zqcause"}, by=cast.bob, at=later(6))
    here = f"/api/v1/problems/{ticket.number}/"
    assert as_(cast.bob).get(here).json()["causes"] == "Zqcause"
    answer = as_(cast.carol).get(here)
    assert answer.status_code == 200
    assert answer.json()["causes"] == ""
