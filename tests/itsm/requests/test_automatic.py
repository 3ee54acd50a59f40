"""A step without hands: called, signed, answered once; late, silent, refused."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from core import invariants, signed
from core.errors import WrongState
from core.models import Event
from itsm.requests.actions import finish_task
from itsm.requests.fulfilment import answering, api, calling
from itsm.requests.models import Automatic
from itsm.tickets import actions
from tests.cast import AT
from tests.factories import a_token, later
from tests.itsm.checks import fresh
from tests.itsm.requests.steps import (
    SECRET,
    an_offering,
    automatic,
    ordered,
    step,
    tasks,
)
from tests.itsm.webhooks.receiver import a_receiver

pytestmark = pytest.mark.django_db
State = Automatic.State


@pytest.fixture(autouse=True)
def answered_soon(monkeypatch):
    """An answer over REST comes five minutes after the order."""
    monkeypatch.setattr(api.AnswerView, "at", later(5))


@pytest.fixture
def receiver(settings):
    settings.OUTBOUND_ALLOW = "127.0.0.1"
    with a_receiver() as found:
        yield found


@pytest.fixture
def ticket(cast, receiver):
    """One automatic step, and nothing else."""
    offering = an_offering("Guest", [automatic("Let them in", receiver.url)])
    return ordered(cast, offering)


def sweep(minutes=0):
    return calling.sweep(clock=lambda: later(minutes))


def row(ticket):
    return Automatic.objects.get(task__ticket=ticket)


def answer(receiver, body, got=-1):
    path = receiver.got[got].told["answer"]["url"].partition("/api/")[2]
    return Client().post(f"/api/{path}", body, content_type="application/json")


def told(kind):
    return Event.objects.filter(kind=kind).count()


def test_the_call_is_signed_and_says_where_to_answer(cast, ticket, receiver):
    assert sweep() == 1
    (got,) = receiver.got
    assert got.told["request"]["number"] == ticket.number
    assert got.told["person"]["email"] == "carol@demo.example"
    stamp = int(got.headers["webhook-timestamp"])
    name = got.headers["webhook-id"]
    assert got.headers["webhook-signature"] == signed.sign(
        SECRET, name, stamp, got.body
    )
    assert row(ticket).state == State.ANSWER
    token = got.told["answer"]["url"].split("/")[-3]
    assert token not in row(ticket).token_digest


def test_the_answer_ends_the_step_and_the_order_without_a_hand(cast, ticket, receiver):
    sweep()
    said = answer(receiver, {"ok": True, "note": "The code is 4711."})
    assert said.status_code == 200
    assert said.json()["outcome"] == "done"
    found = fresh(ticket)
    assert found.state == "fulfilled"
    assert "4711" in found.resolution
    task = tasks(ticket)["Let them in"]
    assert (task.done_by, task.done_at is not None) == (None, True)


def test_an_answer_at_once_in_the_body_counts(cast, ticket, receiver):
    receiver.answer = lambda got: (200, {}, b'{"ok": true, "note": "Done."}')
    sweep()
    assert fresh(ticket).state == "fulfilled"


def test_answering_twice_is_fine_and_does_nothing(cast, ticket, receiver):
    sweep()
    answer(receiver, {"ok": True})
    events = Event.objects.count()
    again = answer(receiver, {"ok": False, "note": "Or not?"})
    assert (again.status_code, again.json()["outcome"]) == (200, "again")
    assert Event.objects.count() == events
    assert fresh(ticket).state == "fulfilled"


def test_the_answer_may_come_before_the_call_returns(cast, ticket, receiver):
    found = calling._claim(later(0))
    token = json.loads(found.body)["answer"]["url"].split("/")[-3]
    answering.answer(token=token, ok=True, at=later(0))
    answering.settle_call(
        found.pk, attempts=1, failure="", said=None, is_final=False, at=later(1)
    )
    assert row(ticket).state == State.DONE


def test_no_answer_waits_visibly_and_is_told(cast, ticket, receiver):
    sweep()
    assert sweep(59) == 0
    assert sweep(61) == 1
    assert row(ticket).state == State.FAILED
    assert answering.words(row(ticket).failure) == "No answer came in time."
    assert told("task.fail") == 1
    assert sweep(300) == 0


def test_an_answer_after_its_time_is_recorded_and_told_and_decides_nothing(
    cast, ticket, receiver
):
    sweep()
    sweep(61)
    late = answer(receiver, {"ok": True, "note": "Sorry."})
    assert (late.status_code, late.json()["outcome"]) == (200, "late")
    assert row(ticket).state == State.FAILED
    assert "Sorry." in answering.words(row(ticket).failure)
    assert told("task.late_answer") == 1
    assert tasks(ticket)["Let them in"].done_at is None
    assert answer(receiver, {"ok": True}).json()["outcome"] == "again"


def test_a_no_fails_the_step_and_says_why(cast, ticket, receiver):
    sweep()
    answer(receiver, {"ok": False, "note": "No licence is left."})
    assert "No licence is left." in answering.words(row(ticket).failure)
    assert fresh(ticket).state == "fulfilling"


def test_a_call_that_fails_is_tried_again_and_then_waits_for_somebody(
    cast, ticket, receiver
):
    receiver.answer = lambda got: 503
    sweep()
    first = row(ticket)
    assert (first.state, first.attempts) == (State.CALLING, 1)
    assert first.next_at > later(0)
    sweep(5)
    sweep(30)
    assert row(ticket).state == State.FAILED
    assert len(receiver.got) == 3
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
    assert "503" in answering.words(row(ticket).failure)


def test_what_failed_is_retried_by_hand_under_a_new_name(cast, ticket, receiver):
    receiver.answer = lambda got: 503
    for minutes in (0, 5, 30):
        sweep(minutes)
    receiver.answer = lambda got: 204
    task = tasks(ticket)["Let them in"]
    answering.retry(task=task, by=cast.bob, at=later(40))
    with pytest.raises(WrongState):
        answering.retry(task=task, by=cast.bob, at=later(41))
    sweep(41)
    assert (
        receiver.got[-1].headers["webhook-id"] != receiver.got[0].headers["webhook-id"]
    )
    assert answer(receiver, {"ok": True}).json()["outcome"] == "done"


def test_it_may_be_done_by_hand_and_the_late_answer_is_told(cast, ticket, receiver):
    sweep()
    sweep(61)
    task = tasks(ticket)["Let them in"]
    finish_task(ticket=ticket, task=task.pk, by=cast.bob, at=later(70))
    assert row(ticket).state == State.DONE
    assert fresh(ticket).state == "fulfilling"  # a hand tells the requester
    assert answer(receiver, {"ok": True}).json()["outcome"] == "late"


def test_a_cancelled_order_calls_nobody(cast, ticket, receiver):
    actions.cancel(ticket=ticket, by=cast.carol, at=later(0), comment="No guest.")
    assert sweep(1) == 0
    assert receiver.got == []


def test_an_address_inside_is_never_called(cast, settings):
    settings.OUTBOUND_ALLOW = ""
    inside = automatic("Ask ourselves", "http://127.0.0.1:8080/")
    found = ordered(cast, an_offering("Inside", [inside]))
    sweep()
    assert row(found).state == State.FAILED
    assert "inside your network" in answering.words(row(found).failure)


def test_a_token_that_is_none_and_a_body_that_is_none(cast, ticket, receiver):
    sweep()
    url = "/api/v1/tasks/nothing/answer/"
    said = Client().post(url, {"ok": True}, content_type="application/json")
    assert said.status_code == 404
    assert answer(receiver, {"ok": "yes"}).status_code == 422
    assert answer(receiver, {"what": 1}).status_code == 422
    assert row(ticket).state == State.ANSWER


def test_rest_lists_finishes_and_retries(cast, ticket, receiver):
    receiver.answer = lambda got: 410
    for minutes in (0, 5, 30):
        sweep(minutes)
    bob = {"Authorization": f"Bearer {a_token(cast.bob)}"}
    task = tasks(ticket)["Let them in"]
    found = Client().get("/api/v1/tasks/?automatic=failed", headers=bob).json()
    (one,) = found["results"]
    assert (one["id"], one["ticket"], one["state"]) == (task.pk, ticket.number, "open")
    assert "410" in one["failure"]
    at = f"/api/v1/tasks/{task.pk}/"

    def post(verb):
        json_ = {"content_type": "application/json"}
        return Client().post(f"{at}{verb}/", {}, headers=bob, **json_)

    assert post("retry").json()["automatic"] == "calling"
    assert post("retry").status_code == 409
    assert post("done").json()["state"] == "done"
    carol = {"Authorization": f"Bearer {a_token(cast.carol)}"}
    assert Client().get(at, headers=carol).status_code == 404


def test_doctor_finds_a_step_that_nobody_calls(cast, ticket):
    check = {one.name: one for one in invariants.registered()}["steps.called"].check
    Automatic.objects.update(next_at=AT + timedelta(days=3650))
    assert check() == []
    Automatic.objects.update(next_at=None)
    assert check() != []


def test_a_mixed_order_is_not_ended_by_itself(cast, receiver):
    steps = [step("Talk to them", 1), automatic("Let them in", receiver.url, 2)]
    found = ordered(cast, an_offering("Mixed", steps))
    talk = tasks(found)["Talk to them"]
    finish_task(ticket=found, task=talk.pk, by=cast.bob, at=later(0))
    sweep()
    answer(receiver, {"ok": True})
    assert fresh(found).state == "fulfilling"
