"""The same over REST: 100 at once, more as a job, undone by who started it."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from core import consumers, jobs
from core.models import Consumer, Event, HeldEvent, Hold
from itsm.tickets.models import Comment, Ticket
from tests.factories import a_token, an_incident, resolved
from tests.itsm.bulk.closing import many_resolved

pytestmark = pytest.mark.django_db
URL = "/api/v1/tickets/bulk/"


def post(user, path, body=None, **headers):
    headers |= {"Authorization": f"Bearer {a_token(user)}"}
    return Client().post(
        path, json.dumps(body or {}), "application/json", headers=headers
    )


def get(user, path):
    return Client().get(path, headers={"Authorization": f"Bearer {a_token(user)}"})


def test_a_hundred_are_answered_at_once_each_by_itself(cast):
    fine, open_ = resolved(cast), an_incident(cast)
    sent = {"numbers": [fine.number, open_.number], "verb": "close", "fields": {}}
    answer = post(cast.bob, URL, sent)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["state"], told["done"], told["total"]) == ("done", 2, 2)
    first, second = told["results"]
    assert first == {"number": fine.number, "status": 200, "detail": ""}
    assert second["status"] == 409
    assert open_.number in second["detail"]
    assert get(cast.bob, f"/api/v1/bulk/{told['id']}/").json() == told


def test_a_key_does_the_work_once_and_answers_the_same(cast):
    numbers = [resolved(cast).number]
    sent = {"numbers": numbers, "verb": "close"}
    first = post(cast.bob, URL, sent, **{"Idempotency-Key": "k1"})
    again = post(cast.bob, URL, sent, **{"Idempotency-Key": "k1"})
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replay"] == "true"
    assert Event.objects.filter(kind="bulk.started").count() == 1


def test_a_batch_is_its_starters_own(cast):
    sent = {"numbers": [resolved(cast).number], "verb": "close"}
    path = f"/api/v1/bulk/{post(cast.bob, URL, sent).json()['id']}/"
    assert get(cast.erin, path).status_code == 404
    assert post(cast.erin, f"{path}undo/").status_code == 404
    assert get(cast.grace, path).status_code == 200
    assert post(cast.grace, f"{path}undo/").status_code == 403  # she sees it
    assert post(cast.bob, f"{path}undo/").status_code == 200


@pytest.mark.parametrize(
    ("sent", "fields"),
    [
        ({}, {"numbers", "verb"}),
        ({"numbers": "INC-1", "verb": "close"}, {"numbers"}),
        ({"numbers": [1], "verb": "close"}, {"numbers"}),
        ({"numbers": ["INC-1"], "verb": "close", "fields": []}, {"fields"}),
        ({"numbers": ["INC-1"], "verb": "explode"}, {"verb"}),
        ({"numbers": ["INC-1"], "verb": "close", "all": True}, {"all"}),
        (
            {"numbers": ["INC-1"], "verb": "comment", "fields": {"body": "\u0000"}},
            {"fields"},
        ),
        ({"numbers": ["INC-\u0000"], "verb": "close"}, {"numbers"}),
    ],
)
def test_what_makes_no_sense_is_named(cast, sent, fields):
    answer = post(cast.bob, URL, sent)
    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == fields


def test_what_only_spells_a_forbidden_character_is_a_text_like_others(cast):
    number = an_incident(cast).number
    told = r"The log says \u0000, and C:\u0000\temp is gone."
    sent = {"numbers": [number], "verb": "comment", "fields": {"body": told}}
    assert post(cast.bob, URL, sent).status_code == 200
    assert Comment.objects.get().body == told


def test_requesters_close_their_own_and_learn_of_no_others(cast):
    mine, theirs = resolved(cast), an_incident(cast, by=cast.mallory)
    sent = {"numbers": [mine.number, theirs.number], "verb": "close"}
    told = post(cast.carol, URL, sent).json()["results"]
    assert [one["status"] for one in told] == [200, 404]
    assert Ticket.objects.get(pk=mine.pk).verified_by == "requester"


@pytest.fixture
def outward(monkeypatch):
    """A reader that tells the world outside, and one that does not."""
    heard: dict[str, list[Event]] = {"webhook": [], "page": []}
    monkeypatch.setattr(consumers, "_handlers", {})
    monkeypatch.setattr(consumers, "_waiting", set())
    consumers.consume("webhook", heard["webhook"].extend, waits=True)
    consumers.consume("page", heard["page"].extend)
    last = Event.objects.order_by("id").values_list("id", flat=True).last() or 0
    for name in heard:
        Consumer.objects.create(name=name, cursor=last)
    return heard


def test_a_thousand_are_closed_three_are_forbidden_and_undo_restores_all(cast, outward):
    tickets = many_resolved(cast, 1000)
    hidden = [t.number for t in tickets[:2]]
    Ticket.objects.filter(number__in=hidden).update(restricted=True)
    asleep = tickets[2].number
    Ticket.objects.filter(number=asleep).update(
        state="in_progress", state_category="active"
    )
    numbers = [t.number for t in tickets]
    before = states(numbers)
    advance()
    for heard in outward.values():
        heard.clear()

    answer = post(cast.erin, URL, {"numbers": numbers, "verb": "close"})
    assert answer.status_code == 202
    path = f"/api/v1/bulk/{answer.json()['id']}/"
    while jobs.work_off():
        pass
    told = get(cast.erin, path).json()
    assert (told["state"], told["done"]) == ("done", 1000)
    wrong = {one["number"]: one for one in told["results"] if one["status"] != 200}
    assert set(wrong) == {*hidden, asleep}
    assert len(told["results"]) == 1000
    assert all(one["detail"] for one in wrong.values())
    assert sum(s == "closed" for s in states(numbers).values()) == 997

    advance()
    assert len([e for e in outward["page"] if e.kind == "ticket.close"]) == 997
    assert outward["webhook"] == []

    assert post(cast.erin, f"{path}undo/").status_code == 202
    while jobs.work_off():
        pass
    told = get(cast.erin, path).json()
    assert (told["state"], told["done"], told["total"]) == ("undone", 997, 997)
    assert states(numbers) == before
    advance(timezone.now() + acting_minute())
    assert outward["webhook"] == []  # neither what was done nor that it was undone
    assert not HeldEvent.objects.exists()


def states(numbers):
    rows = Ticket.objects.filter(number__in=numbers)
    return dict(rows.values_list("number", "state"))


def acting_minute():
    from itsm.tickets.bulk.acting import UNDO_FOR

    return 2 * UNDO_FOR


def advance(at=None):
    for _ in range(3):
        consumers.advance_all(at=at or timezone.now())


def test_what_is_not_undone_goes_out_after_the_minute_in_order(cast, outward):
    first, second = resolved(cast), resolved(cast)
    sent = {"numbers": [first.number, second.number], "verb": "close"}
    batch = post(cast.bob, URL, sent).json()
    other = an_incident(cast)  # others are not waited for
    post(
        cast.erin,
        f"/api/v1/incidents/{first.number}/comment/",
        {"body": "Thanks", "public": True},
    )
    advance()
    told = {(e.kind, e.subject_id) for e in outward["webhook"]}
    assert ("ticket.open", other.pk) in told
    assert ("ticket.comment", first.pk) not in told  # it would come before its close

    answer = post(cast.bob, f"/api/v1/bulk/{batch['id']}/undo/").json()
    assert [one["status"] for one in answer["results"]] == [409, 200]
    assert "since" in answer["results"][0]["detail"]
    advance(timezone.now() + acting_minute())
    of_first = [e.kind for e in outward["webhook"] if e.subject_id == first.pk]
    assert of_first[-2:] == ["ticket.close", "ticket.comment"]
    of_second = [e.kind for e in outward["webhook"] if e.subject_id == second.pk]
    assert "ticket.close" not in of_second
    assert "ticket.undo" not in of_second
    ids = [e.pk for e in outward["webhook"]]
    assert len(ids) == len(set(ids))
    assert not HeldEvent.objects.exists()
    assert not Hold.objects.filter(closed_at=None).exists()
