"""The list of alerts and the page of one: who sees what, folding, paging, news."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from itsm.monitoring.alerts.queries import SIZE
from itsm.tickets import actions
from tests.factories import an_incident, as_
from tests.itsm.monitoring.alerting import a_storm, an_alert, cleared
from tests.itsm.monitoring.events import a_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(cast):
    return a_source(service=cast.services["vpn"])


def text(response):
    return response.content.decode()


def test_requesters_see_no_alerts(carol, source):
    alert = an_alert(source)
    assert as_(carol).get("/alerts/").status_code == 403
    assert as_(carol).get(f"/alerts/{alert.pk}/").status_code == 403
    assert as_(carol).get("/alerts/export/").status_code == 403


def test_a_list_without_a_source_says_what_one_is(bob):
    page = text(as_(bob).get("/alerts/"))
    assert "Nothing reports here yet" in page
    assert "Add a source" not in page


def test_an_administrator_is_led_to_adding_a_source(grace):
    assert "Add a source" in text(as_(grace).get("/alerts/"))


def test_with_nothing_open_the_list_says_that_nothing_is_wrong(bob, source):
    cleared(source)
    assert "Nothing is wrong" in text(as_(bob).get("/alerts/"))


def test_an_alert_shows_severity_service_source_and_how_often(bob, source):
    an_alert(source, count=12, host="gw-1", severity="critical")
    page = text(as_(bob).get("/alerts/"))
    for words in ("Disk is full", "Critical", "VPN", "Prometheus", "gw-1", "×12"):
        assert words in page


def test_what_is_cleared_has_its_own_list(bob, source):
    cleared(source, summary="Was slow")
    assert "Was slow" not in text(as_(bob).get("/alerts/"))
    assert "Was slow" in text(as_(bob).get("/alerts/?status=closed"))


def test_alerts_of_one_incident_fold_into_one_line(cast, bob, source):
    incident = an_incident(cast, service=source.service)
    a_storm(source, 12, incident=incident)
    an_alert(source, summary="Something else")
    page = text(as_(bob).get("/alerts/"))
    assert page.count('<li class="row"') == 2
    assert "12 alerts · A storm" in page
    assert "13 in this list, folded into 2 lines" in page
    assert "Link 11 is down" in page  # the newest stands for all
    assert "Link 3 is down" not in page


def test_a_group_folds_by_what_is_asked_for(bob, source):
    alerts = a_storm(source, 3)
    alerts[2].status = "closed"
    alerts[2].save()
    page = text(as_(bob).get("/alerts/"))
    assert "Link 1 is down" in page
    assert "Link 2 is down" not in page


def test_a_group_unfolds_at_its_own_address(bob, source):
    group = a_storm(source, 3)[0].group
    page = text(as_(bob).get(f"/alerts/?group={group.pk}"))
    assert page.count('<li class="row"') == 3


@pytest.mark.parametrize(
    "query",
    [
        "severity=critical",
        "service=vpn",
        "source=zabbix",
        "decision=recorded",
        "q=gw-9",
    ],
)
def test_each_filter_narrows(cast, bob, source, query):
    an_alert(source, summary="Hidden", service=cast.services["e-mail"])
    an_alert(
        a_source("Zabbix", service=cast.services["vpn"]),
        summary="Shown",
        severity="critical",
        decision="recorded",
        host="gw-9",
    )
    page = text(as_(bob).get(f"/alerts/?{query}"))
    assert "Shown" in page
    assert "Hidden" not in page


def test_a_filter_nobody_knows_is_said(bob, source):
    page = text(as_(bob).get("/alerts/?service=nowhere&severity=%00"))
    assert "There is no “nowhere” to filter by." in page


@pytest.mark.parametrize(
    "query",
    [
        "after=x",
        "before=~",
        "group=99999999999999999999",
        "since=x&fragment=news",
        "q=%00",
    ],
)
def test_an_address_that_makes_no_sense_is_no_fault(bob, source, query):
    assert as_(bob).get(f"/alerts/?{query}").status_code == 200


def test_pages_neither_skip_nor_repeat(bob, source):
    now = timezone.now()
    for n in range(SIZE + 7):
        an_alert(source, at=now - timedelta(seconds=n // 3), summary=f"No {n:03}.")
    browser = as_(bob)
    first = text(browser.get("/alerts/"))
    onward = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    second = text(browser.get(onward.replace("&amp;", "&")))
    shown = [f"No {n:03}." for n in range(SIZE + 7)]
    assert [name for name in shown if name in first and name in second] == []
    assert all(name in first or name in second for name in shown)
    back = second.split('rel="prev"')[0].rsplit('href="', 1)[1].split('"')[0]
    again = text(browser.get(back.replace("&amp;", "&")))
    assert [n for n in shown if n in again] == [n for n in shown if n in first]


def test_a_restricted_incident_is_not_named_to_those_who_may_not_see_it(
    cast, bob, grace, source
):
    ticket = an_incident(cast, title="Salaries are wrong", service=source.service)
    actions.restrict(ticket=ticket, by=grace, at=timezone.now())
    alert = an_alert(source, incident=ticket, decision="opened")
    for address in ("/alerts/", f"/alerts/{alert.pk}/", "/alerts/export/"):
        assert ticket.number not in text(as_(bob).get(address))
        assert "Salaries" not in text(as_(bob).get(address))
        assert ticket.number in text(as_(grace).get(address))
    assert "an incident you cannot see" in text(as_(bob).get("/alerts/"))


def test_the_alerts_of_a_hidden_incident_are_not_found_by_its_number(
    cast, bob, grace, source
):
    ticket = an_incident(cast, service=source.service)
    actions.restrict(ticket=ticket, by=grace, at=timezone.now())
    an_alert(source, incident=ticket, summary="Seen by its number")
    address = f"/alerts/?incident={ticket.number}"
    assert "Seen by its number" not in text(as_(bob).get(address))
    assert "Seen by its number" in text(as_(grace).get(address))


def test_news_count_what_arrived_and_redraw_what_is_shown(bob, source):
    now = timezone.now()
    old = an_alert(source, at=now - timedelta(minutes=5), summary="Old")
    since = int((now - timedelta(minutes=1)).timestamp() * 1000)
    an_alert(source, at=now, summary="Brand new")
    old.status = "acknowledged"
    old.save()
    told = text(
        as_(bob).get(f"/alerts/?fragment=news&since={since}&t={old.pk}&t=x&t=0")
    )
    assert "1 new" in told
    assert "Acknowledged" in told
    assert "Brand new" not in told


@pytest.mark.parametrize(
    "address", ["/alerts/", "/alerts/?status=all&q=link&source=zabbix"]
)
def test_a_list_costs_the_same_however_many_there_are(cast, bob, source, address):
    zabbix = a_source("Zabbix", service=cast.services["vpn"])
    browser = as_(bob)

    def cost():
        browser.get(address)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            browser.get(address)
        return len(asked)

    incident = an_incident(cast, service=source.service)
    a_storm(zabbix, 2, incident=incident, at=timezone.now())
    few = cost()
    for n in range(40):
        an_alert(zabbix, summary=f"Link {n}", incident=incident, at=timezone.now())
    assert cost() == few <= 14


def test_one_alert_tells_what_was_before_and_what_belongs_to_it(cast, bob, source):
    storm = a_storm(source, 3)
    cleared(source, key=storm[0].key, summary="The last time", at=storm[0].first_at)
    storm[0].labels = {"cluster": "eu-1"}
    storm[0].url = "javascript:alert(1)"
    storm[0].save()
    page = text(as_(bob).get(f"/alerts/{storm[0].pk}/"))
    for words in ("The last time", "Link 2 is down", "eu-1", "3 alerts"):
        assert words in page
    assert "javascript:" not in page


def test_a_page_of_one_costs_the_same_however_many_there_were(bob, source):
    alert = an_alert(source)
    browser = as_(bob)
    browser.get(f"/alerts/{alert.pk}/")
    with CaptureQueriesContext(connection) as asked:
        browser.get(f"/alerts/{alert.pk}/")
    few = len(asked)
    for _n in range(30):
        cleared(source, key=alert.key)
    with CaptureQueriesContext(connection) as asked:
        browser.get(f"/alerts/{alert.pk}/")
    assert len(asked) == few <= 12


def test_the_file_holds_every_alert_and_no_formula(bob, source):
    an_alert(source, summary="=1+1")
    a_storm(source, 3)
    answer = as_(bob).get("/alerts/export/")
    lines = text(answer).lstrip("\ufeff").splitlines()
    assert answer["Content-Type"].startswith("text/csv")
    assert len(lines) == 5
    assert any("'=1+1" in line for line in lines)
