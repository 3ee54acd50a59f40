"""The sweep beside other sweeps, timers and people: each step once, nobody stuck."""

import threading
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core.models import Event
from itsm.sla import sweep
from itsm.sla.models import Clock
from itsm.sla.replay import differences
from itsm.sla.rules import Looked
from itsm.tickets import actions, timers
from itsm.tickets.models import Ticket
from people.models import CalendarVersion
from tests.cast import make_cast
from tests.factories import an_incident, later, said, taken
from tests.itsm.sla.agreeing import a_calendar, an_agreement

STEPS = ("ticket.warn", "ticket.escalate", "ticket.miss")
TARGETS = {f"P{n}": {"response": "PT1H", "resolution": "PT2H"} for n in range(1, 6)}


def steps() -> list[Event]:
    return list(Event.objects.filter(kind__in=STEPS).order_by("id"))


def once_each() -> bool:
    """Whether no step of any clock was recorded twice."""
    told = [
        (e.subject_id, str(e.changes["clock"]), str(e.changes["step"])) for e in steps()
    ]
    return len(told) == len(set(told)) > 0


def is_as_told() -> bool:
    tickets = list(Ticket.objects.values_list("pk", flat=True))
    return not list(differences(tickets, Looked()))


def at_once(*deeds: Callable[[], object]) -> list[object]:
    """Each in a thread with its own connection, begun together; what they answered."""
    start, answers = threading.Barrier(len(deeds)), list[object]()

    def run(deed: Callable[[], object]) -> None:
        start.wait()
        try:
            answers.append(deed())
        except Exception as error:
            answers.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == len(deeds), "somebody waits for ever"
    return answers


def test_after_an_outage_it_catches_up_in_the_order_in_which_things_fell_due(cast):
    an_agreement(
        targets=TARGETS,
        warnings=[50, 75],
        escalations=[{"when": {"after": "PT10M"}, "who": ["owner"], "promise": "any"}],
    )
    for minute in range(8):
        said(taken(cast, an_incident(cast, at=later(minute / 7))), by=cast.bob)
        an_incident(cast, at=later(minute / 3))
    sweep.sweep(at=later(40))
    before = len(steps())
    sweep.sweep(at=later(200))
    told = [e.at for e in steps()]
    assert len(told) > before + 40
    assert all(one <= other for one, other in pairwise(told))
    assert not Clock.objects.filter(next_at__lt=later(200)).exists()
    assert once_each()
    assert is_as_told()


def test_an_agreement_with_fewer_steps_stops_no_sweep(cast):
    agreement = an_agreement(targets=TARGETS, warnings=[25, 50])
    ticket = an_incident(cast)
    sweep.sweep(at=later(45))
    agreement.warnings = []
    agreement.save()
    sweep.sweep(at=later(60.01))
    [miss] = Event.objects.filter(kind="ticket.miss", subject_id=ticket.pk)
    assert miss.changes["clock"][1][0] == "response"
    assert miss.at == later(60)
    assert sweep.sweep(at=later(60.02)) == 0


def test_a_warning_that_came_to_an_agreement_later_passes_by_no_miss(cast):
    agreement = an_agreement(targets=TARGETS, warnings=[])
    ticket = an_incident(cast)
    agreement.warnings = [25, 50, 75]
    agreement.save()
    sweep.sweep(at=later(61))
    assert Event.objects.filter(kind="ticket.miss", subject_id=ticket.pk).count() == 1
    assert sweep.sweep(at=later(62)) == 0
    assert is_as_told()


def test_a_calendar_whose_zone_the_machine_lost_stops_no_sweep(cast):
    office = a_calendar()
    version = office.versions.get()
    content = {**version.content, "time_zone": "Europe/Atlantis"}
    lost = CalendarVersion.objects.create(
        calendar=office, number=2, content=content, made_at=version.made_at
    )
    an_agreement(targets=TARGETS, calendar=office)
    tickets = {an_incident(cast).pk for _ in range(2)}
    assert set(Clock.objects.values_list("calendar", flat=True)) == {lost.pk}
    sweep.sweep(at=later(60 * 24 * 7))
    misses = Event.objects.filter(kind="ticket.miss")
    assert set(misses.values_list("subject_id", flat=True)) == tickets
    assert is_as_told()


def test_it_asks_no_more_for_many_than_for_few(cast):
    found = []
    for day, many in ((1, 2), (20, 12)):
        at = later(day * 24 * 60)
        for _ in range(many):
            an_incident(cast, at=at)
        due = at + timedelta(hours=9)  # their first answers, and nothing else
        sweep.sweep(at=due)
        with CaptureQueriesContext(connection) as asked:
            assert sweep.sweep(at=at + timedelta(hours=41)) == many
        found.append(len(asked))
    assert found[0] == found[1]


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_take_each_step_once():
    cast = make_cast()
    for _ in range(30):
        an_incident(cast)
    answers = at_once(*[lambda: sweep.sweep(at=later(3 * 24 * 60))] * 3)
    assert all(isinstance(answer, int) for answer in answers), answers
    while sweep.sweep(at=later(3 * 24 * 60)):
        pass
    assert once_each()
    assert Event.objects.filter(kind="ticket.miss").count() == 60
    assert is_as_told()


@pytest.mark.django_db(transaction=True)
def test_a_ticket_that_somebody_holds_is_left_for_the_next_sweep():
    cast = make_cast()
    ticket = an_incident(cast)
    found: list[int] = []

    def sweep_now() -> None:
        found.append(sweep.sweep(at=later(60 * 24)))
        connection.close()

    with transaction.atomic():
        Ticket.objects.select_for_update().get(pk=ticket.pk)
        thread = threading.Thread(target=sweep_now)
        thread.start()
        thread.join(60)
    assert found == [0]
    assert sweep.sweep(at=later(60 * 24)) > 0
    assert sweep.seconds_late(at=later(60 * 24)) == 0


@pytest.mark.django_db(transaction=True)
def test_timers_people_and_the_sweep_on_the_same_tickets_never_wait_for_ever():
    cast = make_cast()
    tickets = [
        actions.wait(
            ticket=taken(cast),
            by=cast.bob,
            at=later(2),
            reason="planned",
            until=later(600),
        )
        for _ in range(20)
    ]
    at = later(600)

    def speak() -> int:
        for ticket in reversed(tickets):
            actions.comment(
                ticket=ticket, by=cast.bob, at=at, body="We know more", public=True
            )
        return len(tickets)

    def merge() -> int:
        for ticket in tickets[:6:2]:
            into = Ticket(pk=ticket.pk + 1)
            actions.merge(ticket=ticket, into=into, by=cast.alice, at=at)
        return 3

    answers = at_once(
        lambda: sweep.sweep(at=at + timedelta(seconds=1)),
        lambda: timers.sweep(at=at),
        speak,
        merge,
        lambda: sweep.sweep(at=at + timedelta(seconds=1)),
    )
    assert all(isinstance(answer, int) for answer in answers), answers
    while sweep.sweep(at=at + timedelta(hours=9)) + timers.sweep(at=at):
        pass
    assert once_each()
    assert is_as_told()
