"""`Idempotency-Key`: the same answer for 24 hours, the work once."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from core.api.idempotency import KEPT
from core.models import Event, IdempotencyKey
from itsm.tickets.models import Comment, Ticket
from tests.cast import make_cast
from tests.factories import a_token, an_incident, upload


@pytest.mark.django_db
def test_the_same_key_gives_the_same_answer_and_works_once(cast, api):
    client = api(cast.bob)
    first = client.post("incidents/", {"title": "x"}, Idempotency_Key="k1")
    again = client.post("incidents/", {"title": "x"}, Idempotency_Key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert first["ETag"] == again["ETag"]
    assert first["Location"] == again["Location"]
    assert Ticket.objects.count() == 1
    assert Event.objects.filter(kind="ticket.open").count() == 1
    other = client.post("incidents/", {"title": "x"}, Idempotency_Key="k2")
    assert other.json()["number"] != first.json()["number"]


@pytest.mark.django_db
def test_a_key_used_for_another_body_is_422(cast, api):
    client = api(cast.bob)
    client.post("incidents/", {"title": "x"}, Idempotency_Key="k")
    answer = client.post("incidents/", {"title": "y"}, Idempotency_Key="k")
    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.json()["errors"]


@pytest.mark.django_db
def test_keys_belong_to_their_person(cast, api):
    for person in (cast.bob, cast.erin):
        api(person).post("incidents/", {"title": "x"}, Idempotency_Key="k")
    assert Ticket.objects.count() == 2


@pytest.mark.django_db
def test_refusals_are_kept_too_and_write_nothing(cast, api):
    client = api(cast.bob)
    first = client.post("incidents/", {"titel": "x"}, Idempotency_Key="k")
    again = client.post("incidents/", {"titel": "x"}, Idempotency_Key="k")
    assert first.status_code == again.status_code == 422
    assert first.content == again.content
    assert again["Content-Type"] == "application/problem+json"


@pytest.mark.django_db
def test_verbs_and_files_are_done_once(cast, api):
    ticket, client = an_incident(cast), api(cast.bob)
    for _ in range(2):
        client.post(
            f"incidents/{ticket.number}/comment/", {"body": "Hi"}, Idempotency_Key="c"
        )
        client.client.post(
            f"/api/v1/incidents/{ticket.number}/attachments/",
            {"file": upload()},
            headers={**client.headers, "Idempotency-Key": "f"},
        )
    assert Comment.objects.count() == 1
    assert ticket.attachments.count() == 1


@pytest.mark.django_db
def test_after_24_hours_the_key_is_free(cast, api):
    client = api(cast.bob)
    client.post("incidents/", {"title": "x"}, Idempotency_Key="k")
    row = IdempotencyKey.objects.get()
    row.created_at -= KEPT + timedelta(seconds=1)
    row.save()
    client.post("incidents/", {"title": "y"}, Idempotency_Key="k")
    assert Ticket.objects.count() == 2
    assert IdempotencyKey.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 256, "a\x01b"])
def test_odd_keys_are_refused(cast, api, key):
    answer = api(cast.bob).post("incidents/", {"title": "x"}, Idempotency_Key=key)
    assert answer.status_code == 400


@pytest.mark.django_db
def test_a_redacted_text_is_not_kept_in_an_answer(cast, api):
    alice, carol = api(cast.alice), api(cast.carol)
    sent = {"title": "x", "description": "my password is hunter2"}
    number = carol.post("incidents/", sent, Idempotency_Key="k").json()["number"]
    alice.post(f"incidents/{number}/assign/", {"team": "desk"})
    done = alice.post(
        f"incidents/{number}/redact/", {"field": "description", "why": "A password"}
    )
    assert done.status_code == 200
    assert not IdempotencyKey.objects.filter(body__icontains="hunter2").exists()
    again = carol.post("incidents/", sent, Idempotency_Key="k")
    assert again.status_code == 201
    assert b"hunter2" not in again.content
    assert again.json()["number"] == number


@pytest.mark.django_db
def test_comments_redacted_later_are_not_kept_either(cast, api):
    alice = api(cast.alice)
    ticket = an_incident(cast, team=cast.teams["desk"], by=cast.alice)
    path = f"incidents/{ticket.number}/comment/"
    alice.post(path, {"body": "hunter2"}, Idempotency_Key="c")
    comment = Comment.objects.get()
    alice.post(
        f"incidents/{ticket.number}/redact/", {"comment": comment.pk, "why": "Secret"}
    )
    assert alice.post(path, {"body": "hunter2"}, Idempotency_Key="c").status_code == 200
    assert Comment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_instant_do_the_work_once():
    cast = make_cast()
    token = a_token(cast.bob)
    start, answers = threading.Barrier(6), []

    def post() -> None:
        start.wait()
        answers.append(
            Client().post(
                "/api/v1/incidents/",
                json.dumps({"title": "x"}),
                "application/json",
                headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "k"},
            )
        )
        connection.close()

    threads = [threading.Thread(target=post) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert Ticket.objects.count() == 1
