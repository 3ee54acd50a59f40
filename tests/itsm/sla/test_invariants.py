"""What doctor finds when promises are not what the log says, and only then."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from core import invariants as core_invariants
from core.log import act, record
from itsm.sla import invariants, sweep
from itsm.sla.models import Clock
from itsm.tickets import kinds
from itsm.tickets.models import Ticket
from tests.factories import a_request, an_incident, later, said, taken

HOUR = timedelta(hours=1)


def broken(*, whole: bool = False) -> dict[str, str]:
    """The applet's invariants that do not hold, and what they say first."""
    found = {
        one.name.removeprefix("promises."): one.check()
        for one in core_invariants.registered(whole=whole)
        if one.name.startswith("promises.")
    }
    assert set(found) == {"log", "misses", "awake", "next"}
    return {name: said[0] for name, said in found.items() if said}


@pytest.fixture
def late(cast):
    """Two tickets nobody answered in time, and one that somebody works on."""
    ticket = an_incident(cast)
    a_request(cast)
    said(taken(cast), "We look at it", by=cast.bob)
    sweep.sweep(at=later(9 * 60))
    return ticket


@pytest.fixture
def missed(late):
    return Clock.objects.get(ticket=late, kind="response", state="missed")


def test_sound_promises_break_none(late):
    assert broken() == broken(whole=True) == {}


def test_a_clock_that_is_another_is_found(missed, late):
    Clock.objects.filter(pk=missed.pk).update(due_at=missed.due_at + HOUR)
    found = broken(whole=True)
    assert f"ticket {late.pk} has due_at" in found["log"]
    assert broken().keys() == found.keys()


def test_only_the_last_tickets_are_told_again_unless_asked(monkeypatch, late):
    monkeypatch.setattr(invariants, "LAST", 1)
    oldest = Ticket.objects.order_by("updated_at", "id")[0]
    Clock.objects.filter(ticket=oldest, kind="resolution").update(target=HOUR)
    assert "log" not in broken()
    assert f"ticket {oldest.pk} has target" in broken(whole=True)["log"]


def test_a_miss_that_nobody_recorded_is_found(late):
    clock = Clock.objects.filter(ticket=late, state="running")[0]
    Clock.objects.filter(pk=clock.pk).update(state="missed", missed_at=clock.due_at)
    found = broken()
    assert late.number in found["misses"]
    assert "0 times" in found["misses"]


def test_a_miss_that_was_recorded_twice_is_found(late, missed):
    changes = {"clock": (None, ["response", None, 1]), "step": (1, 2)}
    with act():
        record(kinds.MISS, subject=late, by=None, at=later(600), changes=changes)
    assert "2 times" in broken()["misses"]


def test_a_miss_without_its_clock_is_found(late, missed):
    missed.delete()
    assert "its clock says otherwise" in broken()["misses"]


def test_a_promise_that_nobody_waits_for_is_found(late):
    clock = Clock.objects.filter(state="running")[0]
    Clock.objects.filter(pk=clock.pk).update(next_at=None)
    assert set(broken()) == {"awake"}


def test_a_ticket_that_says_something_else_is_found(late):
    Ticket.objects.filter(pk=late.pk).update(next_due_at=later(1))
    assert set(broken()) == {"next"}
    assert late.number in broken()["next"]


def test_doctor_looks_at_all_when_asked(late, monkeypatch, capsys):
    monkeypatch.setattr(invariants, "LAST", 0)
    call_command("doctor")
    assert "of the 10,000 tickets touched last" in capsys.readouterr().out
    call_command("doctor", whole=True)
    assert "Clocks are what the log tells, of all tickets" in capsys.readouterr().out
