"""Sprints, boards and impediments over REST, exactly as the contract says."""

import pytest

from backlog.sprints import queries
from backlog.sprints.models import Sprint
from tests.backlog.sprints.sprinting import a_sprint, a_story, a_team, running
from tests.factories import a_token, as_

API = "/api/v1/sprints/"


def rest(person, method, path, data=None):
    send = getattr(as_(person), method)
    more = {} if method == "get" else {"content_type": "application/json"}
    headers = {"HTTP_AUTHORIZATION": f"Bearer {a_token(person)}"}
    return send(path, data or {}, **more, **headers)


def make(person, **more):
    given = {
        "process": "incident",
        "goal": "Nobody waits for a password",
        "starts_on": "2026-03-02",
        "ends_on": "2026-03-13",
    } | more
    return rest(person, "post", API, given)


def verb(person, pk, name, data=None):
    return rest(person, "post", f"{API}{pk}/{name}/", data)


def test_a_whole_sprint_over_rest(cast):
    a_team(cast)
    one, two = a_story(cast), a_story(cast)
    made = make(cast.dana)
    assert made.status_code == 201, made.content
    pk = made.json()["id"]
    answer = verb(cast.alice, pk, "add", {"stories": [one.number, two.number]})
    assert answer.json()["stories"] == [one.number, two.number]
    assert verb(cast.alice, pk, "start").json()["state"] == "running"
    days = rest(cast.bob, "get", f"{API}{pk}/burndown/").json()["days"]
    assert [set(d) for d in days] == [{"date", "forecast", "scope", "done"}]
    assert days[0]["forecast"] == 6
    moved = rest(
        cast.bob, "post", f"/api/v1/stories/{one.number}/column/", {"column": "done"}
    )
    assert moved.json()["state"] == "done"
    no = verb(cast.alice, pk, "close", {})
    assert no.status_code == 422
    assert set(no.json()["errors"]) == {two.number}
    closed = verb(cast.alice, pk, "close", {"to": {two.number: "backlog"}})
    assert (closed.status_code, closed.json()["state"]) == (200, "closed")
    assert closed.json()["done"] == [one.number]
    assert closed.json()["stories"] == [one.number, two.number]


def test_a_story_goes_to_the_next_sprint(cast):
    story = a_story(cast)
    sprint, then = running(cast, story), a_sprint(cast, start=14)
    verb(cast.dana, sprint.pk, "close", {"to": {story.number: "next"}})
    answer = rest(cast.dana, "get", f"{API}{then.pk}/")
    assert answer.json()["stories"] == [story.number]


def test_a_story_is_taken_out(cast):
    story = a_story(cast)
    sprint = running(cast, story)
    answer = verb(cast.dana, sprint.pk, "remove", {"stories": [story.number]})
    assert (answer.json()["stories"], answer.json()["forecast"]) == ([], [])


def test_only_the_owner_cancels_and_needs_no_body(cast):
    sprint = running(cast)
    assert verb(cast.alice, sprint.pk, "cancel").status_code == 403
    answer = verb(cast.dana, sprint.pk, "cancel")
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"process": "nowhere"}, "process"),
        ({"goal": ""}, "goal"),
        ({"ends_on": "2026-03-02"}, "ends_on"),
        ({"ends_on": "soon"}, "ends_on"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_planned_says_which_field(cast, data, field):
    a_team(cast)
    answer = make(cast.dana, **data)
    assert answer.status_code == 422
    assert field in answer.json()["errors"]
    assert not Sprint.objects.exists()


@pytest.mark.parametrize(
    "data",
    [{}, {"stories": "STO-1"}, {"stories": ["STO-999999"]}, {"stories": [None, {}]}],
)
def test_what_cannot_be_added_is_refused(cast, data):
    sprint = a_sprint(cast)
    assert verb(cast.dana, sprint.pk, "add", data).status_code == 422


@pytest.mark.parametrize(
    "to", [[], {"STO-1": 1}, {"STO-999999": "backlog"}, {"x": "backlog"}]
)
def test_places_that_make_no_sense_are_refused(cast, to):
    sprint = running(cast, a_story(cast))
    assert verb(cast.dana, sprint.pk, "close", {"to": to}).status_code == 422


def test_who_sees_and_who_may(cast):
    sprint = running(cast)
    seen = {n: rest(cast.people[n], "get", f"{API}{sprint.pk}/").status_code
            for n in ("dana", "bob", "erin", "grace", "carol", "mallory")}  # fmt: skip
    assert seen == {"dana": 200, "bob": 200, "erin": 200, "grace": 200,
                    "carol": 404, "mallory": 404}  # fmt: skip
    assert verb(cast.erin, sprint.pk, "close").status_code == 403
    assert verb(cast.mallory, sprint.pk, "close").status_code == 404
    assert rest(cast.carol, "get", API).json()["results"] == []


def test_a_wrong_state_lists_what_is_possible(cast):
    sprint = running(cast)
    answer = verb(cast.dana, sprint.pk, "start")
    assert answer.status_code == 409
    assert answer.json()["allowed"] == ["add", "remove", "close", "cancel"]


def test_a_goal_is_changed_over_rest(cast):
    sprint = a_sprint(cast)
    answer = rest(cast.alice, "patch", f"{API}{sprint.pk}/", {"obstacle": "The form"})
    assert answer.json()["obstacle"] == "The form"


def test_a_list_costs_the_same_for_one_and_for_many(cast, django_assert_num_queries):
    for n in range(3):
        a_sprint(cast, a_story(cast), a_story(cast), start=14 * n)
    with django_assert_num_queries(2):
        rows = [r.held.all()[0].story for r in queries.with_stories(cast.bob)]
    assert len(rows) == 3


def test_a_card_is_blocked_and_a_full_column_answers_409(cast):
    from backlog.profile.models import Profile

    one, two = a_story(cast), a_story(cast)
    sprint = running(cast, one, two)
    profile = Profile.objects.get(process=sprint.process)
    profile.columns[1]["limit"] = 1
    profile.save()
    path = "/api/v1/stories/{}/{}/"
    go = {"column": "doing"}
    rest(cast.bob, "post", path.format(one.number, "column"), go)
    no = rest(cast.bob, "post", path.format(two.number, "column"), go)
    assert no.status_code == 409
    yes = rest(
        cast.bob, "post", path.format(two.number, "column"), {**go, "because": "Audit"}
    )
    assert yes.status_code == 200
    why = {"why": "Waits for the supplier"}
    blocked = rest(cast.bob, "post", path.format(one.number, "block"), why)
    assert blocked.json()["blocked"] == "Waits for the supplier"
    free = rest(cast.bob, "post", path.format(one.number, "unblock"))
    assert free.json()["blocked"] == ""


def test_an_impediment_is_raised_owned_and_resolved(cast):
    story = a_story(cast)
    sprint = running(cast, story)
    made = rest(
        cast.bob,
        "post",
        "/api/v1/impediments/",
        {
            "process": "incident",
            "sprint": sprint.pk,
            "story": story.number,
            "text": "The test system is down",
        },
    )
    assert made.status_code == 201, made.content
    one = f"/api/v1/impediments/{made.json()['id']}/"
    owned = rest(
        cast.bob, "patch", one, {"owner": "dana@demo.example", "needs_help": True}
    )
    assert owned.json()["owner"] == "dana@demo.example"
    gone = rest(cast.dana, "post", f"{one}resolve/", {"how": "It was restarted"})
    assert gone.json()["resolved_at"]
    again = rest(cast.dana, "post", f"{one}resolve/", {"how": "Twice"})
    assert again.status_code == 409
    path = "/api/v1/impediments/?open=true"
    assert rest(cast.bob, "get", path).json()["results"] == []
