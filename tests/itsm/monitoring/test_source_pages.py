"""Settings, Sources: what administrators do there, and what others are shown."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from itsm.monitoring import keys, previewing, work
from itsm.monitoring import mapping as mappings
from itsm.monitoring.models import Alert, Reception, Source, SourceLine
from itsm.monitoring.pages.receptions import pretty
from tests.cast import AT
from tests.factories import as_
from tests.itsm.monitoring.events import a_source

pytestmark = pytest.mark.django_db
AT_SOURCE = "/settings/sources/prometheus/"
SUMMARY = "Disk <b>full</b> on web-1"
LABELS = {"severity": "warning", "instance": "web-1:9100", "squad": "network"}


@pytest.fixture
def source(cast):
    return a_source(service=cast.services["vpn"], team=cast.teams["desk"])


def alertmanager(*, status="firing", labels=LABELS, summary=SUMMARY, print_="f1"):
    one = {
        "status": status,
        "labels": {"alertname": "DiskFull", **labels},
        "annotations": {"summary": summary},
        "startsAt": AT.isoformat(),
        "fingerprint": print_,
    }
    return json.dumps({"version": "4", "status": status, "alerts": [one]}).encode()


def received(source, body=None, *, format="alertmanager", at=AT, **fields):
    return Reception.objects.create(
        source=source,
        format=format,
        body=alertmanager() if body is None else body,
        received_at=at,
        **fields,
    )


def read(user, path):
    return as_(user).get(path).content.decode()


def test_the_empty_list_teaches(cast):
    page = read(cast.grace, "/settings/sources/")
    assert "No tool reports here yet" in page
    assert "/settings/sources/new/" in page
    assert "/settings/sources/new/" not in read(cast.bob, "/settings/sources/")


def test_the_list_says_how_each_is(cast, source):
    a_source("Zabbix", silent_after=timedelta(minutes=5))
    received(source, at=timezone.now())
    page = read(cast.bob, "/settings/sources/")
    assert "2 in all" in page
    assert "Heard" in page
    assert "expected at least every 5 min" in page


def test_a_new_one_is_made_in_two_steps_and_says_what_to_do(cast):
    client = as_(cast.grace)
    page = client.get("/settings/sources/new/").content.decode()
    assert "Prometheus Alertmanager" in page
    given = {"name": "Shop", "service": cast.services["vpn"].pk, "team": ""}
    answer = client.post("/settings/sources/new/?tool=alertmanager", given)
    source = Source.objects.get()
    assert answer.url == "/settings/sources/shop/connect/?tool=alertmanager"
    page = client.get(answer.url).content.decode()
    assert f"/api/events/{keys.read(source)}/alertmanager/" in page
    assert "Waiting for the first event" in page
    again = client.post("/settings/sources/new/?tool=alertmanager", given)
    assert again.status_code == 422
    assert "There is a source of that name already." in again.content.decode()


@pytest.mark.parametrize(
    "tool",
    [
        *("alertmanager", "grafana", "pagerduty", "zabbix", "icinga", "nagios"),
        *("cloudevents", "generic"),
    ],
)
def test_every_tool_has_lines_with_the_key_in_them(cast, source, tool):
    page = read(cast.grace, f"{AT_SOURCE}connect/?tool={tool}")
    assert page.count(keys.read(source)) >= 2


def test_waiting_turns_green_by_itself_and_stops_asking(cast, source):
    client = as_(cast.grace)
    waiting = client.get(f"{AT_SOURCE}heard/").content.decode()
    assert "every 2s" in waiting
    SourceLine.objects.create(
        source=source, code="malformed", first_at=AT, last_at=AT, about="line 1"
    )
    assert "line 1" in client.get(f"{AT_SOURCE}heard/").content.decode()
    received(source)
    heard = client.get(f"{AT_SOURCE}heard/").content.decode()
    assert "Heard!" in heard
    assert "every 2s" not in heard


def test_one_of_them_shows_its_health_and_what_became_of_what_it_sent(cast, source):
    received(source)
    work.work_off(at=AT)
    page = read(cast.bob, AT_SOURCE)
    assert "Disk &lt;b&gt;full&lt;/b&gt; on web-1" in page
    assert "Events within 24 h" in page


def test_fields_are_saved_and_refusals_stand_at_theirs(cast, source):
    client = as_(cast.grace)
    form = {
        "name": "Prometheus",
        "service": cast.services["sign-in"].pk,
        "team": "",
        "silent_after": "15",
        "per_minute": "100",
    }
    assert client.post(AT_SOURCE, form).status_code == 302
    source.refresh_from_db()
    assert source.service == cast.services["sign-in"]
    assert (source.team, source.per_minute) == (None, 100)
    assert source.silent_after == timedelta(minutes=15)
    assert client.post(AT_SOURCE, {**form, "name": ""}).status_code == 422


@pytest.mark.parametrize("login", ["bob", "alice", "dana", "frank"])
def test_nobody_but_administrators_reads_a_key_or_a_body(cast, source, login):
    row = received(source, b'{"who": "a private person"}')
    client = as_(cast.people[login])
    hidden = ("connect/", "heard/", "reading/", "receptions/", f"receptions/{row.pk}/")
    for path in hidden:
        assert client.get(AT_SOURCE + path).status_code == 403, path
    shown = client.get(AT_SOURCE).content.decode()
    assert "private" not in shown
    assert keys.read(source) not in shown
    for verb in ("test", "pause", "resume", "rotate", "former", ""):
        path = f"{AT_SOURCE}{verb}/" if verb else AT_SOURCE
        assert client.post(path).status_code == 403, verb
    source.refresh_from_db()
    assert source.paused_at is None


def test_who_asks_sees_no_source(cast, source):
    assert as_(cast.carol).get("/settings/sources/").status_code == 403
    assert as_(cast.carol).get(AT_SOURCE).status_code == 403


def test_the_key_is_on_the_page_that_is_asked_for_it_and_on_no_other(cast, source):
    received(source)
    client = as_(cast.grace)
    for path in ("", "reading/", "receptions/"):
        page = client.get(AT_SOURCE + path).content.decode()
        assert keys.read(source) not in page, path
    assert keys.read(source) in client.get(f"{AT_SOURCE}connect/").content.decode()


def test_the_former_key_is_told_until_it_ends(cast, source):
    client = as_(cast.grace)
    client.post(f"{AT_SOURCE}rotate/")
    page = client.get(AT_SOURCE).content.decode()
    assert "End the former one now" in page
    client.post(f"{AT_SOURCE}former/")
    assert "End the former one now" not in client.get(AT_SOURCE).content.decode()


def test_pausing_and_going_on(cast, source):
    client = as_(cast.grace)
    client.post(f"{AT_SOURCE}pause/")
    assert "Let it go on" in client.get(AT_SOURCE).content.decode()
    refused = client.post(f"{AT_SOURCE}test/", follow=True).content.decode()
    assert "The source is paused; let it go on first." in refused
    client.post(f"{AT_SOURCE}resume/")
    source.refresh_from_db()
    assert source.paused_at is None


def test_a_test_event_is_an_alert_that_is_over_and_no_incident(cast, source):
    as_(cast.grace).post(f"{AT_SOURCE}test/")
    assert work.work_off(at=timezone.now()) == 2
    alert = Alert.objects.get()
    assert (alert.status, alert.severity) == ("closed", "info")
    assert "Prometheus" in alert.summary


def test_a_body_is_shown_as_text_whatever_is_in_it(cast, source):
    row = received(source, b'{"a": "<script>alert(1)</script>"}', format="generic")
    page = read(cast.grace, f"{AT_SOURCE}receptions/{row.pk}/")
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    broken = received(source, b"\xff\x00 not json")
    assert as_(cast.grace).get(f"{AT_SOURCE}receptions/{broken.pk}/").status_code == 200


def test_a_pretty_body_keeps_what_it_cannot_read():
    assert pretty(b'{"a":[1]}') == '{\n  "a": [\n    1\n  ]\n}'
    assert pretty(b"plain") == "plain"
    assert pretty(b"[" * 100_000).startswith("[[[")


def test_a_reception_of_another_source_is_not_found(cast, source):
    row = received(a_source("Zabbix"))
    path = f"{AT_SOURCE}receptions/{row.pk}/"
    assert as_(cast.grace).get(path).status_code == 404


# How events are read ------------------------------------------------------------

LEVELS = {
    f"{severity}_{part}": level
    for severity, levels in mappings.DEFAULT.items()
    for part, level in zip(("impact", "urgency"), levels, strict=True)
}


def test_labels_that_were_seen_are_offered_with_an_example(cast, source):
    received(source)
    page = read(cast.grace, f"{AT_SOURCE}reading/")
    assert '<option value="labels.squad">network</option>' in page


def test_the_preview_is_shown_before_anything_is_saved(cast, source):
    received(source)
    levels = {"warning_impact": "medium", "warning_urgency": "high"}
    form = {**LEVELS, **levels, "team": "labels.squad"}
    client = as_(cast.grace)
    for answer in (
        client.post(f"{AT_SOURCE}reading/", {**form, "preview": "1"}),
        client.post(f"{AT_SOURCE}reading/", form, headers={"HX-Request": "true"}),
    ):
        page = answer.content.decode()
        assert "Incident on VPN for Network" in page
        assert ">P2<" in page.replace("</svg>P2", ">P2")
    source.refresh_from_db()
    assert source.mapping == {}


def test_what_is_saved_is_no_more_than_what_differs(cast, source):
    form = {**LEVELS, "warning_impact": "high", "words": "Sev1 = critical\n"}
    assert as_(cast.grace).post(f"{AT_SOURCE}reading/", form).status_code == 302
    source.refresh_from_db()
    _impact, urgency = mappings.DEFAULT["warning"]
    assert source.mapping == {
        "severity": {"warning": {"impact": "high", "urgency": urgency}},
        "words": {"Sev1": "critical"},
    }
    page = read(cast.grace, AT_SOURCE)
    assert f"warning: high/{urgency}, Sev1: critical" in page, "in its history"


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "a..b"},
        {"words": "sev1"},
        {"words": "sev1 = terrible"},
        {"warning_impact": "vast"},
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(cast, source, wrong):
    answer = as_(cast.grace).post(f"{AT_SOURCE}reading/", {**LEVELS, **wrong})
    assert answer.status_code == 422
    source.refresh_from_db()
    assert source.mapping == {}


def test_json_of_ones_own_shows_its_paths_and_takes_them(cast, source):
    body = {"what": {"title": "Queue is full"}, "ids": ["q", 7], "bad": "sev1"}
    received(source, json.dumps(body).encode(), format="generic")
    page = read(cast.grace, f"{AT_SOURCE}reading/")
    assert 'data-path="what.title"' in page
    form = {
        **LEVELS,
        "summary": "what.title",
        "key": "ids.0, ids.1",
        "severity_from": "bad",
        "words": "sev1 = critical",
        "resolve_when": "gone, away",
    }
    as_(cast.grace).post(f"{AT_SOURCE}reading/", form)
    source.refresh_from_db()
    assert source.mapping["key"] == ["ids.0", "ids.1"]
    assert source.mapping["resolve_when"] == ["gone", "away"]
    page = read(cast.grace, f"{AT_SOURCE}reading/")
    assert 'value="ids.0, ids.1"' in page
    assert "Queue is full" in page


def test_the_short_form_loses_nothing_of_the_long_one(cast, source):
    source.mapping = {"key": ["a", "b"], "resolve_when": ["gone"]}
    source.save()
    as_(cast.grace).post(f"{AT_SOURCE}reading/", LEVELS | {"key": "a, b"})
    source.refresh_from_db()
    assert source.mapping["key"] == ["a", "b"]


@pytest.mark.parametrize(
    "mapping",
    [
        {},
        {"severity": {"warning": {"impact": "high", "urgency": "high"}}},
        {"team": "labels.squad", "service": "labels.about", "host": "labels.instance"},
        {"severity_from": "labels.grade", "words": {"dire": "critical"}},
    ],
)
def test_the_preview_is_what_happens(cast, source, mapping):
    labels = {**LABELS, "about": "sign-in", "grade": "dire"}
    rows = [
        received(source, alertmanager(labels=labels)),
        received(source, alertmanager(labels={}, print_="f2", summary="Other")),
    ]
    told = {
        outcome.placed.key: outcome
        for one in previewing.preview(source, mapping, rows)
        for outcome in one.outcomes
    }
    source.mapping = mapping
    source.save()
    work.work_off(at=AT)
    assert Alert.objects.count() == len(told) == 2
    for alert in Alert.objects.select_related("service", "team"):
        outcome = told[alert.key]
        placed = outcome.placed
        assert outcome.service == alert.service.name
        assert placed.team == alert.team_id
        assert (placed.impact, placed.urgency) == (alert.impact, alert.urgency)
        assert (placed.host, placed.signal.severity) == (alert.host, alert.severity)


def test_what_cannot_be_read_says_why_and_breaks_nothing(cast, source):
    received(source, b"{")
    page = read(cast.grace, f"{AT_SOURCE}reading/")
    assert "It is not JSON: line 1" in page


def test_the_pages_cost_the_same_whatever_was_received(
    cast, source, django_assert_max_num_queries
):
    client = as_(cast.grace)
    for n in range(12):
        received(source, alertmanager(print_=f"f{n}"))
    work.work_off(at=AT)
    for path in ("", "reading/", "receptions/"):
        with django_assert_max_num_queries(26):
            client.get(AT_SOURCE + path)
