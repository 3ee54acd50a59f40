"""Rules of alerts: made, changed, moved and removed; what they say in words."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.errors import Forbidden, Invalid, WrongState
from core.models import Event
from itsm.monitoring.alert_rules import actions, words
from itsm.monitoring.models import AlertRule
from tests.api.conftest import Api
from tests.factories import AT, an_incident, as_
from tests.itsm.monitoring.alerting import an_alert, cleared
from tests.itsm.monitoring.events import a_source

pytestmark = pytest.mark.django_db
TYPED = {
    "name": "Clusters",
    "action": "open",
    "threshold": "1",
    "within": "10",
    "delay": "5",
    "group_by": "service",
    "window": "30",
    "storm": "10",
    "on_clear": "close",
    "reopen_within": "0",
    "form-TOTAL_FORMS": "1",
    "form-INITIAL_FORMS": "0",
}


def a_rule(cast, name="Clusters", **fields):
    return actions.create_rule(by=cast.grace, at=AT, name=name, **fields)


def names():
    return list(AlertRule.objects.values_list("name", flat=True))


def test_a_new_rule_is_the_last_and_off(cast):
    a_rule(cast, "First")
    rule = a_rule(cast, "Second", is_active=True)
    assert names() == ["First", "Second"]
    assert not rule.is_active


def test_process_owners_say_what_becomes_of_alerts_and_others_do_not(cast):
    assert actions.create_rule(by=cast.dana, at=AT, name="Hers").pk
    for person in (cast.bob, cast.carol):
        with pytest.raises(Forbidden):
            actions.create_rule(by=person, at=AT, name="Theirs")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("severities", ["awful"]),
        ("action", "explode"),
        ("threshold", 0),
        ("threshold", 51),
        ("storm", 1),
        ("within", timedelta(0)),
        ("delay", timedelta(days=2)),
        ("matches", [{"field": "nowhere", "op": "is", "value": "x"}]),
        ("matches", [{"field": "host", "op": "resembles", "value": "x"}]),
        ("matches", [{"field": "host", "op": "is", "value": " "}]),
        ("matches", [{"field": "label:", "op": "is", "value": "x"}]),
        ("matches", ["x"]),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(cast, field, value):
    with pytest.raises(Invalid) as no:
        a_rule(cast, **{field: value})
    assert field in no.value.errors


def test_grouping_by_labels_asks_which(cast):
    with pytest.raises(Invalid) as no:
        a_rule(cast, group_by="labels")
    assert "labels" in no.value.errors
    assert a_rule(cast, group_by="labels", labels=["cluster", " cluster "]).labels == [
        "cluster"
    ]


def test_moving_a_rule_writes_one_row(cast):
    rules = [a_rule(cast, name) for name in ("One", "Two", "Three")]
    before = dict(AlertRule.objects.values_list("pk", "position"))
    actions.move_rule(rule=rules[2], by=cast.grace, at=AT, after=rules[0])
    after = dict(AlertRule.objects.values_list("pk", "position"))
    assert names() == ["One", "Three", "Two"]
    assert [pk for pk in after if after[pk] != before[pk]] == [rules[2].pk]
    event = Event.objects.get(kind="alert_rule.move")
    assert event.changes == {"order": [3, 2]}


def test_rules_are_put_first_and_find_room_for_ever(cast):
    rules = [a_rule(cast, name) for name in ("One", "Two", "Three")]
    for _turn in range(30):
        actions.move_rule(rule=rules[2], by=cast.grace, at=AT, after=None)
        actions.move_rule(rule=rules[1], by=cast.grace, at=AT, after=None)
    assert names() == ["Two", "Three", "One"]
    assert len(set(AlertRule.objects.values_list("position", flat=True))) == 3


def test_only_a_rule_that_is_off_is_removed(cast):
    rule = a_rule(cast)
    actions.change_rule(rule=rule, by=cast.grace, at=AT, is_active=True)
    with pytest.raises(WrongState):
        actions.remove_rule(rule=rule, by=cast.grace, at=AT)
    actions.change_rule(rule=rule, by=cast.grace, at=AT, is_active=False)
    alert = an_alert(a_source(), rule=rule)
    actions.remove_rule(rule=rule, by=cast.grace, at=AT)
    alert.refresh_from_db()
    assert alert.rule is None


def test_a_rule_is_told_in_words(cast):
    rule = a_rule(
        cast,
        service=cast.services["vpn"],
        severities=["error", "critical"],
        matches=[{"field": "label:env", "op": "is_not", "value": "test"}],
        threshold=3,
        delay=timedelta(minutes=5),
    )
    assert words.when(rule) == (
        "When an alert of VPN comes and it is critical or error and the label env "
        "is not “test”"
    )
    first, *more = words.then(rule)
    assert "3 times within 10 min" in first
    assert any("10 alerts of a service come within 5 min" in one for one in more)


def test_the_list_ends_with_what_holds_for_the_rest(cast, bob):
    a_rule(cast)
    page = as_(bob).get("/settings/alert-rules/").content.decode()
    assert "Everything else that is a warning or worse" in page
    assert "10 alerts of a service come within 5 min" in page
    assert "Add a rule" not in page


def test_the_form_makes_a_rule_with_its_conditions(cast, grace):
    browser = as_(grace)
    typed = {
        **TYPED,
        "form-TOTAL_FORMS": "2",
        "form-0-field": "label:",
        "form-0-label": "cluster",
        "form-0-op": "begins",
        "form-0-value": "eu-",
        "form-1-field": "summary",
        "form-1-op": "is",
        "form-1-value": "",
    }
    answer = browser.post("/settings/alert-rules/new/", typed)
    rule = AlertRule.objects.get()
    assert answer.url == f"/settings/alert-rules/{rule.pk}/"
    assert rule.matches == [{"field": "label:cluster", "op": "begins", "value": "eu-"}]
    assert rule.delay == timedelta(minutes=5)
    assert browser.get(answer.url).status_code == 200


def test_one_condition_more_keeps_what_was_typed(grace):
    typed = {**TYPED, "form-0-field": "host", "form-0-op": "is", "form-0-value": "gw-1"}
    page = as_(grace).post("/settings/alert-rules/new/", {**typed, "more": "1"})
    assert 'value="gw-1"' in page.content.decode()
    assert 'name="form-1-value"' in page.content.decode()
    assert not AlertRule.objects.exists()


def test_others_read_a_rule_and_change_nothing(cast, bob):
    rule, browser = a_rule(cast), as_(bob)
    here = f"/settings/alert-rules/{rule.pk}/"
    assert browser.get(here).status_code == 200
    assert browser.post(here, TYPED).status_code == 403
    for verb in ("switch", "move", "remove"):
        assert (
            browser.post(f"{here}{verb}/", {"on": "1", "to": "up"}).status_code == 403
        )
    assert as_(cast.carol).get(here).status_code == 403


def test_rules_are_switched_and_moved_on_the_page(cast, grace):
    rules = [a_rule(cast, name) for name in ("One", "Two", "Three")]
    browser = as_(grace)
    here = f"/settings/alert-rules/{rules[0].pk}/"
    browser.post(f"{here}switch/", {"on": "1"})
    assert AlertRule.objects.get(pk=rules[0].pk).is_active
    browser.post(f"{here}move/", {"to": "down"})
    assert names() == ["Two", "One", "Three"]
    browser.post(f"{here}move/", {"to": "2"})
    assert names() == ["Two", "Three", "One"]
    browser.post(f"{here}move/", {"to": "up"})
    assert names() == ["Two", "One", "Three"]


def test_a_program_makes_changes_moves_and_removes_rules(cast, grace):
    api = Api(grace)
    body = {
        "name": "Clusters",
        "delay": "PT5M",
        "source": None,
        "severities": ["error"],
    }
    made = api.post("alert-rules/", body)
    assert made.status_code == 201, made.content
    assert made.json()["delay"] == "PT5M"
    assert made.json()["reopen_within"] == "PT0S"
    here = f"alert-rules/{made.json()['id']}/"
    other = api.post("alert-rules/", {"name": "Other"}).json()
    moved = api.post(f"{here}move/", {"after": other["id"]})
    assert moved.json()["position"] > other["position"]
    assert api.patch(here, {"is_active": True}).json()["is_active"] is True
    assert api.post(f"{here}remove/").status_code == 409
    api.patch(here, {"is_active": False})
    assert api.post(f"{here}remove/").status_code == 204
    assert api.get(here).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x", "delay": "5 minutes"},
        {"name": "x", "matches": [{"field": "host", "op": "is", "value": 5}]},
        {"name": "x", "matches": "host"},
        {"name": "x", "threshold": True},
        {"delay": "PT5M"},
        {"name": "x", "is_active": True},
    ],
)
def test_a_program_is_told_what_is_wrong(grace, body):
    assert Api(grace).post("alert-rules/", body).status_code == 422


def test_a_program_reads_alerts_as_far_as_it_may(cast, bob, carol):
    alert = an_alert(a_source(), labels={"cluster": "eu-1"})
    found = Api(bob).get("alerts/?status=open&severity=error").json()["results"]
    assert [one["id"] for one in found] == [alert.pk]
    assert Api(bob).get(f"alerts/{alert.pk}/").json()["labels"] == {"cluster": "eu-1"}
    assert Api(carol).get("alerts/").json()["results"] == []
    assert Api(carol).get(f"alerts/{alert.pk}/").status_code == 404
    assert Api(bob).get("alerts/?group=x").status_code in {200, 400}


def test_a_rule_is_tried_on_the_last_day_and_changes_nothing(cast, grace, bob):
    now, source = timezone.now(), a_source(service=cast.services["vpn"])
    for n in range(4):
        ticket = an_incident(cast, service=source.service)
        at = now - timedelta(minutes=50 - n)
        an_alert(source, at=at, summary=f"Link {n} is down", incident=ticket)
    cleared(source, at=now - timedelta(days=2), summary="Too long ago")
    rule = a_rule(cast, group_by="service", window=timedelta(minutes=10))
    before = Event.objects.count()
    page = as_(bob).get(f"/settings/alert-rules/{rule.pk}/try/").content.decode()
    assert "4 alerts would have been its to decide." in page
    assert "Link 0 is down" in page
    assert "Too long ago" not in page
    assert "With it: 1" in page
    assert "There were: 4" in page
    assert "Switch on" not in page
    told = Api(grace).post(f"alert-rules/{rule.pk}/try/").json()
    assert (told["alerts"], told["incidents"], told["really"]) == (4, 1, 4)
    assert Event.objects.count() == before


def test_a_rule_with_nothing_to_decide_says_so(cast, grace):
    rule = a_rule(cast)
    page = as_(grace).get(f"/settings/alert-rules/{rule.pk}/try/").content.decode()
    assert "Nothing would have been its to decide" in page
    assert "Switch on" in page
