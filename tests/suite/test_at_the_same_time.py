"""Many people at the same instant, in real transactions: nothing lost, one order."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from core.log import act
from core.models import Event
from itsm.tickets import actions
from itsm.tickets.models import Comment, Ticket
from people.models import SignOn, User
from people.roles import Role
from people.sign_on import person_for
from tests.cast import AT, make_cast
from tests.factories import a_token, an_incident, later

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(transactional_db):
    return make_cast()


def together(*works: Callable[[], Any]) -> list[Any]:
    """Run them at the same instant, each on a connection of its own."""
    start = threading.Barrier(len(works))
    answers: list[Any] = [None] * len(works)

    def run(place: int, work: Callable[[], Any]) -> None:
        start.wait()
        try:
            answers[place] = work()
        except Exception as error:
            answers[place] = error
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=(place, work))
        for place, work in enumerate(works)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def poster(user: User, path: str, body: dict[str, Any]) -> Callable[[], Any]:
    headers = {"Authorization": f"Bearer {a_token(user)}"}
    return lambda: Client().post(
        f"/api/v1/{path}", json.dumps(body), "application/json", headers=headers
    )


def test_two_people_taking_the_same_ticket_one_has_it_the_other_is_told_who(cast):
    for _ in range(5):
        ticket = an_incident(cast)
        path = f"incidents/{ticket.number}/take/"
        answers = together(poster(cast.bob, path, {}), poster(cast.erin, path, {}))
        assert sorted(a.status_code for a in answers) == [200, 409]
        owner = Ticket.objects.get(pk=ticket.pk).owner
        loser = next(a for a in answers if a.status_code == 409)
        assert owner.name in loser.json()["detail"]
        assert (
            Event.objects.filter(kind="ticket.take", subject_id=ticket.pk).count() == 1
        )


def test_two_administrators_add_the_same_person_one_is_told(cast):
    sent = {"email": "erika@acme.example", "name": "Erika"}
    both = [poster(cast.grace, "users/", sent)] * 2
    answers = together(*both)
    assert sorted(a.status_code for a in answers) == [201, 422]
    assert User.objects.filter(email=sent["email"]).count() == 1


def test_two_teams_of_one_name_both_get_an_address(cast):
    both = [poster(cast.grace, "teams/", {"name": "Night shift"})] * 2
    answers = together(*both)
    assert [a.status_code for a in answers] == [201, 201]
    slugs = sorted(a.json()["slug"] for a in answers)
    assert slugs == ["night-shift", "night-shift-2"]


def test_somebody_new_who_comes_back_from_the_provider_twice_is_one_person(cast):
    row = SignOn.objects.create(
        name="Acme ID", issuer="https://id.example", domains=["acme.example"]
    )
    claims = {"email": "erika@acme.example", "email_verified": True, "name": "Erika"}

    def back() -> User:
        return person_for(row, uid="sub-1", claims=claims, at=AT)[0]

    for answers in (together(back, back), together(back, back)):
        assert [person.email for person in answers] == [claims["email"]] * 2
    kinds = Event.objects.filter(kind__in=["user.create", "user.sign_on_link"])
    assert kinds.count() == 2


def test_two_saves_of_the_same_version_one_is_refused(cast):
    ticket = an_incident(cast)
    tag = {"If-Match": f'"{ticket.number}.{ticket.version}"'}

    def save(user: User) -> Callable[[], Any]:
        headers = {"Authorization": f"Bearer {a_token(user)}", **tag}
        return lambda: Client().patch(
            f"/api/v1/incidents/{ticket.number}/",
            json.dumps({"title": f"By {user.name}"}),
            "application/json",
            headers=headers,
        )

    answers = together(save(cast.bob), save(cast.erin))
    assert sorted(a.status_code for a in answers) == [200, 412]


def test_fifty_writers_on_one_ticket_lose_nothing_and_stay_in_order(cast):
    ticket = an_incident(cast)
    people = User.objects.bulk_create(
        User(email=f"a{n}@x.y", name=f"A{n}", roles=[Role.AGENT], created_at=AT)
        for n in range(50)
    )
    path = f"incidents/{ticket.number}/comment/"
    answers = together(
        *(poster(person, path, {"body": f"{n}"}) for n, person in enumerate(people))
    )
    assert {a.status_code for a in answers} == {200}
    events = list(
        Event.objects.filter(subject_id=ticket.pk, kind="ticket.note").order_by("pk")
    )
    comments = Comment.objects.filter(ticket=ticket)
    assert {c.body for c in comments} == {str(n) for n in range(50)}
    told = [event.changes["comment"][1] for event in events]
    assert told == list(comments.order_by("pk").values_list("pk", flat=True))
    now = Ticket.objects.get(pk=ticket.pk)
    assert now.version == ticket.version + 50
    versions = sorted(int(a["ETag"].strip('"').split(".")[1]) for a in answers)
    assert versions == list(range(2, 52))


def test_a_reader_sees_each_event_of_sixteen_writers_exactly_once_in_one_order(cast):
    tickets = [an_incident(cast) for _ in range(16)]
    headers = {"Authorization": f"Bearer {a_token(cast.grace)}"}
    each, busy = 12, threading.Event()
    found: list[int] = []

    def write(ticket: Ticket) -> Callable[[], None]:
        def work() -> None:
            for n in range(each):
                actions.comment(ticket=ticket, by=cast.bob, at=later(n), body=str(n))

        return work

    def read() -> None:
        after, client = 0, Client()
        while True:
            was_busy = not busy.is_set()
            path = f"/api/v1/events/?after={after}&limit=20"
            events = client.get(path, headers=headers).json()["results"]
            found.extend(event["id"] for event in events)
            if events:
                after = events[-1]["id"]
            elif not was_busy:
                break
        connection.close()

    reader = threading.Thread(target=read)
    reader.start()
    answers = together(*(write(ticket) for ticket in tickets))
    busy.set()
    reader.join(60)
    assert answers == [None] * 16
    whole = list(Event.objects.order_by("pk").values_list("pk", flat=True))
    notes = Event.objects.filter(kind="ticket.note").count()
    assert notes == 16 * each
    assert found == whole


def test_what_began_early_and_committed_late_is_read_after_what_was_read(cast):
    """The cursor of a reader who has gone on meanwhile skips nothing."""
    slow, quick = an_incident(cast), an_incident(cast)
    headers = {"Authorization": f"Bearer {a_token(cast.grace)}"}
    begun, may_end = threading.Event(), threading.Event()

    def read(after: int) -> list[tuple[int, str]]:
        answer = Client().get(f"/api/v1/events/?after={after}", headers=headers).json()
        return [(e["id"], e["subject"]["number"]) for e in answer["results"]]

    def work() -> None:
        with act():
            actions.comment(ticket=slow, by=cast.bob, at=later(1), body="Slow")
            begun.set()
            assert may_end.wait(30)
        connection.close()

    last = read(0)[-1][0]
    writer = threading.Thread(target=work)
    writer.start()
    assert begun.wait(30)
    actions.comment(ticket=quick, by=cast.bob, at=later(2), body="Quick")
    [(seen, number)] = read(last)
    assert number == quick.number
    may_end.set()
    writer.join(30)
    assert [number for _pk, number in read(seen)] == [slow.number]
