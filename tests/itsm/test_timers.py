"""What happens by itself: once, in time, and whatever fails stops no other."""

import threading
from copy import deepcopy
from datetime import timedelta

import pytest
from django.db import connection, transaction

from core import followers
from core.models import Event
from itsm.tickets import actions, timers
from itsm.tickets.models import Ticket
from people.calendars.models import Calendar, CalendarVersion
from processes import actions as process_actions
from processes import yaml_text
from tests.cast import AT, make_cast
from tests.factories import an_incident, later, resolved, said, taken
from tests.itsm.checks import CLOCKS, events, fresh, kinds, last
from tests.processes.definitions import shipped_data

DAY = timedelta(days=1)


def planned(cast, until):
    return actions.wait(
        ticket=taken(cast), by=cast.bob, at=later(2), reason="planned", until=until
    )


def test_a_ticket_wakes_at_its_time_and_not_before(cast):
    ticket = planned(cast, later(90))
    assert timers.sweep(at=later(89)) == 0
    assert timers.sweep(at=later(90)) == 1
    ticket = fresh(ticket)
    assert (ticket.state, ticket.wake_at, ticket.timer_at) == (
        "in_progress",
        None,
        None,
    )
    event = last(ticket)
    assert (event.kind, event.actor_id, event.door) == ("ticket.resume", None, "timer")
    assert event.request_id is not None


def test_a_sweep_with_nothing_due_does_nothing(cast, django_assert_num_queries):
    resolved(cast)
    with django_assert_num_queries(1):
        assert timers.sweep(at=later(5)) == 0


def test_after_an_outage_everything_due_is_caught_up_oldest_first(cast):
    tickets = [planned(cast, later(90 - n)) for n in range(5)]
    closing = resolved(cast)
    assert timers.seconds_late(at=later(85)) == 0
    at = later(90) + 6 * DAY
    assert timers.seconds_late(at=at) == (at - later(86)).total_seconds()
    assert timers.sweep(at=at) == 6
    moved = Event.objects.filter(door="timer").exclude(kind__in=CLOCKS).order_by("id")
    expected = [t.pk for t in reversed(tickets)] + [closing.pk]
    assert [e.subject_id for e in moved] == expected
    assert timers.sweep(at=at) == 0
    assert timers.seconds_late(at=at) == 0


def test_more_than_a_batch_is_worked_off_in_one_sweep(cast, monkeypatch):
    monkeypatch.setattr(timers, "BATCH", 2)
    for n in range(5):
        planned(cast, later(50 + n))
    assert timers.sweep(at=later(99), batches=2) == 4
    assert timers.sweep(at=later(99)) == 1


def test_a_timer_that_comes_to_nothing_is_put_away_and_the_others_run(cast):
    broken, well = planned(cast, later(50)), planned(cast, later(60))
    Ticket.objects.filter(pk=broken.pk).update(timer_verb="no_such_verb")
    assert timers.sweep(at=later(99)) == 1
    assert fresh(well).state == "in_progress"
    assert (fresh(broken).state, fresh(broken).timer_at) == ("waiting", None)
    assert kinds(broken)[-1] == "wait"


def test_a_failure_stops_no_other_and_is_tried_again(cast, monkeypatch):
    broken, well = planned(cast, later(50)), planned(cast, later(60))
    fails = [broken.pk]

    def follower(event, subject):
        if subject.pk in fails and event.kind == "ticket.resume":
            raise ZeroDivisionError

    monkeypatch.setitem(followers._followers, "ticket", [follower])
    assert timers.sweep(at=later(99)) == 1
    assert fresh(well).state == "in_progress"
    assert fresh(broken).timer_at == later(50)
    fails.clear()
    assert timers.sweep(at=later(100)) == 1


def test_failures_at_the_head_do_not_hide_what_is_behind(cast, monkeypatch):
    monkeypatch.setattr(timers, "BATCH", 2)
    broken = [planned(cast, later(50)) for _ in range(3)]
    well = planned(cast, later(60))
    heads = {t.pk for t in broken}

    def follower(event, subject):
        if subject.pk in heads and event.kind == "ticket.resume":
            raise ZeroDivisionError

    monkeypatch.setitem(followers._followers, "ticket", [follower])
    assert timers.sweep(at=later(99)) == 1
    assert fresh(well).state == "in_progress"


def test_what_people_did_first_leaves_nothing_to_the_timer(cast):
    ticket = resolved(cast)
    actions.reopen(ticket=ticket, by=cast.carol, at=later(5), comment="Not yet")
    assert timers.sweep(at=later(5) + 30 * DAY) == 0
    assert fresh(ticket).state == "in_progress"


def test_a_later_wake_time_replaces_the_former(cast):
    ticket = planned(cast, later(90))
    actions.resume(ticket=ticket, by=cast.bob, at=later(10))
    actions.wait(
        ticket=ticket, by=cast.bob, at=later(11), reason="supplier", until=later(200)
    )
    assert timers.sweep(at=later(100)) == 0
    assert timers.sweep(at=later(200)) == 1


def test_other_work_on_a_ticket_keeps_its_timer(cast):
    ticket = resolved(cast)
    due = fresh(ticket).timer_at
    said(ticket, by=cast.carol)
    actions.watch(ticket=ticket, by=cast.bob, at=later(4))
    assert fresh(ticket).timer_at == due


def test_a_timed_rule_with_a_condition_survives_other_work(cast):
    """`close` by silence only for P4 and P5; a comment does not forget the facts."""
    data = shipped_data("incident")
    silent, spoken = (deepcopy(data["transitions"]["close"]) for _ in range(2))
    del spoken["after"]
    rules = [{**silent, "when": {"priority": ["P4", "P5"]}}, spoken]
    data["transitions"]["close"] = rules
    draft = process_actions.create_draft(
        process=cast.processes["incident"],
        by=cast.dana,
        at=later(-9),
        text=yaml_text.write(data),
    )
    process_actions.release(version=draft, by=cast.dana, at=later(-8))
    mild = resolved(cast)
    severe = resolved(
        cast,
        an_incident(
            cast,
            by=cast.alice,
            requester=cast.carol,
            impact="high",
            service=cast.services["vpn"],
        ),
    )
    for ticket in (mild, severe):
        said(ticket, by=cast.carol)
    assert fresh(mild).timer_at == later(2) + 5 * DAY
    assert fresh(severe).timer_at is None


def test_a_problem_watched_for_thirty_days_closes(cast):
    from tests.factories import a_problem

    problem = taken(cast, a_problem(cast, service=cast.services["vpn"]), by=cast.erin)
    for verb, given in (("fix", {"causes": "x"}), ("monitor", {"resolution": "y"})):
        actions.transition(
            ticket=problem, verb=verb, by=cast.erin, at=later(9), given=given
        )
    assert timers.sweep(at=later(8) + 30 * DAY) == 0
    assert timers.sweep(at=later(9) + 30 * DAY) == 1
    assert fresh(problem).state == "closed"
    assert fresh(problem).verified_by == ""


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_run_each_timer_once():
    cast = make_cast()
    tickets = [planned(cast, later(50)) for _ in range(12)]
    moved: list[int] = []
    start = threading.Barrier(2)

    def sweep() -> None:
        start.wait()
        moved.append(timers.sweep(at=later(99)))
        connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(moved) == len(tickets)
    for ticket in tickets:
        assert [e.kind for e in events(ticket)].count("ticket.resume") == 1


@pytest.mark.django_db(transaction=True)
def test_a_ticket_that_somebody_holds_is_left_for_the_next_sweep():
    cast = make_cast()
    ticket = planned(cast, later(50))
    moved: list[int] = []

    def sweep() -> None:
        moved.append(timers.sweep(at=later(99)))
        connection.close()

    with transaction.atomic():
        Ticket.objects.select_for_update().get(pk=ticket.pk)
        thread = threading.Thread(target=sweep)
        thread.start()
        thread.join()
    assert moved == [0]
    assert timers.sweep(at=later(99)) == 1
    assert later(99) > AT


def office_hours(cast, **more):
    """A default calendar, as if somebody had made it: weekdays from nine to five."""
    days = ("mon", "tue", "wed", "thu", "fri")
    hours = {day: [["09:00", "17:00"]] for day in days}
    calendar, _ = Calendar.objects.get_or_create(
        slug="office", name="Office", is_default=True
    )
    return CalendarVersion.objects.create(
        calendar=calendar,
        number=calendar.versions.count() + 1,
        content={"time_zone": "UTC", "hours": hours} | more,
        made_at=AT,
    )


def test_days_after_which_something_happens_are_working_days(cast):
    assert fresh(resolved(cast)).timer_at == later(2) + 5 * DAY  # without a calendar
    office_hours(cast)
    ticket = fresh(resolved(cast))
    assert ticket.timer_at == later(2) + 7 * DAY  # over a weekend
    assert timers.sweep(at=later(2) + 6 * DAY) == 0  # nor the one made before
    assert fresh(ticket).state == "resolved"
    assert timers.sweep(at=later(2) + 7 * DAY) == 2
    assert fresh(ticket).state == "closed"


def test_a_timer_that_a_newer_calendar_puts_off_is_put_off_and_not_away(cast):
    office_hours(cast)
    ticket = resolved(cast)
    monday = (later(2) + 7 * DAY).date().isoformat()
    office_hours(cast, holidays=[monday])
    assert timers.sweep(at=later(2) + 7 * DAY) == 0
    assert fresh(ticket).timer_at == later(2) + 8 * DAY
    assert timers.sweep(at=later(2) + 8 * DAY) == 1
    assert fresh(ticket).state == "closed"


def test_a_calendar_whose_hours_end_holds_up_no_ticket(cast):
    day = {AT.date().isoformat(): [["09:00", "17:00"]]}
    office_hours(cast, hours={}, overrides=day)
    assert fresh(resolved(cast)).timer_at == later(2) + 5 * DAY
