"""Changes that may have caused an incident: named with a reason, linked in a click."""

import pytest

from itsm.changes import records
from itsm.changes.causing.panels import causes
from itsm.tickets import actions
from itsm.tickets.models import Link, Ticket
from tests.factories import an_incident, as_, later
from tests.itsm.changes.histories import a_kind, deployed, hurt

pytestmark = pytest.mark.django_db
HOUR, DAY = 60, 24 * 60


@pytest.fixture
def kind(cast):
    return a_kind()


def beside(ticket, user):
    panel = causes(Ticket.objects.get(pk=ticket.pk), user)
    return [(line.number, line.why) for line in panel.lines] if panel else []


def test_a_change_shortly_before_on_the_same_service(cast, kind):
    change = deployed(cast, "1", at=0, took=10)
    incident = an_incident(cast, service=cast.services["vpn"], at=later(45))
    why = "It was over 35 min before, on the same service."
    assert beside(incident, cast.bob) == [(change.number, why)]
    why = "It began 35 min after, on the same service."
    assert beside(change, cast.bob) == [(incident.number, why)]


def test_a_change_that_is_under_way(cast, kind):
    change = deployed(cast, "1", at=0, took=60)
    incident = an_incident(cast, service=cast.services["vpn"], at=later(20))
    why = "It was under way for 20 min, on the same service."
    assert beside(incident, cast.bob) == [(change.number, why)]
    why = "It began while this was done, on the same service."
    assert beside(change, cast.bob) == [(incident.number, why)]


def test_a_change_of_what_the_service_depends_on_comes_after_its_own(cast, kind):
    below = deployed(cast, "1", at=30, took=10, service="sign-in")
    own = deployed(cast, "2", at=0, took=10)
    incident = an_incident(cast, service=cast.services["vpn"], at=later(60))
    assert beside(incident, cast.bob) == [
        (own.number, "It was over 50 min before, on the same service."),
        (below.number, "It was over 20 min before, on Sign-in, which this depends on."),
    ]
    why = "It began 20 min after, on VPN, which depends on it."
    assert beside(below, cast.bob) == [(incident.number, why)]
    above = an_incident(cast, service=cast.services["sign-in"], at=later(60))
    assert [number for number, _why in beside(above, cast.bob)] == [below.number]


@pytest.mark.parametrize(
    ("service", "at"), [("e-mail", HOUR), ("vpn", -5), ("vpn", 2 * DAY)]
)
def test_what_is_elsewhere_before_or_long_after_is_not_named(cast, kind, service, at):
    change = deployed(cast, "1", at=0, took=10)
    incident = an_incident(cast, service=cast.services[service], at=later(at))
    assert beside(incident, cast.bob) == []
    assert beside(change, cast.bob) == []


def test_one_click_links_it_and_it_counts_against_its_kind(cast, kind):
    change = deployed(cast, "1", at=0, took=10)
    incident = an_incident(cast, service=cast.services["vpn"], at=later(45))
    assert records.of_kind(kind).failed == 0
    page = as_(cast.bob).get(f"/incidents/{incident.number}/").content.decode()
    assert "Possible cause" in page
    assert f"/incidents/{incident.number}/do/link/" in page
    (line,) = causes(incident, cast.bob).lines
    sent = {"kind": "caused_by_change", "number": line.change}
    assert as_(cast.bob).post(line.link_url, sent).status_code in (200, 204, 302)
    made = Link.objects.get()
    assert (made.source, made.target) == (incident, change)
    assert records.of_kind(kind).failed == 1
    assert beside(incident, cast.bob) == beside(change, cast.bob) == []


def test_what_is_linked_already_is_not_suggested(cast, kind):
    change = deployed(cast, "1", at=0, took=10)
    incident = hurt(cast, change, at=30)
    assert beside(incident, cast.bob) == beside(change, cast.bob) == []


def test_what_somebody_cannot_see_is_not_named_to_them(cast, kind):
    change = deployed(cast, "1", at=0, took=10)
    incident = an_incident(cast, service=cast.services["vpn"], at=later(45))
    assert beside(incident, cast.carol) == []
    actions.restrict(ticket=change, by=cast.grace, at=later(50))
    assert beside(incident, cast.bob) == []
    assert beside(incident, cast.grace)
