"""Finding and telling records."""

import pytest

from itsm.table import ids
from itsm.tickets.models import Ticket
from tests.factories import an_incident, taken

pytestmark = pytest.mark.django_db
INCIDENT_ALWAYS = {"sys_id", "number", "state", "short_description", "caller_id"}


def id_of(ticket: Ticket) -> str:
    return ids.sys_id(ids.TICKET, ticket.pk)


def test_a_record_is_told_as_servicenow_tells_it(cast, desk):
    ticket = taken(cast, an_incident(cast, service=cast.services["vpn"], impact="high"))
    [told] = desk(cast.bob).find("incident")
    assert told.keys() >= INCIDENT_ALWAYS
    assert told["sys_id"] == id_of(ticket)
    assert (told["state"], told["incident_state"], told["active"]) == ("2", "2", "true")
    assert (told["impact"], told["urgency"], told["priority"]) == ("1", "2", "2")
    assert told["opened_at"] == "2026-03-02 09:00:00"
    assert told["resolved_at"] == ""
    assert told["assignment_group"] == ""
    owner = ids.sys_id(ids.USER, cast.bob.pk)
    link = f"http://testserver/api/now/table/sys_user/{owner}"
    assert told["assigned_to"] == {"link": link, "value": owner}
    assert (
        desk(cast.bob)
        .client.get(link, headers=desk(cast.bob).headers)
        .json()["result"]["name"]
        == "Bob"
    )
