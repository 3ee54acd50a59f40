"""Maintenance is announced, changed, ended; what waits for its end is seen then."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.errors import Forbidden, Invalid, WrongState
from core.models import Event
from itsm.monitoring.maintenance import actions, queries
from itsm.monitoring.models import Alert, Maintenance
from tests.api.conftest import Api
from tests.factories import AT, as_, later
from tests.itsm.monitoring.alerting import a_window, an_alert
from tests.itsm.monitoring.events import a_source

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def announced(cast, **fields):
    fields = {
        "name": "Firmware",
        "services": [cast.services["vpn"]],
        "starts_at": AT,
        "ends_at": AT + HOUR,
        **fields,
    }
    return actions.announce(by=cast.bob, at=AT, **fields)


def test_whoever_works_here_announces_it_and_the_log_says_so(cast):
    row = announced(cast)
    event = Event.objects.get(kind="maintenance.create")
    assert event.subject_id == row.pk
    assert event.changes["services"] == [[], [cast.services["vpn"].pk]]


def test_requesters_announce_nothing(cast):
    with pytest.raises(Forbidden):
        actions.announce(
            by=cast.carol,
            at=AT,
            name="Mine",
            services=[cast.services["vpn"]],
            starts_at=AT,
            ends_at=AT + HOUR,
        )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("services", []),
        ("name", "  "),
        ("ends_at", AT - HOUR),
        ("ends_at", AT + timedelta(days=91)),
    ],
)
def test_a_window_that_makes_no_sense_is_refused(cast, field, value):
    with pytest.raises(Invalid) as no:
        announced(cast, **{field: value})
    assert field in no.value.errors
    assert not Maintenance.objects.exists()


def test_one_that_is_over_stays_as_it_was(cast):
    row = announced(cast)
    with pytest.raises(WrongState):
        actions.change_maintenance(
            maintenance=row, by=cast.bob, at=AT + 2 * HOUR, name="Other"
        )
    with pytest.raises(WrongState):
        actions.end_maintenance(maintenance=row, by=cast.bob, at=AT + 2 * HOUR)


def test_ending_it_early_has_its_open_alerts_decided_now(cast):
    row = announced(cast)
    source = a_source(service=cast.services["vpn"])
    waits = an_alert(source, decision="recorded", decide_at=row.ends_at)
    other = an_alert(
        source,
        decision="recorded",
        decide_at=row.ends_at,
        service=cast.services["e-mail"],
    )
    actions.end_maintenance(maintenance=row, by=cast.bob, at=later(5))
    row.refresh_from_db()
    assert row.ends_at == later(5)
    assert Alert.objects.get(pk=waits.pk).decide_at == later(5)
    assert Alert.objects.get(pk=other.pk).decide_at == AT + HOUR


def test_one_that_has_not_begun_is_called_off(cast):
    row = announced(cast, starts_at=AT + HOUR, ends_at=AT + 2 * HOUR)
    actions.end_maintenance(maintenance=row, by=cast.bob, at=AT)
    assert not queries.coming(Maintenance.objects.all(), AT).exists()
    (window,) = queries.windows(Maintenance.objects.all(), later(1))
    assert window.never_began
    assert window.is_over


def test_what_began_in_it_is_counted_by_its_services_and_source(cast):
    prometheus = a_source(service=cast.services["vpn"])
    zabbix = a_source("Zabbix", service=cast.services["vpn"])
    row = a_window(
        *(cast.services["vpn"], cast.services["e-mail"]),
        by=cast.bob,
        starts_at=AT,
        ends_at=AT + HOUR,
        source=zabbix,
    )
    an_alert(zabbix, at=later(1))
    an_alert(zabbix, at=later(2), service=cast.services["e-mail"])
    an_alert(prometheus, at=later(1))
    an_alert(zabbix, at=AT + HOUR)
    an_alert(zabbix, at=later(1), service=cast.services["printing"])
    (window,) = queries.windows(Maintenance.objects.all(), later(1))
    assert window.n == 2
    assert Alert.objects.filter(queries.recorded(row)).count() == 2


def test_without_a_source_it_counts_those_of_all(cast):
    a_window(cast.services["vpn"], by=cast.bob, starts_at=AT, ends_at=AT + HOUR)
    for name in ("Prometheus", "Zabbix"):
        an_alert(a_source(name, service=cast.services["vpn"]), at=later(1))
    (window,) = queries.windows(Maintenance.objects.all(), later(1))
    assert window.n == 2


def test_the_page_shows_running_ones_first_and_ends_them(cast, bob):
    now = timezone.now()
    row = a_window(
        cast.services["vpn"], by=bob, starts_at=now - HOUR, ends_at=now + HOUR
    )
    browser = as_(bob)
    page = browser.get("/maintenance/").content.decode()
    assert "Running now" in page
    assert "End it now" in page
    browser.post(f"/maintenance/{row.pk}/end/")
    row.refresh_from_db()
    assert row.ends_at <= timezone.now()
    assert (
        "Nothing is being maintained." in browser.get("/maintenance/").content.decode()
    )


def test_an_empty_page_says_what_it_is_for(bob):
    assert "No maintenance yet" in as_(bob).get("/maintenance/").content.decode()


def test_the_form_announces_and_says_what_is_missing(cast, bob):
    browser = as_(bob)
    assert browser.get("/maintenance/new/?service=vpn").status_code == 200
    now = timezone.now()
    typed = {
        "name": "Firmware",
        "services": ["vpn"],
        "starts_at": f"{now:%Y-%m-%dT%H:%M}",
        "ends_at": f"{now + HOUR:%Y-%m-%dT%H:%M}",
    }
    assert (
        browser.post("/maintenance/new/", {**typed, "services": []}).status_code == 422
    )
    answer = browser.post("/maintenance/new/", typed)
    row = Maintenance.objects.get()
    assert answer.url == f"/maintenance/{row.pk}/"
    assert list(row.services.all()) == [cast.services["vpn"]]
    assert browser.get(answer.url).status_code == 200


def test_a_requester_sees_no_maintenance(cast, carol):
    row = announced(cast)
    browser = as_(carol)
    assert browser.get("/maintenance/").status_code == 403
    assert browser.post(f"/maintenance/{row.pk}/end/").status_code == 403
    assert Api(carol).get("maintenance/").json()["results"] == []


def test_a_program_announces_changes_and_ends_it(cast, bob):
    api, now = Api(bob), timezone.now()
    body = {
        "name": "Firmware",
        "services": ["vpn"],
        "starts_at": now.isoformat(),
        "ends_at": (now + HOUR).isoformat(),
    }
    made = api.post("maintenance/", body)
    assert made.status_code == 201
    here = f"maintenance/{made.json()['id']}/"
    changed = api.patch(here, {"services": ["vpn", "e-mail"]})
    assert changed.json()["services"] == ["e-mail", "vpn"]
    assert api.get("maintenance/?service=e-mail,vpn").json()["results"][0]["id"]
    ended = api.post(f"{here}end/")
    assert ended.status_code == 200
    assert api.post(f"{here}end/").status_code == 409
    assert api.post("maintenance/", {"name": "x"}).status_code == 422
    assert api.get("maintenance/x/").status_code == 404
