"""A caller is killed with -9 in mid-call: the step is called again, and done once."""

import threading
import time

import pytest

from core import invariants
from core.models import Event
from itsm.requests.fulfilment import answering, calling
from itsm.requests.models import Automatic
from tests.apart import run_apart
from tests.factories import later
from tests.itsm.checks import fresh
from tests.itsm.requests.steps import an_offering, automatic, ordered, tasks
from tests.itsm.webhooks.receiver import a_receiver

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]
CALL = """
from itsm.requests.fulfilment import calling
from tests.factories import later
calling.sweep(clock=lambda: later(0))
"""


def a_caller():
    """A process that calls what is due."""
    return run_apart(CALL, OUTBOUND_ALLOW="127.0.0.1")


@pytest.fixture
def receiver(settings):
    settings.OUTBOUND_ALLOW = "127.0.0.1"
    with a_receiver() as found:
        yield found


def token_in(got):
    return got.told["answer"]["url"].split("/")[-3]


def test_a_step_whose_caller_was_killed_is_called_again_and_done_once(cast, receiver):
    offering = an_offering("Guest", [automatic("Let them in", receiver.url)])
    ticket = ordered(cast, offering)
    arrived = threading.Event()

    def hang(got):
        arrived.set()
        time.sleep(3)
        return 204

    receiver.answer = hang
    with a_caller() as caller:
        try:
            assert arrived.wait(60)
        finally:
            caller.kill()
    receiver.answer = lambda got: 204
    row = Automatic.objects.get()
    assert (row.state, row.attempts) == ("calling", 1)
    assert calling.sweep(clock=lambda: later(1)) == 0  # the claim is not yet old
    assert calling.sweep(clock=lambda: later(3)) == 1
    first, second = receiver.got
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert token_in(first) == token_in(second)
    assert answering.answer(token=token_in(first), ok=True, at=later(4)) == "done"
    assert answering.answer(token=token_in(second), ok=True, at=later(5)) == "again"
    assert fresh(ticket).state == "fulfilled"
    done = Event.objects.filter(
        kind="ticket.task", changes__task_state=["open", "done"]
    )
    assert done.count() == 1
    doctor = {one.name: one for one in invariants.registered()}
    assert doctor["steps.called"].check() == []


def test_many_callers_at_once_call_each_step_once(cast, receiver):
    offering = an_offering("Guest", [automatic("Let them in", receiver.url)])
    for _n in range(8):
        ordered(cast, offering)
    callers = [a_caller() for _n in range(3)]
    assert [caller.wait(120) for caller in callers] == [0] * 3
    names = [got.headers["webhook-id"] for got in receiver.got]
    assert len(names) == len(set(names)) == 8
    assert set(Automatic.objects.values_list("state", flat=True)) == {"answer"}
    assert all(task.begun_at for task in tasks(ordered(cast, offering)).values())
