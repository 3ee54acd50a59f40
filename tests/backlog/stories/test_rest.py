"""Stories and ideas over REST: what a person can do, a program can."""

import json

import pytest

from backlog.stories.models import Idea, Story
from tests.factories import an_incident, as_

URL = "/api/v1/stories/"


class Caller:
    """JSON in, JSON out, as one person."""

    def __init__(self, user):
        self.client = as_(user)

    def get(self, address, **headers):
        return self.client.get(address, headers=headers)

    def send(self, address, data=None, method="post", **headers):
        return getattr(self.client, method)(
            address,
            json.dumps(data or {}),
            content_type="application/json",
            headers=headers,
        )


@pytest.fixture
def owner(cast):
    return Caller(cast.dana)


def test_a_story_is_made_and_stands_where_its_numbers_say(process, write, owner):
    write("Nothing said")
    sent = {
        "process": "incident",
        "title": "Shorter forms",
        "as_a": "agent",
        "i_want": "less to fill in",
        "so_that": "calls are short",
        "value": 13,
        "time_criticality": 5,
        "risk_reduction": 2,
        "size": 2,
        "points": 3,
        "criteria": ["One page"],
    }
    answer = owner.send(URL, sent)
    told = answer.json()
    assert answer.status_code == 201
    assert answer["Location"].endswith(f"{URL}{told['number']}/")
    assert (told["wsjf"], told["state"], told["process"]) == (10.0, "open", "incident")
    assert told["criteria"][0]["text"] == "One page"
    listed = owner.get(f"{URL}?process=incident&ordering=rank").json()["results"]
    assert [one["title"] for one in listed] == ["Shorter forms", "Nothing said"]


def test_pages_of_the_list_neither_skip_nor_repeat(write, owner):
    made = {write(f"Story {n}").number for n in range(7)}
    address, seen = f"{URL}?process=incident&ordering=rank&limit=3", []
    while address:
        page = owner.get(address).json()
        seen += [one["number"] for one in page["results"]]
        address = page["next"]
    assert set(seen) == made
    assert len(seen) == 7


@pytest.mark.parametrize(
    ("sent", "status", "field"),
    [
        ({"title": "No process"}, 422, "process"),
        ({"process": "nothing", "title": "x"}, 422, "process"),
        ({"process": "incident"}, 422, "title"),
        ({"process": "incident", "title": "x", "value": 4}, 422, "value"),
        ({"process": "incident", "title": "x", "rank": "a"}, 422, "rank"),
        ({"process": "incident", "title": "x", "increment": 9}, 422, "increment"),
        ({"process": "incident", "title": "x" * 251}, 422, "title"),
    ],
)
def test_what_does_not_fit_is_named(process, owner, sent, status, field):
    answer = owner.send(URL, sent)
    assert answer.status_code == status
    assert field in answer.json()["errors"]


def test_a_story_moves(write, owner):
    first, second = write("First"), write("Second")
    here = f"{URL}{second.number}/move/"
    assert owner.send(here, {"to": "top"}).status_code == 200
    assert list(Story.objects.order_by("rank")) == [second, first]
    assert owner.send(here, {"after": first.number}).json()["by_hand"] is True
    assert list(Story.objects.order_by("rank")) == [first, second]
    assert owner.send(here, {"before": "STO-999"}).status_code == 422
    assert owner.send(here, {}).status_code == 422


def test_a_key_is_worked_once(process, owner):
    sent = {"process": "incident", "title": "Once"}
    headers = {"Idempotency-Key": "one"}
    first = owner.send(URL, sent, **headers)
    assert owner.send(URL, sent, **headers).json() == first.json()
    assert Story.objects.count() == 1


def test_an_old_version_is_not_saved_over_a_newer_one(write, owner):
    here = f"{URL}{write().number}/"
    seen = owner.get(here)["ETag"]
    first = owner.send(here, {"points": 5}, "patch", **{"If-Match": seen})
    assert first.status_code == 200
    stale = owner.send(here, {"points": 8}, "patch", **{"If-Match": seen})
    assert stale.status_code == 412
    assert Story.objects.get().points == 5


def test_verbs_do_what_the_page_does(cast, write, owner):
    story, other = write("Whole"), write("Other")
    here = f"{URL}{story.number}/"
    ticket = an_incident(cast)
    owner.send(f"{here}criterion/", {"text": "It is shorter"})
    pk = story.criteria.get().pk
    met = owner.send(f"{here}meet/", {"id": pk, "met": True}).json()
    assert met["criteria"][0]["met_by"] == "dana@demo.example"
    assert owner.send(f"{here}evidence/", {"of": ticket.number}).status_code == 200
    assert story.evidence.get().subject_id == ticket.pk
    assert owner.send(f"{here}comment/", {"body": "Why?"}).status_code == 200
    link = {"kind": "depends_on", "target": other.number}
    assert owner.send(f"{here}link/", link).status_code == 200
    parts = {"parts": [{"title": "One"}, {"title": "Two", "points": 2}]}
    assert owner.send(f"{here}split/", parts).json()["state"] == "dropped"
    one, two = Story.objects.order_by("pk")[2:]
    assert one.evidence.get().subject_id == ticket.pk
    assert two.links.get().target == story
    merge = owner.send(f"{URL}{one.number}/merge/", {"into": two.number})
    assert merge.json()["dropped_why"] == f"Merged into {two.number}"
    assert owner.send(f"{here}restore/").json()["state"] == "open"
    assert owner.send(f"{here}drop/", {"why": "No"}).json()["state"] == "dropped"
    conflict = owner.send(here, {"points": 3}, "patch")
    assert (conflict.status_code, conflict.json()["allowed"]) == (409, ["restore"])


@pytest.mark.parametrize(("name", "status"), [("alice", 403), ("carol", 404)])
def test_others_do_not_change_a_story(cast, write, name, status):
    here = f"{URL}{write().number}/"
    caller = Caller(getattr(cast, name))
    assert caller.send(here, {"points": 3}, "patch").status_code == status
    assert caller.send(f"{here}move/", {"to": "top"}).status_code == status
    assert caller.send(f"{here}drop/").status_code == status


def test_an_idea_is_given_by_anybody_and_answered_by_the_team(cast, process, owner):
    carol, mallory = Caller(cast.carol), Caller(cast.mallory)
    ticket = an_incident(cast)
    sent = {"process": "incident", "text": "Shorter forms", "about": ticket.number}
    told = carol.send("/api/v1/ideas/", sent)
    assert told.status_code == 201
    here = f"/api/v1/ideas/{told.json()['id']}/"
    assert mallory.get(here).status_code == 404
    assert mallory.send("/api/v1/ideas/", sent).status_code == 422
    assert carol.send(f"{here}take/").status_code == 403
    taken = owner.send(f"{here}take/", {"answer": "Good"}).json()
    story = Story.objects.get()
    assert (taken["state"], taken["story"]) == ("taken", story.number)
    assert story.evidence.get().subject_id == ticket.pk
    assert owner.send(f"{here}decline/", {"answer": "No"}).status_code == 409
    assert carol.get(here).json()["answer"] == "Good"
    assert Idea.objects.get().story == story


def test_a_list_costs_the_same_for_5_and_for_50_stories(
    write, owner, django_assert_max_num_queries
):
    def cost():
        with django_assert_max_num_queries(40) as seen:
            assert owner.get(f"{URL}?limit=200").status_code == 200
        return len(seen.captured_queries)

    for n in range(5):
        write(f"Story {n}", criteria=["One", "Two"])
    few = cost()
    for n in range(45):
        write(f"More {n}", criteria=["One"])
    assert cost() == few
