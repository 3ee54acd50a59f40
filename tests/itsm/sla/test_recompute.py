"""A calendar or an agreement changes: what runs is asked for anew; used stays used."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from core import jobs
from core.models import Event
from itsm.sla import actions as agreements
from itsm.sla import recompute, replay
from itsm.sla.models import Clock, Recomputation
from itsm.sla.rules import Looked
from itsm.tickets.models import Ticket
from people.calendars import actions as calendars
from tests.cast import AT, make_cast
from tests.factories import an_incident, later, said, taken
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
    with django_assert_num_queries(14):
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


def worked_elsewhere(at):
    """What a worker with a connection of its own does meanwhile."""
    try:
        jobs.work_off(seconds=0, clock=lambda: at)
    finally:
        connection.close()
