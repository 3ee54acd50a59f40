"""Tickets in flight move between versions and back; released versions never change."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from core.errors import Forbidden, Invalid
from itsm.tickets import actions, invariants, versions
from itsm.tickets.models import Ticket
from processes import actions as process_actions
from processes import definition, parts, queries, yaml_text
from processes.models import ProcessVersion
from tests.factories import an_incident, later, resolved, rows, taken
from tests.itsm.checks import events, fresh, kinds, last
from tests.processes.definitions import shipped_data

THERE = {
    "new": "new",
    "in_progress": "working",
    "waiting": "working",
    "resolved": "resolved",
    "closed": "closed",
    "cancelled": "cancelled",
}


def leaner() -> str:
    """Incidents that know no waiting; in_progress is called working."""
    data = shipped_data("incident")
    states = data["states"]
    data["states"] = {
        "new": states["new"],
        "working": {"name": "Working", "category": "active"},
        **{s: states[s] for s in ("resolved", "closed", "cancelled")},
    }
    data["transitions"] = {
        "start": {"from": ["new"], "to": "working"},
        "resolve": {
            "from": ["new", "working"],
            "to": "resolved",
            "requires": ["resolution"],
        },
        "reopen": {"from": ["resolved"], "to": "working", "requires": ["comment"]},
        "close": {"from": ["resolved"], "to": "closed", "after": "P2D"},
        "cancel": {"from": ["new"], "to": "cancelled", "requires": ["comment"]},
    }
    used = {"resolve.resolution", "reopen.comment", "cancel.comment"}
    data["controls"] = {k: v for k, v in data["controls"].items() if k in used}
    return yaml_text.write(data)


@pytest.fixture
def first(cast) -> ProcessVersion:
    return cast.processes["incident"].versions.get(number=1)


@pytest.fixture
def second(cast, first) -> ProcessVersion:
    draft = process_actions.create_draft(
        process=cast.processes["incident"], by=cast.dana, at=later(10), text=leaner()
    )
    process_actions.release(version=draft, by=cast.dana, at=later(11))
    return draft


@pytest.fixture
def flight(cast, first) -> dict[str, Ticket]:
    """One real ticket in each state of the first version."""
    found = {
        "new": an_incident(cast),
        "in_progress": taken(cast),
        "waiting": actions.wait(
            ticket=taken(cast),
            by=cast.bob,
            at=later(5),
            reason="requester",
            until=later(500),
        ),
        "resolved": resolved(cast),
        "closed": resolved(cast),
        "cancelled": an_incident(cast),
    }
    actions.close(ticket=found["closed"], by=cast.carol, at=later(6))
    actions.cancel(ticket=found["cancelled"], by=cast.bob, at=later(6), comment="x")
    return found


def move(cast, source, target, *, minute=60, returning=False) -> int:
    return process_actions.migrate(
        source=source,
        target=target,
        there=THERE,
        back={"working": "in_progress"},
        by=cast.dana,
        at=later(minute),
        returning=returning,
    )


def sound() -> None:
    assert invariants._states() == []
    assert invariants._disagreeing() == []


def test_a_new_ticket_starts_on_what_is_live_and_those_in_flight_stay(
    cast, flight, first, second
):
    assert fresh(flight["new"]).process_version == first
    assert an_incident(cast).process_version == second


def test_everything_in_flight_moves_by_the_map_and_what_ended_stays(
    cast, flight, first, second
):
    assert move(cast, first, second) == 4
    for state, ticket in flight.items():
        ticket = fresh(ticket)
        if state in {"closed", "cancelled"}:
            assert (ticket.process_version, ticket.state) == (first, state)
            continue
        assert (ticket.process_version, ticket.state) == (second, THERE[state])
        event = last(ticket)
        assert (event.kind, event.actor_id) == ("ticket.migrate", cast.dana.pk)
        assert event.changes == {
            "process_version": [first.pk, second.pk],
            "state": [state, THERE[state]],
        }
    sound()


def test_and_back_to_where_each_came_from(cast, flight, first, second):
    move(cast, first, second)
    assert move(cast, second, first, minute=70, returning=True) == 4
    for state, ticket in flight.items():
        assert (fresh(ticket).process_version, fresh(ticket).state) == (first, state)
    assert kinds(flight["waiting"])[-2:] == ["migrate", "migrate"]
    sound()


def test_what_went_on_meanwhile_comes_back_to_where_it_stands_now(
    cast, flight, first, second
):
    move(cast, first, second)
    ticket = flight["waiting"]
    actions.resolve(ticket=ticket, by=cast.bob, at=later(65), resolution="Done.")
    move(cast, second, first, minute=70, returning=True)
    assert fresh(ticket).state == "resolved"
    sound()


def test_a_pause_ends_where_the_new_version_knows_no_waiting(
    cast, flight, first, second
):
    ticket = flight["waiting"]
    assert fresh(ticket).paused_since == later(5)
    move(cast, first, second)
    ticket = fresh(ticket)
    assert (ticket.wait_reason, ticket.wake_at, ticket.timer_at) == ("", None, None)
    assert ticket.paused_since is None
    assert ticket.paused_for == timedelta(minutes=55)
    assert ticket.next_due_at is not None


def test_timers_and_versions_follow_the_new_rules(cast, flight, first, second):
    before = fresh(flight["resolved"])
    move(cast, first, second)
    ticket = fresh(flight["resolved"])
    assert before.timer_at == later(2) + timedelta(days=5)
    assert ticket.timer_at == later(2) + timedelta(days=2)
    assert ticket.version == before.version + 1
    assert ticket.updated_at == later(60)


def test_many_move_in_batches_with_a_fixed_number_of_statements(
    cast, first, second, monkeypatch, django_assert_max_num_queries
):
    made = rows(cast, 12)
    Ticket.objects.filter(pk__in=[t.pk for t in made]).update(process_version=first)
    monkeypatch.setattr(versions, "BATCH", 5)
    with django_assert_max_num_queries(25):
        assert move(cast, first, second) == 12
    assert Ticket.objects.filter(process_version=second).count() == 12


def test_a_map_that_leaves_a_ticket_nowhere_moves_nothing(cast, flight, first, second):
    gap = {k: v for k, v in THERE.items() if k != "waiting"}
    with pytest.raises(Invalid):
        process_actions.migrate(
            source=first, target=second, there=gap, by=cast.dana, at=later(60)
        )
    assert fresh(flight["new"]).process_version == first
    assert kinds(flight["new"]) == ["open"]


@pytest.mark.parametrize("name", ["bob", "frank", "carol"])
def test_only_the_owner_of_the_process_or_an_administrator_moves_tickets(
    cast, flight, first, second, name
):
    with pytest.raises(Forbidden):
        process_actions.migrate(
            source=first,
            target=second,
            there=THERE,
            back={"working": "in_progress"},
            by=cast.people[name],
            at=later(60),
        )


def test_who_runs_on_what_is_counted_in_one_query(
    cast, flight, first, second, django_assert_num_queries
):
    move(cast, first, second)
    with django_assert_num_queries(1):
        found = parts.counts(cast.processes["incident"])
    assert found[first.pk] == {"closed": 1, "cancelled": 1}
    assert found[second.pk] == {"new": 1, "working": 2, "resolved": 1}


@pytest.mark.parametrize("change", [{"definition": {"format": 1}}, {"number": 9}])
def test_the_database_refuses_to_change_a_released_version(first, change):
    with pytest.raises(DatabaseError), transaction.atomic():
        ProcessVersion.objects.filter(pk=first.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        ProcessVersion.objects.filter(pk=first.pk).delete()


def test_a_share_falls_the_same_way_for_ever_and_grows_without_moving_anybody(
    cast, first
):
    draft = process_actions.create_draft(
        process=cast.processes["incident"], by=cast.dana, at=later(1), text=leaner()
    )
    process_actions.release(
        version=draft, by=cast.dana, at=later(2), scope="share", percent=20
    )
    keys = [f"INC-{n}" for n in range(400)]

    def on_new() -> set[str]:
        return {
            key
            for key in keys
            if queries.version_for("incident", ticket_key=key) == draft
        }

    few = on_new()
    assert 40 < len(few) < 120
    assert on_new() == few
    process_actions.widen(
        version=draft, by=cast.dana, at=later(3), scope="share", percent=60
    )
    assert few < on_new()
    assert len(on_new()) > 180


def test_a_ticket_is_told_its_version_when_it_opens(cast, first, second):
    ticket = an_incident(cast)
    assert events(ticket)[0].changes["process_version"] == [None, second.pk]
    assert definition.of(ticket.process_version).states.keys() >= {"working"}
