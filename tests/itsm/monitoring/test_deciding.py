"""Decisions carried out: incidents that open, grow worse, end and come back."""

import pytest

from core.models import Event
from itsm.monitoring import heartbeat, work
from itsm.monitoring.deciding import acting, trying
from itsm.monitoring.models import Alert, AlertGroup, AlertRule, Maintenance
from itsm.sla.models import Page
from itsm.tickets import actions
from itsm.tickets.models import Comment, Ticket
from tests.factories import AT, later
from tests.itsm.monitoring.events import a_source, signal
from tests.itsm.monitoring.sending import sent
from tests.people.rotas.rotas import a_rota, a_spec

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(cast):
    return a_source(service=cast.services["vpn"])


def happens(source, *signals, minute=0.0):
    """They come, are worked off, and decided until nothing is due."""
    if signals:
        sent(source, *signals, at=later(minute))
    work.work_off(at=later(minute))
    acting.decide(at=later(minute))


def over(*keys):
    return [signal(key, action="resolve") for key in keys]


def a_rule(**fields):
    values = {"name": "Rule", "position": 1, "is_active": True, "created_at": AT}
    return AlertRule.objects.create(**(values | fields))


def on_duty(cast):
    """Bob, for the service's team."""
    cast.services["vpn"].support_teams.set([cast.teams["desk"]])
    a_rota(cast, a_spec(cast.bob))


def incident():
    return Ticket.objects.get()


def test_repeats_open_nothing_and_are_no_events(source):
    for minute in range(5):
        happens(source, signal("a"), minute=minute)
    assert incident().state == "new"
    assert Event.objects.filter(kind="ticket.alert").count() == 1


def test_an_incident_that_somebody_took_is_resolved_and_not_closed(source, cast):
    happens(source, signal("a"))
    actions.take(ticket=incident(), by=cast.bob, at=later(1))
    happens(source, *over("a"), minute=2)
    assert (incident().state, incident().owner) == ("resolved", cast.bob)


def test_one_that_a_person_resolved_is_verified_when_it_clears(source, cast):
    happens(source, signal("a"))
    actions.take(ticket=incident(), by=cast.bob, at=later(1))
    actions.resolve(ticket=incident(), by=cast.bob, at=later(2), resolution="Freed.")
    happens(source, *over("a"), minute=3)
    assert (incident().state, incident().verified_by) == ("closed", "monitoring")
    assert incident().resolution == "Freed."


@pytest.mark.parametrize(
    ("on_clear", "state", "notes"), [("resolve", "resolved", 0), ("note", "new", 1)]
)
def test_what_its_rule_says_is_done_when_it_clears(source, on_clear, state, notes):
    a_rule(on_clear=on_clear)
    happens(source, signal("a"))
    happens(source, *over("a"), minute=3)
    assert incident().state == state
    assert Comment.objects.filter(is_public=False).count() == notes


def test_an_incident_of_many_ends_with_the_last_of_them(source):
    a_rule(group_by="service")
    happens(source, signal("a"), signal("b"), signal("c"))
    happens(source, *over("a", "c"), minute=1)
    assert incident().state == "new"
    happens(source, *over("b"), minute=2)
    assert incident().state == "closed"
    assert "All 3 alerts are over" in incident().resolution
    told = Event.objects.filter(kind="ticket.alert").order_by("pk")
    assert [event.changes["alerts"] for event in told] == [[0, 3], [3, 1], [1, 0]]
    assert not AlertGroup.objects.filter(closed_at=None).exists()


def test_a_trigger_after_the_end_opens_an_incident_anew(source):
    happens(source, signal("a"))
    happens(source, *over("a"), signal("a"), minute=1)
    happens(source, minute=2)
    states = Ticket.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["closed", "new"]


def test_or_reopens_the_former_one_where_the_rule_says_so(source):
    from datetime import timedelta

    a_rule(reopen_within=timedelta(minutes=30))
    happens(source, signal("a"))
    happens(source, *over("a"), minute=1)
    happens(source, signal("a"), minute=20)
    assert (incident().state, incident().reopens) == ("in_progress", 1)
    assert Alert.objects.latest("pk").decision == "reopened"
    happens(source, *over("a"), minute=21)
    assert incident().state == "closed"


def test_a_worse_alert_makes_its_incident_worse_and_pages(source, cast):
    on_duty(cast)
    a_rule(group_by="service")
    happens(source, signal("a", severity="warning"))
    assert (incident().priority, Page.objects.count()) == (4, 0)
    happens(source, signal("b", severity="critical"), minute=1)
    assert incident().priority == 1
    assert Page.objects.get().asked == [cast.bob.pk]
    happens(source, *over("b"), minute=2)
    assert incident().priority == 1, "it never falls by itself"


def test_an_alert_that_becomes_worse_makes_its_incident_worse(source):
    happens(source, signal("a", severity="warning"))
    happens(source, signal("a", severity="critical"), minute=1)
    assert incident().priority == 1


def test_what_a_person_said_of_how_bad_it_is_stays(source, cast):
    happens(source, signal("a", severity="warning"))
    actions.triage(ticket=incident(), by=cast.bob, at=later(1), impact="medium")
    happens(source, signal("a", severity="critical"), minute=2)
    assert (incident().impact, incident().urgency) == ("medium", "medium")


def test_a_critical_alert_pages_and_its_acknowledgement_ends_that(source, cast):
    on_duty(cast)
    happens(source, signal("a", severity="critical"))
    page = Page.objects.get()
    assert (page.asked, page.ended_at) == ([cast.bob.pk], None)
    happens(source, signal("a", action="acknowledge"), minute=1)
    page.refresh_from_db()
    assert page.ended_at == later(1)
    assert page.acknowledged_by == source.account


def test_what_is_still_heard_after_a_person_ended_it_is_reopened_later(source, cast):
    happens(source, signal("a"))
    for n in range(4):
        minute = 100 * n
        actions.resolve(
            ticket=incident(), by=cast.bob, at=later(minute + 1), resolution="Done."
        )
        happens(source, signal("a"), minute=minute + 2)
        assert incident().state == "resolved", "not at once"
        happens(source, minute=minute + 17)
        assert incident().reopens == min(n + 1, 3), "and not for ever"
    assert incident().state == "resolved"
    assert Alert.objects.get().decision == "reopened"
    assert "still reports it" in Comment.objects.first().body


def test_a_cancelled_one_stays_cancelled(source, cast):
    happens(source, signal("a"))
    actions.cancel(ticket=incident(), by=cast.bob, at=later(1), comment="A test.")
    happens(source, signal("a"), minute=30)
    happens(source, minute=60)
    assert incident().state == "cancelled"
    happens(source, *over("a"), minute=61)
    assert incident().state == "cancelled"


def test_a_storm_becomes_one_incident_though_it_came_slowly(source):
    for n in range(12):
        happens(source, signal(f"k{n}"), minute=n / 4)
    happens(source, minute=4)
    [still] = Ticket.objects.filter(state="new")
    assert Ticket.objects.filter(resolution_code="duplicate").count() == 8
    assert set(Alert.objects.values_list("incident", flat=True)) == {still.pk}
    happens(source, *over(*(f"k{n}" for n in range(12))), minute=5)
    still.refresh_from_db()
    assert (still.state, still.verified_by) == ("closed", "monitoring")


def test_a_storm_leaves_alone_what_somebody_works_on(source, cast):
    for n in range(3):
        happens(source, signal(f"k{n}"), minute=n / 4)
    mine = Ticket.objects.order_by("pk")[1]
    actions.take(ticket=mine, by=cast.bob, at=later(1))
    happens(source, *(signal(f"m{n}") for n in range(20)), minute=2)
    happens(source, minute=3)
    mine.refresh_from_db()
    assert mine.owner == cast.bob
    assert Alert.objects.filter(incident=mine).count() == 1
    assert Ticket.objects.exclude(resolution_code="duplicate").count() == 2


def test_alerts_of_a_merged_incident_go_on_in_the_other(source, cast):
    happens(source, signal("a"))
    happens(source, signal("b"), minute=1)
    one, other = Ticket.objects.order_by("pk")
    actions.merge(ticket=one, by=cast.alice, at=later(2), into=other)
    happens(source, *over("b"), minute=3)
    other.refresh_from_db()
    assert other.state == "closed", "only b was known to be in it"
    happens(source, *over("a"), minute=4)
    assert Alert.objects.get(key="a").incident == other


def test_maintenance_records_and_decides_when_it_is_over(source, cast):
    window = Maintenance.objects.create(
        name="Patch night", starts_at=AT, ends_at=later(60), by=cast.bob, created_at=AT
    )
    window.services.add(source.service)
    happens(source, signal("a"), signal("b"))
    happens(source, *over("b"), minute=30)
    assert not Ticket.objects.exists()
    happens(source, minute=60)
    assert incident().external_ref == "a"
    assert Alert.objects.get(key="b").decision == "recorded"


def test_maintenance_that_ends_early_is_looked_at_again(source, cast):
    window = Maintenance.objects.create(
        name="Patch night", starts_at=AT, ends_at=later(60), by=cast.bob, created_at=AT
    )
    window.services.add(source.service)
    happens(source, signal("a"))
    window.ends_at = later(10)
    window.save()
    assert acting.look_again([source.service_id], at=later(10)) == 1
    happens(source, minute=10)
    assert incident().state == "new"


def test_an_outage_below_moves_the_incident_to_what_is_really_down(source, cast):
    a_rule(group_by="dependencies")
    below = a_source("Sign-in", service=cast.services["sign-in"])
    happens(source, signal("a"))
    assert incident().service == cast.services["vpn"]
    happens(below, signal("b"), minute=1)
    assert incident().service == cast.services["sign-in"]


def test_a_decision_that_fails_holds_up_no_other(source, monkeypatch):
    from itsm.monitoring.deciding import opening

    opened = opening.open_incident

    def breaks(alert, *rest):
        if alert.key == "bad":
            raise RuntimeError("poison")
        return opened(alert, *rest)

    monkeypatch.setattr(opening, "open_incident", breaks)
    happens(source, signal("a"), signal("bad"), signal("b"))
    found = dict(Alert.objects.values_list("key", "decision"))
    assert found == {"a": "opened", "bad": "waiting", "b": "opened"}
    monkeypatch.undo()
    happens(source, minute=6)
    assert Alert.objects.get(key="bad").decision == "opened"


def test_what_is_silent_too_long_raises_an_alert_until_it_is_heard(source):
    from datetime import timedelta

    source.silent_after = timedelta(minutes=10)
    source.save()
    assert heartbeat.listen(at=later(9)) == 0
    assert heartbeat.listen(at=later(11)) == 1
    assert heartbeat.listen(at=later(12)) == 0, "once"
    happens(source, minute=12)
    assert incident().title == "Prometheus is silent"
    happens(source, signal("silence", action="resolve"), minute=13)
    assert heartbeat.listen(at=later(13)) == 1
    happens(source, minute=13)
    assert incident().state == "closed"


def test_a_source_whose_calls_wait_for_us_is_not_silent(source):
    from datetime import timedelta

    source.silent_after = timedelta(minutes=10)
    source.save()
    sent(source, signal("a"), at=later(1))
    assert heartbeat.listen(at=later(30)) == 0


def test_a_rule_is_tried_on_what_really_came(source):
    for n in range(6):
        happens(source, signal(f"k{n}", severity="warning"), minute=10 * n)
    happens(source, signal("c", severity="critical"), minute=61)
    draft = AlertRule(
        name="By service", position=1, severities=["warning"], group_by="service"
    )
    found = trying.try_out(draft, at=later(90))
    assert (found.alerts, found.incidents, found.really) == (6, 6, 6)
    from datetime import timedelta

    draft.window = timedelta(minutes=15)
    found = trying.try_out(draft, at=later(90))
    assert (found.alerts, found.incidents, found.really) == (6, 1, 6)
    [group] = found.groups
    assert (group.n, [alert.key for alert in group.examples]) == (6, ["k0", "k1", "k2"])
    draft.action = "suppress"
    found = trying.try_out(draft, at=later(90))
    assert (found.incidents, dict(found.other)) == (0, {"suppressed": 6})


def test_the_number_of_statements_does_not_grow_with_the_alerts(
    source, django_assert_max_num_queries
):
    a_rule(group_by="service")
    happens(source, signal("a"))
    sent(source, *(signal(f"k{n}") for n in range(150)), at=later(1))
    work.work_off(at=later(1))
    with django_assert_max_num_queries(45):
        assert acting.decide(at=later(1)) == 150
    assert Ticket.objects.count() == 1
