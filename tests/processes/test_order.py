from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processes.definition import TECHNIQUES, load
from processes.engine import OrderFacts, place, start_by
from tests.processes.definitions import small

OPENED = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
DEFINITIONS = {t: load(small(order={"technique": t})) for t in TECHNIQUES}

levels = st.sampled_from(["high", "medium", "low"])
opened = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(
    lambda t: t.replace(tzinfo=UTC)
)
techniques = st.sampled_from(TECHNIQUES)
facts = st.builds(
    OrderFacts,
    opened_at=opened,
    priority=st.integers(1, 5),
    impact=levels,
    urgency=levels,
    size=st.none() | st.sampled_from([1, 2, 3, 5, 8]),
    affected=st.integers(0, 100_000),
    linked=st.integers(0, 500),
    criticality=st.sampled_from(["critical", "high", "normal"]),
    major=st.booleans(),
    vip=st.booleans(),
)


@given(techniques, facts)
def test_no_ticket_waits_longer_than_its_maximum(technique, ticket):
    definition = DEFINITIONS[technique]
    _band, instant = place(definition, ticket)
    longest = definition.order.max_wait[1 if ticket.major else ticket.priority]
    assert ticket.opened_at <= instant <= ticket.opened_at + longest


@given(techniques, facts, facts)
def test_nothing_opened_after_the_maximum_wait_stands_before_it(technique, one, other):
    definition = DEFINITIONS[technique]
    longest = definition.order.max_wait[1 if one.major else one.priority]
    later = replace(other, opened_at=one.opened_at + longest + HOUR)
    if place(definition, one)[0] == place(definition, later)[0]:
        assert place(definition, one) < place(definition, later)


@given(techniques, facts)
def test_the_same_facts_give_the_same_place_and_reasons(technique, ticket):
    definition = DEFINITIONS[technique]
    there = start_by(definition, ticket)
    assert there == start_by(definition, ticket)
    assert (there.band, there.start_by) == place(definition, ticket)
    assert there.reasons
    assert all(factor.sentence for factor in there.reasons)


@given(st.sampled_from(["wsjf", "cost_of_delay", "triage", "impact"]), facts)
def test_a_higher_impact_never_comes_later(technique, ticket):
    definition = DEFINITIONS[technique]
    low, medium, high = (
        place(definition, replace(ticket, impact=i)) for i in ("low", "medium", "high")
    )
    assert high <= medium <= low


@given(techniques, facts, st.integers(1, 5))
def test_a_higher_priority_never_comes_later(technique, ticket, priority):
    definition = DEFINITIONS[technique]
    better = replace(ticket, priority=min(priority, ticket.priority))
    assert place(definition, better) <= place(definition, ticket)


@given(st.sampled_from(["wsjf", "cost_of_delay"]), facts, st.integers(0, 1000))
def test_more_people_or_linked_tickets_never_make_it_later(technique, ticket, more):
    definition = DEFINITIONS[technique]
    there = place(definition, ticket)
    assert place(definition, replace(ticket, affected=ticket.affected + more)) <= there
    assert place(definition, replace(ticket, linked=ticket.linked + more)) <= there


@given(facts)
def test_a_smaller_job_comes_first_with_wsjf_and_shortest_first(ticket):
    for technique in ("wsjf", "shortest_first"):
        definition = DEFINITIONS[technique]
        places = [place(definition, replace(ticket, size=s)) for s in (1, 2, 3, 5, 8)]
        assert places == sorted(places)
    definition = DEFINITIONS["longest_first"]
    places = [place(definition, replace(ticket, size=s)) for s in (8, 5, 3, 2, 1)]
    assert places == sorted(places)


@given(techniques, facts, st.timedeltas(timedelta(), timedelta(days=30)))
def test_a_ticket_is_started_by_its_promise(technique, ticket, ahead):
    definition = DEFINITIONS[technique]
    promise = ticket.opened_at + ahead
    _band, instant = place(definition, replace(ticket, promise=promise))
    assert instant <= promise


@given(facts, facts)
def test_first_in_first_out_looks_at_nothing_but_the_opening(one, other):
    places = [place(DEFINITIONS["fifo"], t) for t in (one, other)]
    if places[0][0] == places[1][0]:
        assert (one.opened_at < other.opened_at) == (places[0] < places[1])


def test_last_in_first_out_puts_the_newest_of_a_period_first():
    definition = DEFINITIONS["lifo"]
    low = [
        place(definition, OrderFacts(opened_at=OPENED + n * HOUR, priority=5))
        for n in range(3)
    ]
    assert low[2] < low[1] < low[0]


@given(facts, techniques, techniques)
def test_majors_and_p1_come_before_everything_whatever_its_age(ticket, one, other):
    urgent = replace(ticket, priority=1)
    old = replace(
        ticket, priority=5, major=False, opened_at=OPENED - timedelta(days=3650)
    )
    assert place(DEFINITIONS[one], urgent) < place(DEFINITIONS[other], old)
    assert place(DEFINITIONS[one], replace(old, major=True))[0] == 0


def test_the_reasons_name_what_decides_first():
    ticket = OrderFacts(
        opened_at=OPENED, priority=3, affected=7, promise=OPENED + HOUR, size=2
    )
    reasons = start_by(DEFINITIONS["wsjf"], ticket).reasons
    assert reasons[0].name == "promise"
    assert reasons[0].weight == pytest.approx(1.0)
    assert {"impact", "affected", "size"} <= {r.name for r in reasons}
    assert "People affected: 7." in [r.sentence for r in reasons]
