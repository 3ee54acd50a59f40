"""A service's page, deployments over REST, and what stands beside an incident."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.log import act, record
from itsm.monitoring.models import Deployment
from itsm.tickets import actions, kinds
from tests.api.conftest import Api
from tests.factories import an_incident, as_
from tests.itsm.monitoring.alerting import (
    a_deployment,
    a_storm,
    a_window,
    an_alert,
    cleared,
)
from tests.itsm.monitoring.events import a_machine, a_source

pytestmark = pytest.mark.django_db


def text(response):
    return response.content.decode()


def opened_by(source, at, **fields):
    return actions.open_ticket(
        type="incident",
        by=source.account,
        at=at,
        title="VPN is down",
        service=source.service,
        channel="machine",
        **fields,
    )


def test_a_service_says_what_it_is_and_what_it_needs(cast, bob):
    page = text(as_(bob).get("/services/vpn/"))
    for words in ("VPN", "Erin", "Network", "Sign-in", "Nothing is reported."):
        assert words in page
    assert "VPN" in text(as_(bob).get("/services/sign-in/"))  # carries it


def test_requesters_have_no_page_of_a_service(cast, carol):
    assert as_(carol).get("/services/vpn/").status_code == 403


def test_a_service_nobody_knows_is_not_there(bob):
    assert as_(bob).get("/services/nowhere/").status_code == 404


def test_changes_stand_beside_incidents(cast, bob):
    now, vpn = timezone.now(), cast.services["vpn"]
    a_deployment(vpn, now - timedelta(minutes=32), "gateway 9.1")
    an_incident(cast, service=vpn, at=now - timedelta(minutes=20))
    page = text(as_(bob).get("/services/vpn/"))
    assert "12 min after: gateway 9.1" in page
    assert "1 deployment, 1 incident" in page


def test_a_hidden_incident_is_not_on_the_page(cast, bob, grace):
    vpn = cast.services["vpn"]
    ticket = an_incident(cast, service=vpn, title="Secret", at=timezone.now())
    actions.restrict(ticket=ticket, by=grace, at=timezone.now())
    assert "Secret" not in text(as_(bob).get("/services/vpn/"))
    assert "Secret" in text(as_(grace).get("/services/vpn/"))


def test_the_week_before_is_one_click_away(cast, bob):
    now = timezone.now()
    a_deployment(cast.services["vpn"], now - timedelta(days=9), "gateway 9.0")
    browser = as_(bob)
    assert "gateway 9.0" not in text(browser.get("/services/vpn/"))
    until = (now - timedelta(days=7)).date().isoformat()
    assert "gateway 9.0" in text(browser.get(f"/services/vpn/?until={until}"))
    assert browser.get("/services/vpn/?until=2026-99-99").status_code == 200


def test_its_open_alerts_and_its_maintenance_are_shown(cast, bob):
    now, source = timezone.now(), a_source(service=cast.services["vpn"])
    a_storm(source, 3, at=now)
    hour = timedelta(hours=1)
    a_window(source.service, by=bob, starts_at=now - hour, ends_at=now + hour)
    page = text(as_(bob).get("/services/vpn/"))
    assert "3 alerts · A storm" in page
    assert "Maintenance until" in page


def test_the_page_costs_the_same_however_much_happened(cast, bob):
    now, source = timezone.now(), a_source(service=cast.services["vpn"])
    browser = as_(bob)

    def cost():
        browser.get("/services/vpn/")
        with CaptureQueriesContext(connection) as asked:
            browser.get("/services/vpn/")
        return len(asked)

    ticket = an_incident(cast, service=source.service, at=now)
    a_storm(source, 2, incident=ticket, at=now)
    few = cost()
    for n in range(12):
        an_incident(cast, service=source.service, at=now - timedelta(minutes=n))
        a_deployment(source.service, now - timedelta(hours=n))
        an_alert(source, incident=ticket)
    assert cost() == few <= 19


def test_a_pipeline_reports_with_its_token(cast):
    api = Api(a_machine("GitLab"))
    body = {
        "service": "vpn",
        "summary": "gateway 9.1",
        "links": [{"href": "https://git.example/9.1", "text": "Release"}],
        "details": {"commit": "abc"},
    }
    made = api.post("deployments/", body)
    assert made.status_code == 201
    row = Deployment.objects.get()
    assert (row.origin, row.service.slug) == ("GitLab", "vpn")
    found = api.get("deployments/?service=vpn").json()["results"]
    assert [one["summary"] for one in found] == ["gateway 9.1"]
    assert api.get(f"deployments/{row.pk}/").json()["details"] == {"commit": "abc"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("service", "nowhere"),
        ("summary", " "),
        ("links", [{"href": "javascript:alert(1)"}]),
        ("links", "x"),
        ("details", []),
        ("at", "2999-01-01T00:00:00Z"),
    ],
)
def test_a_report_that_makes_no_sense_is_refused(cast, bob, field, value):
    body = {"service": "vpn", "summary": "gateway 9.1", field: value}
    answer = Api(bob).post("deployments/", body)
    assert answer.status_code == 422
    assert field in answer.json()["errors"]


def test_requesters_report_nothing_and_read_nothing(cast, carol):
    a_deployment(cast.services["vpn"], timezone.now())
    body = {"service": "vpn", "summary": "gateway 9.1"}
    assert Api(carol).post("deployments/", body).status_code == 403
    assert Api(carol).get("deployments/").json()["results"] == []


def test_an_incident_shows_the_alerts_that_became_it(cast, bob):
    source = a_source(service=cast.services["vpn"])
    now = timezone.now()
    ticket = opened_by(source, now)
    a_storm(source, 6, incident=ticket, at=now)
    cleared(source, incident=ticket, at=now)
    page = text(as_(bob).get(f"/incidents/{ticket.number}/"))
    assert "6 open" in page
    assert "1 cleared" in page
    assert "Link 5 is down" in page
    assert f"/alerts/?status=all&amp;incident={ticket.number}" in page


def test_an_incident_a_person_opened_asks_for_no_alerts(cast, bob):
    ticket = an_incident(cast, service=cast.services["vpn"])
    browser = as_(bob)
    browser.get(f"/incidents/{ticket.number}/")
    with CaptureQueriesContext(connection) as asked:
        page = text(browser.get(f"/incidents/{ticket.number}/"))
    assert 'id="alerts"' not in page
    assert not any("itsm_alert " in one["sql"] for one in asked.captured_queries)


def test_what_was_changed_before_it_began_stands_beside_it(cast, bob):
    now, services = timezone.now(), cast.services
    a_deployment(services["vpn"], now - timedelta(minutes=12), "gateway 9.1")
    a_deployment(services["sign-in"], now - timedelta(hours=3), "realm settings")
    a_deployment(services["vpn"], now - timedelta(days=2), "long ago")
    a_deployment(services["vpn"], now + timedelta(minutes=5), "afterwards")
    a_deployment(services["printing"], now - timedelta(minutes=5), "somewhere else")
    ticket = an_incident(cast, service=services["vpn"], at=now)
    page = text(as_(bob).get(f"/incidents/{ticket.number}/"))
    assert "12 min before" in page
    assert "realm settings" in page
    assert "on which it depends" in page
    for other in ("long ago", "afterwards", "somewhere else"):
        assert other not in page


def test_the_ticket_page_stays_within_its_budget(cast, bob):
    now, source = timezone.now(), a_source(service=cast.services["vpn"])
    ticket = opened_by(source, now)
    a_storm(source, 30, incident=ticket, at=now)
    a_deployment(source.service, now - timedelta(minutes=5))
    browser = as_(bob)
    browser.get(f"/incidents/{ticket.number}/")
    with CaptureQueriesContext(connection) as asked:
        page = text(browser.get(f"/incidents/{ticket.number}/"))
    assert 'id="alerts"' in page
    assert 'id="changed"' in page
    assert len(asked) <= 15


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        (None, 1, "1 alert"),
        (1, 4, "3 more alerts joined"),
        (4, 1, "3 alerts cleared, 1 still open"),
        (4, 0, "All alerts are cleared"),
    ],
)
def test_the_timeline_says_what_alerts_did(cast, bob, before, now, words):
    ticket = an_incident(cast, service=cast.services["vpn"])
    with act():
        changes = {"alerts": (before, now), "alert": (None, 5)}
        record(
            kinds.ALERT, subject=ticket, by=None, at=ticket.opened_at, changes=changes
        )
    page = text(as_(bob).get(f"/incidents/{ticket.number}/"))
    assert words in page
