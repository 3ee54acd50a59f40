"""A calendar or an agreement changes: what runs is asked for anew; used stays used."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Event as Signal
from unittest.mock import patch

import pytest
from django.db import connection, transaction
from django.utils import timezone

from core import jobs
from core.log import act
from core.models import Event
from itsm.sla import actions as agreements
from itsm.sla import recompute, replay
from itsm.sla.models import Clock, Recomputation
from itsm.sla.rules import Looked
from itsm.tickets.models import Ticket
from people.calendars import actions as calendars
from people.calendars.reading import working_days_later
from tests.cast import AT, make_cast
from tests.factories import an_incident, later, resolved, said, taken
from tests.itsm.sla.agreeing import an_agreement
from tests.itsm.sla.test_clocks import HOUR, OFFICE, clock, is_as_told

pytestmark = pytest.mark.django_db
AFTERNOON = {
    "time_zone": "UTC",
    "hours": {day: [["13:00", "17:00"]] for day in OFFICE["hours"]},
}


@pytest.fixture
def office(cast):
    made = calendars.create_calendar(
        by=cast.grace, at=AT, slug="office", name="Office", is_default=True, **OFFICE
    )
    Recomputation.objects.all().delete()  # it became the default
    return made


def work_off(at):
    while jobs.work_off(seconds=0, clock=lambda: at):
        pass


def test_used_time_stays_used_and_the_rest_counts_by_the_new_hours(cast, office):
    ticket = taken(cast)
    calendars.change_calendar(
        by=cast.grace, at=later(120), calendar=office, **AFTERNOON
    )
    work_off(later(120))
    response = clock(ticket, "response")  # eight hours: two are gone, six to go
    assert response.used == 2 * HOUR
    assert response.due_at == AT + timedelta(days=1, hours=6)  # 13-17, 13-15
    assert Ticket.objects.get(pk=ticket.pk).next_due_at == response.due_at
    is_as_told(ticket)


def test_a_dry_run_says_what_would_change_and_changes_nothing(cast, office):
    ticket = taken(cast)
    calendars.change_calendar(by=cast.grace, at=later(1), calendar=office, **AFTERNOON)
    Recomputation.objects.all().delete()
    rows, events = list(Clock.objects.values()), Event.objects.count()
    job = recompute.begin(reason="by_hand", by=cast.grace, at=later(2), dry=True)
    work_off(later(2))
    job.refresh_from_db()
    assert (job.state, job.changed, job.done) == ("done", 1, 1)
    assert job.effects[0]["number"] == ticket.number
    old, new = job.effects[0]["due"]["response"]
    assert old == (AT + 8 * HOUR).isoformat()
    assert new > old
    assert (list(Clock.objects.values()), Event.objects.count()) == (rows, events)


def test_asked_again_with_nothing_new_nothing_is_recorded(cast, office):
    an_incident(cast)
    events = Event.objects.filter(subject_type="ticket").count()
    recompute.begin(reason="by_hand", by=cast.grace, at=later(2))
    work_off(later(2))
    assert Event.objects.filter(subject_type="ticket").count() == events


def test_other_warnings_alone_are_kept_too(cast):
    agreed = an_agreement(warnings=[75], targets={"P4": {"resolution": "P2D"}})
    ticket = taken(cast)
    work_off(later(1))
    promised = clock(ticket, "resolution")
    agreements.change_agreement(
        agreement=agreed, by=cast.grace, at=later(2), warnings=[50]
    )
    work_off(later(2))
    after = clock(ticket, "resolution")
    assert after.due_at == promised.due_at
    assert AT < after.next_at < promised.next_at < promised.due_at
    is_as_told(ticket)


def test_other_calendars_tickets_are_left_alone(cast, office):
    ticket = an_incident(cast, impact="high", urgency="high")  # around the clock
    calendars.change_calendar(by=cast.grace, at=later(1), calendar=office, **AFTERNOON)
    assert not Recomputation.objects.exists()
    is_as_told(ticket)


def test_what_had_fallen_due_unseen_is_missed_and_stays_so(cast, office):
    ticket = taken(cast)
    said(ticket, "On it.", by=cast.bob)
    at = AT + timedelta(days=30)
    calendars.change_calendar(by=cast.grace, at=at, calendar=office, **AFTERNOON)
    work_off(at)
    assert clock(ticket, "resolution").state == "missed"
    assert clock(ticket, "resolution").missed_at < at
    is_as_told(ticket)


def test_many_take_a_fixed_number_of_statements(
    cast, office, django_assert_num_queries
):
    for n in range(6):
        an_incident(cast, at=later(n))
    calendars.change_calendar(by=cast.grace, at=later(9), calendar=office, **AFTERNOON)
    job = Recomputation.objects.get()
    with django_assert_num_queries(16):
        recompute.work(job, at=later(10))
    assert job.changed == 6
    assert (
        list(
            replay.differences(
                list(Ticket.objects.values_list("pk", flat=True)), Looked()
            )
        )
        == []
    )


def test_the_day_an_agreement_begins_what_runs_is_asked_anew_once(cast):
    an_incident(cast)
    an_agreement(valid_from=(AT + timedelta(days=2)).date())
    assert not recompute.follow_validity(at=AT)
    at = AT + timedelta(days=2, hours=1)
    assert recompute.follow_validity(at=at)
    assert not recompute.follow_validity(at=at + HOUR)
    assert Recomputation.objects.filter(reason="validity").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_job_that_waits_is_not_begun_before_what_it_is_asked_for_has_committed():
    cast = make_cast()
    an_incident(cast)
    given = {"reason": "agreement", "by": cast.grace, "at": later(1)}
    job = recompute.begin(**given)
    with transaction.atomic():
        assert recompute.begin(**given) == job
        with ThreadPoolExecutor(1) as other:
            other.submit(worked_elsewhere, later(2)).result()
        assert Recomputation.objects.get().state == "queued"
    work_off(later(3))
    assert Recomputation.objects.get().state == "done"


@pytest.mark.django_db(transaction=True)
def test_a_ticket_that_was_being_opened_meanwhile_is_asked_too():
    cast, now = make_cast(), timezone.now()
    office = calendars.create_calendar(
        by=cast.grace, at=now, slug="office", name="Office", is_default=True, **OFFICE
    )
    opened, commit = Signal(), Signal()
    with ThreadPoolExecutor(1) as other:
        meanwhile = other.submit(opened_elsewhere, cast, now, opened, commit)
        assert opened.wait(10)
        an_incident(cast, at=now)
        calendars.change_calendar(by=cast.grace, at=now, calendar=office, **AFTERNOON)
        job = Recomputation.objects.get(calendar=office)
        assert jobs.claim(job, at=timezone.now())
        assert [job.step(at=timezone.now()) for _ in range(3)] == [True] * 3
        commit.set()
        ticket = meanwhile.result()
    assert clock(ticket, "response").calendar.number == 1
    assert not job.step(at=timezone.now())
    assert clock(ticket, "response").calendar.number == 2
    assert (job.changed, job.done, job.total) == (2, 1, 1)
    is_as_told(ticket)


def opened_elsewhere(cast, at, opened, commit):
    """What another process does while the job runs: it commits late."""
    try:
        with act():
            ticket = an_incident(cast, at=at)
            opened.set()
            assert commit.wait(10)
        return ticket
    finally:
        connection.close()


def test_a_job_does_not_wait_for_ever_for_what_is_still_being_written(cast, office):
    an_incident(cast)
    calendars.change_calendar(by=cast.grace, at=later(1), calendar=office, **AFTERNOON)
    job = Recomputation.objects.get()
    jobs.claim(job, at=later(1))
    with forever_open():
        assert job.step(at=later(1))
        assert job.step(at=later(1))
        assert not job.step(at=later(1) + recompute.LONGEST + timedelta(seconds=1))


@contextmanager
def forever_open():
    """Another connection with a transaction older than any that is looked for."""
    with patch.object(recompute, "OLDER", "SELECT %s IS NOT NULL"):
        yield


class TestTimers:
    """What happens by itself after working days, which the default calendar has."""

    WITHOUT_FRIDAYS = {
        "hours": {d: h for d, h in OFFICE["hours"].items() if d != "fri"},
    }

    def test_they_follow_the_default_calendar_when_it_changes(self, cast, office):
        ticket = resolved(cast)
        before = Ticket.objects.get(pk=ticket.pk)
        calendars.change_calendar(
            by=cast.grace, at=later(300), calendar=office, **self.WITHOUT_FRIDAYS
        )
        work_off(later(300))
        after = Ticket.objects.get(pk=ticket.pk)
        assert after.timer_verb == before.timer_verb == "close"
        expected = working_days_later(after.state_since, timedelta(days=5))
        assert after.timer_at == expected > before.timer_at
        assert not Clock.objects.filter(ticket=ticket, state="running").exists()

    def test_they_follow_another_default_calendar(self, cast, office):
        ticket = resolved(cast)
        before = Ticket.objects.get(pk=ticket.pk).timer_at
        hours = {**OFFICE, **self.WITHOUT_FRIDAYS}
        short = calendars.create_calendar(
            by=cast.grace, at=later(300), slug="short", name="Short", **hours
        )
        calendars.make_default(calendar=short, by=cast.grace, at=later(300))
        work_off(later(300))
        assert Ticket.objects.get(pk=ticket.pk).timer_at > before

    def test_a_dry_run_leaves_them(self, cast, office):
        ticket = resolved(cast)
        before = Ticket.objects.get(pk=ticket.pk).timer_at
        calendars.change_calendar(
            by=cast.grace, at=later(300), calendar=office, **self.WITHOUT_FRIDAYS
        )
        Recomputation.objects.all().delete()
        recompute.begin(reason="by_hand", by=cast.grace, at=later(300), dry=True)
        work_off(later(300))
        assert Ticket.objects.get(pk=ticket.pk).timer_at == before

    def test_those_of_a_calendar_that_is_not_the_default_are_none(self, cast, office):
        resolved(cast)
        other = calendars.create_calendar(
            by=cast.grace, at=later(300), slug="other", name="Other", **OFFICE
        )
        calendars.change_calendar(
            by=cast.grace, at=later(301), calendar=other, **self.WITHOUT_FRIDAYS
        )
        assert not Recomputation.objects.exists()


def test_batches_take_what_counts_by_any_older_version(cast, office, monkeypatch):
    monkeypatch.setattr(recompute, "BATCH", 2)
    other = calendars.create_calendar(
        by=cast.grace, at=AT, slug="other", name="Other", **OFFICE
    )
    an_agreement(calendar=other, targets={"P4": {"resolution": "P2D"}})
    tickets = [an_incident(cast, at=later(n)) for n in range(5)]
    work_off(later(9))
    calendars.change_calendar(by=cast.grace, at=later(10), calendar=other, **AFTERNOON)
    job = Recomputation.objects.get(calendar=other)
    job.step(at=later(10))  # two of them, before it changes again
    assert (job.done, job.total) == (2, 5)
    calendars.change_calendar(
        by=cast.grace, at=later(20), calendar=other, **TestTimers.WITHOUT_FRIDAYS
    )
    work_off(later(20))
    newest = other.versions.latest("number")
    assert all(clock(t, "resolution").calendar == newest for t in tickets)
    is_as_told(*tickets)


def worked_elsewhere(at):
    """What a worker with a connection of its own does meanwhile."""
    try:
        jobs.work_off(seconds=0, clock=lambda: at)
    finally:
        connection.close()
