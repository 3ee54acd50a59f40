"""What becomes of alerts: pure, so that it can be asked of any."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm.monitoring import words
from itsm.monitoring.deciding.book import Book, Former, Group, Window
from itsm.monitoring.deciding.rules import Match, Rule, Seen
from itsm.monitoring.deciding.services import Graph
from tests.factories import AT, later

NETWORK, SIGN_IN, VPN, SHOP, PRINTING = 1, 2, 3, 4, 5
NAMES = {1: "Network", 2: "Sign-in", 3: "VPN", 4: "Web shop", 5: "Printing"}
NEEDS = Graph({VPN: [NETWORK, SIGN_IN], SHOP: [NETWORK, SIGN_IN], SIGN_IN: [NETWORK]})
MINUTE = timedelta(minutes=1)
_ids = count(1)


def seen(key="a", minute=0.0, **fields):
    at = later(minute)
    values = {"pk": next(_ids), "source": 1, "service": VPN, "severity": "error"}
    return Seen(**(values | {"key": key, "first_at": at, "last_at": at} | fields))


def book(*rules, **known):
    return Book(rules=rules, graph=NEEDS, names=NAMES, **known)


def decide(it, *alerts, minute=0.0):
    return it.decide(alerts, later(minute))


def incidents(decisions):
    return sum(one.outcome == "opened" for one in decisions)


def test_what_no_rule_says_opens_an_incident_of_its_own_at_once():
    found = decide(book(), seen("a"), seen("b"), seen("c", severity="info"))
    assert [one.code for one in found] == [
        *("opened_alert", "opened_alert", "recorded_info")
    ]
    assert found[0].group is not found[1].group


def test_the_first_rule_that_matches_wins():
    quiet = Rule(1, "Quiet", matches=(Match.of({"field": "host", "op": "begins",
        "value": "test-"}),), action="suppress")  # fmt: skip
    loud = Rule(2, "Loud")
    on_test, on_db = seen(host="Test-1"), seen("b", host="db1")
    found = decide(book(quiet, loud), on_test, on_db)
    assert [(one.outcome, one.rule.name) for one in found] == [
        ("suppressed", "Quiet"),
        ("opened", "Loud"),
    ]


@pytest.mark.parametrize(
    ("told", "holds"),
    [
        ({"field": "summary", "op": "contains", "value": "DISK"}, True),
        ({"field": "summary", "op": "contains_not", "value": "disk"}, False),
        ({"field": "label:cluster", "op": "is", "value": "eu"}, True),
        ({"field": "label:zone", "op": "is", "value": ""}, False),
        ({"field": "label:zone", "op": "is_not", "value": "eu"}, True),
        ({"field": "label:zone", "op": "missing"}, True),
        ({"field": "label:cluster", "op": "there"}, True),
        ({"field": "host", "op": "in", "value": "db1, db2"}, True),
        ({"field": "host", "op": "in", "value": ["db2"]}, False),
        ({"field": "host", "op": "ends", "value": "1"}, True),
        ({"field": "host", "op": "of a newer version", "value": "db1"}, False),
    ],
)
def test_what_a_rule_looks_at(told, holds):
    alert = seen(summary="Disk is full", host="db1", labels={"cluster": "EU"})
    assert Match.of(told).holds(alert) is holds


def test_a_threshold_waits_for_repeats_within_its_time():
    rule = Rule(1, threshold=3, within=10 * MINUTE)
    twice = seen(recent=(later(0), later(1)), last_at=later(1))
    [waits] = decide(book(rule), twice, minute=1)
    assert (waits.outcome, waits.until) == ("waiting", None)
    assert words.sentence(waits.why) == (
        "Reported 2 times within 10 min; from 3 times on it is worth an incident."
    )
    late = replace(twice, recent=(*twice.recent, later(10)), last_at=later(10))
    assert decide(book(rule), late, minute=10)[0].outcome == "waiting"
    third = replace(twice, recent=(*twice.recent, later(9)), last_at=later(9))
    assert decide(book(rule), third, minute=9)[0].outcome == "opened"


def test_a_delay_waits_for_it_to_end_by_itself():
    rule = Rule(1, delay=2 * MINUTE)
    alert = seen()
    [waits] = decide(book(rule), alert)
    assert (waits.code, waits.until) == ("waits_delay", later(2))
    over = replace(alert, is_open=False)
    assert decide(book(rule), over, minute=1)[0].code == "cleared_early"
    assert decide(book(rule), alert, minute=2)[0].outcome == "opened"


def test_what_comes_and_goes_has_to_last_five_minutes():
    ended = {(1, "a"): [later(10), later(20), later(30)]}
    [waits] = decide(book(closings=ended), seen(minute=31), minute=31)
    assert (waits.code, waits.until) == ("waits_flapping", later(36))
    assert decide(book(closings=ended), seen(minute=31), minute=36)[0].outcome == (
        "opened"
    )
    assert decide(book(closings=ended), seen(minute=71), minute=71)[0].outcome == (
        "opened"
    ), "an hour ago"
    assert decide(book(closings=ended), seen("b", 31), minute=31)[0].outcome == (
        "opened"
    )


def test_maintenance_records_and_looks_again_when_it_ends():
    window = Window("Patch night", frozenset({VPN}), None, AT, later(60))
    [found] = decide(book(windows=[window]), seen())
    assert (found.outcome, found.until) == ("recorded", later(60))
    assert "Patch night" in words.sentence(found.why)
    [other] = decide(book(windows=[window]), seen(service=SHOP))
    assert other.outcome == "opened"
    assert decide(book(windows=[window]), seen(), minute=60)[0].outcome == "opened"


def test_the_alerts_of_a_service_share_an_incident_while_its_window_rolls():
    it = book(Rule(1, group_by="service"))
    found = decide(it, seen("a"), seen("b", 4), seen("c", 8), seen("d", 13.5))
    assert [one.outcome for one in found] == ["opened", "joined", "joined", "opened"]
    assert decide(it, seen("e", 14, service=SHOP), minute=14)[0].outcome == "opened"
    assert words.sentence(found[2].why) == (
        "Alert 3 of VPN, within 5 min of the one before: it joined their incident."
    )


def test_an_outage_below_is_one_incident_on_what_all_depend_on():
    it = book(Rule(1, group_by="dependencies"))
    shop, vpn = seen("a", service=SHOP), seen("b", 1, service=VPN)
    network, printing = seen("c", 2, service=NETWORK), seen("d", 3, service=PRINTING)
    found = decide(it, shop, vpn, network, printing)
    assert [one.outcome for one in found] == ["opened", "joined", "joined", "opened"]
    assert found[0].group.service == NETWORK
    assert NEEDS.lowest([VPN, SHOP]) == VPN, "two are as near: none is likelier"
    assert NEEDS.lowest([VPN, SIGN_IN]) == SIGN_IN
    assert NEEDS.lowest([VPN, PRINTING]) is None


def test_services_that_depend_on_each_other_in_a_circle_do_no_harm():
    circle = Graph({1: [2], 2: [1]})
    assert circle.lowest([1, 2]) == 1


def test_alerts_with_the_same_labels_share_an_incident():
    it = book(Rule(1, group_by="labels", labels=("cluster",)))
    found = decide(
        it,
        *(seen(f"{c}{n}", labels={"cluster": c}) for c in "xy" for n in range(30)),
        *(seen(f"{n}") for n in range(2)),
        seen("empty", labels={"cluster": ""}),
    )
    assert incidents(found) == 4, "x, y, none and empty"


def test_a_storm_is_one_incident_from_the_tenth_alert_on():
    found = decide(book(), *(seen(f"{n}") for n in range(400)))
    assert incidents(found) == 1
    assert words.sentence(found[0].why) == (
        "400 alerts of VPN within 5 min: all of them became one incident."
    )


def test_a_storm_that_comes_slowly_takes_over_what_was_there():
    it = book()
    found = [decide(it, seen(f"{n}", n / 4), minute=n / 4)[0] for n in range(12)]
    codes = [one.code for one in found]
    assert codes == ["opened_alert"] * 9 + ["joined_storm"] * 3
    storm = found[9].group
    assert storm.adopts is found[0].group
    assert storm.absorbs == [one.group for one in found[1:9]]
    assert words.sentence(found[9].why) == (
        "Alert 10 of VPN within 5 min: all of them became one incident."
    )


def test_alerts_far_apart_are_no_storm():
    found = decide(book(), *(seen(f"{n}", n) for n in range(50)))
    assert incidents(found) == 50


def test_the_same_alert_again_joins_its_open_incident_or_reopens_it():
    group = Group("alert", "alert:1:a", None, AT, AT, incident=7)
    it = book(former={(1, "a"): Former(group, None)})
    [joined] = decide(it, seen(minute=30), minute=30)
    assert (joined.code, joined.group) == ("joined_same", group)

    ended = {(1, "a"): Former(group, later(10))}
    again = Rule(1, reopen_within=30 * MINUTE)
    [reopened] = decide(book(again, former=dict(ended)), seen(minute=30), minute=30)
    assert (reopened.outcome, reopened.group) == ("reopened", group)
    assert (
        decide(book(former=dict(ended)), seen(minute=30), minute=30)[0].outcome
        == "opened"
    )
    late = decide(book(again, former=dict(ended)), seen(minute=40), minute=40)
    assert late[0].outcome == "opened"
    cancelled = {(1, "a"): Former(group, later(10), may_reopen=False)}
    [new] = decide(book(again, former=cancelled), seen(minute=30), minute=30)
    assert new.outcome == "opened"


RULES = st.builds(
    Rule,
    pk=st.just(1),
    group_by=st.sampled_from(["alert", "service", "dependencies", "labels"]),
    labels=st.just(("cluster",)),
    storm=st.sampled_from([0, 2, 5]),
    threshold=st.sampled_from([1, 1, 2]),
    delay=st.sampled_from([timedelta(0), MINUTE]),
    window=st.sampled_from([MINUTE, 5 * MINUTE]),
)
ALERTS = st.lists(
    st.builds(
        lambda n, **fields: {"minute": n, **fields},
        n=st.integers(0, 20),
        service=st.sampled_from(sorted(NAMES)),
        labels=st.sampled_from([{}, {"cluster": "x"}, {"cluster": "y"}]),
        severity=st.sampled_from(["critical", "warning", "info"]),
    ),
    min_size=1,
    max_size=40,
).map(lambda told: [seen(f"k{n}", **one) for n, one in enumerate(told)])


def shape(decisions):
    """Which alerts share an incident, without who came first."""
    groups = {}
    for one in decisions:
        groups.setdefault(id(one.group) if one.group else None, set()).add(
            one.alert.key
        )
    return sorted(sorted(keys) for keys in groups.values())


@given(rule=RULES, alerts=ALERTS)
def test_never_more_incidents_than_alerts_and_each_decided_once(rule, alerts):
    found = decide(book(rule), *alerts, minute=30)
    assert sorted(one.alert.pk for one in found) == sorted(a.pk for a in alerts)
    groups = {id(one.group) for one in found if one.group}
    assert incidents(found) == len(groups) <= len(alerts)
    assert all((one.group is None) == (one.outcome not in {"opened", "joined"})
        for one in found)  # fmt: skip
    assert all(words.sentence(one.why) for one in found)


@given(rule=RULES, alerts=ALERTS, order=st.randoms(use_true_random=False))
def test_the_order_in_which_they_are_given_does_not_matter(rule, alerts, order):
    first = decide(book(rule), *alerts, minute=30)
    mixed = list(alerts)
    order.shuffle(mixed)
    again = decide(book(rule), *mixed, minute=30)
    assert [(o.alert.pk, o.why) for o in first] == [(o.alert.pk, o.why) for o in again]


@given(rule=RULES, alerts=ALERTS, order=st.randoms(use_true_random=False))
def test_the_order_of_alerts_of_one_moment_does_not_matter(rule, alerts, order):
    """Ids are in the order in which they came in; what shares an incident is not."""
    ids = [alert.pk for alert in alerts]
    order.shuffle(ids)
    other = [replace(alert, pk=pk) for alert, pk in zip(alerts, ids, strict=True)]
    if rule.group_by == "dependencies":  # which bridge was there first does matter
        return
    first = shape(decide(book(rule), *alerts, minute=30))
    assert first == shape(decide(book(rule), *other, minute=30))
