"""How what happens to a ticket moves its promises; the log tells all of it again."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from core.context import Door, through
from core.models import Event
from itsm.sla import replay, sweep
from itsm.sla.models import Clock
from itsm.sla.rules import Looked
from itsm.tickets import actions
from people.calendars import actions as calendars
from tests.cast import AT
from tests.factories import an_incident, later, resolved, said, taken
from tests.itsm.checks import fresh

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
OFFICE = {
    "time_zone": "UTC",
    "hours": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
}


def clock(ticket, kind, cycle=None):
    rows = Clock.objects.filter(ticket=ticket, kind=kind).order_by("-cycle")
    return rows.filter(cycle=cycle).get() if cycle is not None else rows[0]


def is_as_told(*tickets):
    """What every test here ends with: the log tells the same clocks."""
    assert list(replay.differences([t.pk for t in tickets], Looked())) == []


def clocks():
    return Clock.objects.order_by("kind", "cycle")


@contextmanager
def forgetful():
    """The log as an older Beeline had left it, without promises."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_event DISABLE TRIGGER USER")
        yield
        cursor.execute("ALTER TABLE core_event ENABLE TRIGGER USER")


@contextmanager
def undone(cast, ticket, *, at):
    """What happens within is taken back at the end of it."""
    snapshot = actions.undoing.snapshot(fresh(ticket))
    with through(Door.API) as batch:
        yield
    given = {"before": snapshot, "version": None, "act_id": batch.request_id}
    with through(Door.API):
        actions.undoing.restore(ticket=ticket, by=cast.bob, at=at, **given)


def misses(ticket):
    rows = Event.objects.filter(subject_id=ticket.pk, kind="ticket.miss")
    return [e.changes["clock"][1][0] for e in rows.order_by("id")]


@pytest.fixture
def office(cast):
    """Monday to Friday, nine to five, is what counts where nothing else is said."""
    made = calendars.create_calendar(
        by=cast.grace, at=AT, slug="office", name="Office", **OFFICE
    )
    if not made.is_default:
        calendars.make_default(by=cast.grace, at=AT, calendar=made)
    return made


class TestBeginning:
    def test_an_opening_promises_by_its_process_version(self, cast):
        ticket = an_incident(cast)  # low impact, medium urgency: P4
        response, solution = clock(ticket, "response"), clock(ticket, "resolution")
        assert (response.state, response.due_at) == ("running", AT + 8 * HOUR)
        assert (solution.state, solution.due_at) == ("running", AT + 40 * HOUR)
        assert clock(ticket, "update").state == "planned"  # the first word comes first
        assert fresh(ticket).next_due_at == AT + 8 * HOUR
        is_as_told(ticket)

    def test_working_time_counts_in_the_default_calendar(self, cast, office):
        ticket = an_incident(cast)
        assert (
            clock(ticket, "response").due_at == AT + 8 * HOUR
        )  # at closing, not after
        assert clock(ticket, "resolution").due_at == AT + timedelta(days=4, hours=8)
        is_as_told(ticket)

    def test_p1_counts_around_the_clock(self, cast, office):
        friday = datetime(2026, 3, 6, 16, 50, tzinfo=UTC)
        ticket = an_incident(cast, impact="high", urgency="high", at=friday)
        assert clock(ticket, "resolution").due_at == friday + 4 * HOUR
        is_as_told(ticket)

    def test_who_works_on_their_own_owes_nobody_a_first_word(self, cast):
        ticket = an_incident(cast, by=cast.bob, owner=cast.bob)
        assert clock(ticket, "response").state == "paused"
        actions.assign(ticket=ticket, by=cast.alice, at=later(60), owner=cast.alice)
        assert clock(ticket, "response").due_at == later(60) + 8 * HOUR
        is_as_told(ticket)


class TestAnswering:
    def test_a_public_text_of_ours_keeps_the_first_and_begins_the_next(self, cast):
        ticket = taken(cast)
        said(ticket, "We are on it.", by=cast.bob)
        response = clock(ticket, "response")
        assert response.state == "met"
        assert clock(ticket, "update").due_at == response.ended_at + 16 * HOUR
        assert clock(ticket, "update").cycle == 1
        is_as_told(ticket)

    def test_a_note_and_the_requesters_own_words_keep_nothing(self, cast):
        ticket = taken(cast)
        actions.comment(ticket=ticket, by=cast.bob, at=later(5), body="Hm.")
        actions.comment(ticket=ticket, by=cast.carol, at=later(6), body="And?")
        assert clock(ticket, "response").state == "running"
        is_as_told(ticket)

    def test_each_further_text_keeps_one_update_and_begins_another(self, cast):
        ticket = taken(cast)
        for minute in (10, 20, 30):
            body = f"Still at it, {minute}."
            actions.comment(
                ticket=ticket, by=cast.bob, at=later(minute), body=body, public=True
            )
        states = Clock.objects.filter(ticket=ticket, kind="update").order_by("cycle")
        assert [c.state for c in states] == ["planned", "met", "met", "running"]
        assert clock(ticket, "update").due_at == later(30) + 16 * HOUR
        is_as_told(ticket)

    def test_exactly_at_the_instant_is_in_time_and_a_microsecond_later_is_not(
        self, cast
    ):
        kept, lost = an_incident(cast), an_incident(cast)
        due = AT + 8 * HOUR
        for ticket, at in ((kept, due), (lost, due + timedelta(microseconds=1))):
            actions.comment(
                ticket=ticket, by=cast.bob, at=at, body="Hello.", public=True
            )
        assert clock(kept, "response").state == "met"
        assert clock(lost, "response").state == "missed"
        assert (misses(kept), misses(lost)) == ([], ["response"])
        is_as_told(kept, lost)


class TestPausing:
    def test_only_the_requester_stops_the_clock_and_what_is_left_is_kept(self, cast):
        ticket = taken(cast)
        moment = later(60) + timedelta(seconds=7, microseconds=5)
        actions.wait(
            ticket=ticket, by=cast.bob, at=moment, reason="requester", comment="Which?"
        )
        assert fresh(ticket).next_due_at is None
        assert fresh(ticket).time_left == 40 * HOUR - (moment - AT)
        back = later(60 * 100)
        actions.comment(ticket=ticket, by=cast.carol, at=back, body="The second.")
        assert clock(ticket, "resolution").due_at == back + 40 * HOUR - (moment - AT)
        assert fresh(ticket).time_left is None
        is_as_told(ticket)

    def test_what_is_left_survives_the_night_the_clocks_change(self, cast):
        calendars.create_calendar(
            by=cast.grace,
            at=AT,
            slug="berlin",
            name="Berlin",
            time_zone="Europe/Berlin",
            hours={"sat": [["22:00", "30:00"]], "sun": [["22:00", "24:00"]]},
        )
        calendar = calendars.Calendar.objects.get(slug="berlin")
        if not calendar.is_default:
            calendars.make_default(by=cast.grace, at=AT, calendar=calendar)
        saturday = datetime(
            2026, 3, 28, 21, 0, tzinfo=UTC
        )  # 22:00; 29 hours... less one
        ticket = an_incident(cast, at=saturday)
        # that night has seven hours, Saturday 22:00 to Sunday 06:00: the eighth is next
        assert clock(ticket, "response").due_at == datetime(
            2026, 3, 29, 21, 0, tzinfo=UTC
        )
        is_as_told(ticket)


class TestChangingTerms:
    def test_another_priority_keeps_the_time_already_used(self, cast):
        ticket = taken(cast)
        actions.triage(
            ticket=ticket, by=cast.bob, at=later(180), impact="high", urgency="medium"
        )
        solution = clock(ticket, "resolution")  # P2: eight hours, three are gone
        assert solution.due_at == AT + 8 * HOUR
        assert solution.used == 3 * HOUR
        is_as_told(ticket)

    def test_where_more_is_used_than_is_left_it_falls_due_at_once(self, cast):
        ticket = taken(cast)
        at = later(60 * 9)
        actions.triage(ticket=ticket, by=cast.bob, at=at, impact="high", urgency="high")
        assert clock(ticket, "resolution").due_at == at
        sweep.sweep(at=at + timedelta(seconds=1))
        assert "resolution" in misses(ticket)
        is_as_told(ticket)

    def test_what_was_missed_stays_missed_whatever_is_promised_later(self, cast):
        ticket = an_incident(cast, impact="high", urgency="medium")  # P2: 8 h
        sweep.sweep(at=later(60 * 9))
        sweep.sweep(at=later(60 * 9))
        assert clock(ticket, "resolution").state == "missed"
        actions.triage(ticket=ticket, by=cast.bob, at=later(600), impact="low")
        assert clock(ticket, "resolution").state == "missed"
        assert misses(ticket).count("resolution") == 1
        is_as_told(ticket)

    def test_the_terms_stand_in_the_log(self, cast):
        ticket = taken(cast)
        actions.triage(ticket=ticket, by=cast.bob, at=later(5), impact="medium")
        rows = Event.objects.filter(subject_id=ticket.pk, kind="ticket.promise")
        first, second = rows.order_by("id")
        assert first.changes["resolution_promise"][1]["target"] == 40 * 3600
        old, new = second.changes["resolution_promise"]
        assert (old["target"], new["target"]) == (40 * 3600, 24 * 3600)


class TestEnding:
    def test_met_is_provisional_until_it_is_closed(self, cast):
        ticket = resolved(cast)
        assert clock(ticket, "resolution").state == "met"
        actions.close(ticket=ticket, by=cast.carol, at=later(30))
        kept = Clock.objects.filter(ticket=ticket).exclude(cycle=0)
        assert {c.state for c in kept} == {"kept"}
        is_as_told(ticket)

    def test_reopening_withdraws_it_and_the_time_between_does_not_count(self, cast):
        ticket = resolved(cast)
        actions.reopen(ticket=ticket, by=cast.carol, at=later(600), comment="No.")
        solution = clock(ticket, "resolution")
        assert solution.state == "running"
        assert solution.used == timedelta(minutes=2)
        assert solution.due_at == later(600) + 40 * HOUR - timedelta(minutes=2)
        assert clock(ticket, "update").due_at == later(600) + 16 * HOUR
        is_as_told(ticket)

    def test_late_and_unseen_by_the_sweep_it_is_missed_once(self, cast):
        ticket = taken(cast)
        actions.resolve(
            ticket=ticket, by=cast.bob, at=later(60 * 41), resolution="At last."
        )
        solution = clock(ticket, "resolution")
        assert (solution.state, solution.missed_at) == ("missed", AT + 40 * HOUR)
        assert solution.ended_at == later(60 * 41)
        assert sorted(misses(ticket)) == ["resolution", "response"]
        assert sweep.sweep(at=later(60 * 50)) == 0
        is_as_told(ticket)

    def test_cancelled_is_neither_kept_nor_missed(self, cast):
        ticket = taken(cast)
        actions.cancel(ticket=ticket, by=cast.bob, at=later(5), comment="Not ours.")
        states = Clock.objects.filter(ticket=ticket).values_list("state", flat=True)
        assert set(states) <= {"cancelled", "met", "planned"}
        assert clock(ticket, "resolution").state == "cancelled"
        is_as_told(ticket)


class TestUndoing:
    def test_a_merge_undone_is_as_if_it_had_not_been(self, cast):
        one, other = taken(cast), an_incident(cast)
        due = clock(one, "resolution").due_at
        actions.merge(ticket=one, by=cast.bob, at=later(5), into=other)
        assert clock(one, "resolution").state == "cancelled"
        actions.unmerge(ticket=one, by=cast.bob, at=later(500))
        assert clock(one, "resolution").due_at == due
        is_as_told(one, other)

    def test_a_batch_undone_is_as_if_it_had_not_been(self, cast):
        ticket = taken(cast)
        before = {c.kind: (c.state, c.due_at) for c in Clock.objects.all()}
        with through(Door.API) as batch:
            snapshot = actions.undoing.snapshot(fresh(ticket))
            actions.wait(
                ticket=ticket,
                by=cast.bob,
                at=later(5),
                reason="requester",
                comment="Which?",
            )
        with through(Door.API):
            actions.undoing.restore(
                ticket=ticket,
                before=snapshot,
                version=None,
                act_id=batch.request_id,
                by=cast.bob,
                at=later(6),
            )
        assert {c.kind: (c.state, c.due_at) for c in Clock.objects.all()} == before
        is_as_told(ticket)

    def test_what_an_undone_act_found_overdue_is_recorded_once(self, cast):
        ticket = taken(cast)
        at = AT + 50 * HOUR
        with undone(cast, ticket, at=at + HOUR):
            actions.triage(ticket=ticket, by=cast.bob, at=at, impact="medium")
            assert misses(ticket).count("resolution") == 1
        assert clock(ticket, "resolution").missed_at == AT + 40 * HOUR
        assert misses(ticket).count("resolution") == 1
        sweep.sweep(at=at + 2 * HOUR)
        assert misses(ticket).count("resolution") == 1
        is_as_told(ticket)

    def test_what_was_missed_by_a_priority_that_is_undone_was_not_missed(self, cast):
        ticket = taken(cast)
        before = {c.kind: (c.state, c.due_at, c.next_at) for c in clocks()}
        with undone(cast, ticket, at=later(301)):
            given = {"impact": "high", "urgency": "high"}
            actions.triage(ticket=ticket, by=cast.bob, at=later(300), **given)
            assert sweep.sweep(at=later(300.1)) > 0  # P1: it should be over by now
            assert clock(ticket, "resolution").state == "missed"
        now = {c.kind: (c.state, c.due_at, c.next_at) for c in clocks()}
        assert now == before
        sweep.sweep(at=AT + 50 * HOUR)
        assert clock(ticket, "resolution").missed_at == AT + 40 * HOUR
        is_as_told(ticket)

    def test_a_word_that_is_undone_puts_the_next_one_off_for_nobody(self, cast):
        ticket = taken(cast)
        said(ticket, by=cast.bob)
        due = clock(ticket, "update").due_at
        with undone(cast, ticket, at=later(61)):
            given = {"body": "Wrong ticket", "public": True}
            actions.comment(ticket=ticket, by=cast.bob, at=later(60), **given)
            assert clock(ticket, "update").due_at > due
        assert clock(ticket, "update").due_at == due
        is_as_told(ticket)

    def test_a_converted_ticket_keeps_the_time_it_used(self, cast):
        ticket = taken(cast)
        actions.convert(ticket=ticket, by=cast.bob, at=later(120), type="request")
        solution = clock(ticket, "resolution")
        assert solution.used + (later(120) - solution.since) >= timedelta(0)
        assert solution.due_at == AT + 40 * HOUR
        is_as_told(ticket)


class TestSweeping:
    def test_a_warning_comes_once_at_three_quarters(self, cast):
        ticket = an_incident(cast)
        warned = Event.objects.filter(subject_id=ticket.pk, kind="ticket.warn")
        sweep.sweep(at=AT + 6 * HOUR - timedelta(seconds=1))
        assert not warned.exists()
        for _ in range(2):
            sweep.sweep(at=AT + 6 * HOUR + timedelta(seconds=1))
        event = warned.get()
        assert (event.at, event.changes["share"]) == (AT + 6 * HOUR, [None, 75])
        is_as_told(ticket)

    def test_a_miss_is_recorded_once_and_the_next_promise_takes_its_place(self, cast):
        ticket = taken(cast)
        said(ticket, "On it.", by=cast.bob)
        for hours in (17, 17, 18):
            sweep.sweep(at=AT + hours * HOUR)
        assert misses(ticket) == ["update"]
        assert fresh(ticket).next_due_kind == "resolution"
        for _ in range(3):
            sweep.sweep(at=AT + 41 * HOUR)
        assert misses(ticket) == ["update", "resolution"]
        assert fresh(ticket).next_due_kind == "update"
        is_as_told(ticket)

    def test_after_an_outage_all_of_it_is_caught_up_in_the_order_it_fell_due(
        self, cast
    ):
        tickets = [an_incident(cast, at=later(n)) for n in (3, 1, 2)]
        at = AT + 100 * HOUR
        while sweep.sweep(at=at):
            pass
        rows = Event.objects.filter(kind="ticket.miss").order_by("id")
        dues = [e.at for e in rows if e.changes["clock"][1][0] == "response"]
        assert dues == sorted(dues)
        assert len(dues) == 3
        assert sweep.seconds_late(at=at) == 0
        is_as_told(*tickets)

    def test_one_broken_clock_holds_up_no_other(self, cast, monkeypatch):
        broken, whole = an_incident(cast), an_incident(cast, at=later(1))
        real = sweep._take_step

        def breaks(clock, *more):
            if clock.ticket_id == broken.pk:
                raise RuntimeError("broken")
            return real(clock, *more)

        monkeypatch.setattr(sweep, "_take_step", breaks)
        sweep.sweep(at=AT + 9 * HOUR, batches=2)
        assert (misses(broken), misses(whole)) == ([], ["response"])
        monkeypatch.undo()
        sweep.sweep(at=AT + 9 * HOUR)
        assert misses(broken) == ["response"]
        is_as_told(broken, whole)

    def test_with_nothing_due_it_asks_once(self, cast, django_assert_num_queries):
        an_incident(cast)
        with django_assert_num_queries(3):  # the question, in a transaction
            assert sweep.sweep(at=later(1)) == 0


def test_a_ticket_older_than_clocks_gets_them_from_its_log(cast):
    ticket = taken(cast)
    said(ticket, "On it.", by=cast.bob)
    want = {(c.kind, c.cycle): (c.state, c.due_at, c.used) for c in clocks()}
    with forgetful():
        Event.objects.filter(kind="ticket.promise").delete()
    Clock.objects.all().delete()
    actions.edit(ticket=ticket, by=cast.bob, at=later(5), given={"title": "VPN"})
    assert not clocks().exists()
    actions.triage(ticket=ticket, by=cast.bob, at=later(6), urgency="low")
    actions.triage(ticket=ticket, by=cast.bob, at=later(7), urgency="medium")
    now = {(c.kind, c.cycle): (c.state, c.due_at, c.used) for c in clocks()}
    assert {name: state for name, (state, *_more) in now.items()} == {
        name: state for name, (state, *_more) in want.items()
    }
    assert now["resolution", 1][1] == want["resolution", 1][1]
    is_as_told(ticket)
