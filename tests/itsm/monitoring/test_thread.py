"""One alert from the call to the closed incident."""

import pytest

from core.models import Event
from itsm.monitoring import work
from itsm.monitoring.deciding import acting
from itsm.monitoring.models import Alert
from itsm.tickets.models import Ticket
from tests.factories import AT, later
from tests.itsm.monitoring.events import a_source, signal
from tests.itsm.monitoring.sending import sent

pytestmark = pytest.mark.django_db


def test_from_the_call_to_the_closed_incident(cast):
    source = a_source(service=cast.services["vpn"])
    sent(source, signal(severity="critical", host="db1", labels={"cluster": "a"}))
    work.work_off(at=AT)
    assert acting.decide(at=AT) == 1

    ticket = Ticket.objects.get()
    alert = Alert.objects.get()
    assert (alert.decision, alert.incident_id) == ("opened", ticket.pk)
    assert alert.why["code"] == "opened_alert"
    assert alert.decide_at is None
    assert (ticket.title, ticket.channel) == ("Disk is full", "machine")
    assert (ticket.service, ticket.team) == (source.service, cast.teams["network"])
    assert (ticket.priority, ticket.requester) == (1, source.account)
    assert "db1" in ticket.description
    assert "cluster: a" in ticket.description

    sent(source, signal(action="resolve"), at=later(3))
    work.work_off(at=later(3))
    acting.decide(at=later(3))
    ticket.refresh_from_db()
    assert (ticket.state, ticket.verified_by) == ("closed", "monitoring")
    assert "Disk is full" in ticket.resolution
    told = Event.objects.filter(subject_type="ticket", kind="ticket.alert")
    assert [e.changes["alerts"] for e in told.order_by("pk")] == [[0, 1], [1, 0]]
    doors = Event.objects.filter(subject_type="ticket").values_list("door", flat=True)
    assert set(doors) == {"source"}
    assert acting.decide(at=later(4)) == 0
