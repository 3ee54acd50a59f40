"""Capacity, daily scrum, review and retrospective over REST."""

import json

import pytest

from backlog.profile.models import Stakeholder
from backlog.sprints import retro_actions as retro
from backlog.sprints.models import RetroNote
from backlog.stories.models import Story
from core.models import Event, IdempotencyKey
from tests.backlog.sprints.sprinting import a_sprint, a_story, day, running
from tests.backlog.sprints.test_api import API, rest
from tests.factories import a_token, as_

BOBS, ALICES = "only bob knows this", "only alice knows this"


def get(person, sprint, part):
    return rest(person, "get", f"{API}{sprint.pk}/{part}/")


def post(person, sprint, part, data=None):
    return rest(person, "post", f"{API}{sprint.pk}/{part}/", data)


# capacity


def test_who_has_time_is_told_and_said(cast):
    sprint = a_sprint(cast)
    found = get(cast.bob, sprint, "capacity").json()
    assert found["people"][0] == {
        "user": "alice@demo.example",
        "days": 4.0,
        "proposed": 4.0,
        "away": 0,
    }
    answer = post(cast.alice, sprint, "capacity", {"days": {"bob@demo.example": 2.5}})
    assert (answer.status_code, answer.json()["days"]) == (200, 6.5)
    event = Event.objects.latest("id")
    assert (event.kind, event.actor_id) == ("sprint.edit", cast.alice.pk)


@pytest.mark.parametrize(
    "days",
    [[], {"erin@demo.example": 1}, {"bob@demo.example": 29}, {"bob@demo.example": "2"}],
)
def test_days_that_make_no_sense_are_refused(cast, days):
    sprint = a_sprint(cast)
    answer = post(cast.alice, sprint, "capacity", {"days": days})
    assert (answer.status_code, "days" in answer.json()["errors"]) == (422, True)
    assert not sprint.people.exists()


# daily scrum


def test_a_daily_is_said_and_read_by_day(cast):
    sprint = running(cast)
    said = post(cast.bob, sprint, "daily", {"today": "The form"}).json()
    mine = next(one for one in said["said"] if one["user"] == "bob@demo.example")
    assert (mine["today"], mine["yesterday"], mine["before"]) == ("The form", "", None)
    path = f"{API}{sprint.pk}/daily/?on=2020-01-01"
    before = rest(cast.erin, "get", path).json()
    assert before["on"] == "2020-01-01"
    assert not any(one["today"] for one in before["said"])
    assert rest(cast.erin, "get", path.replace("2020-01-01", "soon")).status_code == 400


def test_nothing_said_is_refused_over_rest_too(cast):
    answer = post(cast.bob, running(cast), "daily", {"today": " "})
    assert answer.status_code == 422


# review


def test_each_piece_is_given_and_answered(cast):
    done = a_story(cast)
    sprint = running(cast, done)
    rest(cast.bob, "post", f"/api/v1/stories/{done.number}/column/", {"column": "done"})
    words = {"text": "Clear", "said_by": "Head of payroll", "story": done.number}
    given = post(cast.erin, sprint, "review/feedback", words).json()
    assert given["made"][0]["stories"] == [{"number": done.number, "title": done.title}]
    [piece] = given["pieces"]
    assert (piece["by"], piece["said_by"], piece["story"]) == (
        *("erin@demo.example", "Head of payroll"),
        done.number,
    )
    answer = {"piece": piece["id"], "answer": "Thank you"}
    told = post(cast.alice, sprint, "review/answer", answer).json()["pieces"]
    assert told[0]["answered_by"] == "alice@demo.example"
    assert post(cast.alice, sprint, "review/answer", answer).status_code == 409


def test_a_piece_becomes_a_story_over_rest(cast):
    sprint = running(cast)
    [piece] = post(cast.erin, sprint, "review/feedback", {"text": "Ask less"}).json()[
        "pieces"
    ]
    data = {"piece": piece["id"], "title": "Ask less"}
    [told] = post(cast.dana, sprint, "review/story", data).json()["pieces"]
    assert Story.objects.get(title="Ask less").number == told["became"]


def test_a_stakeholder_reads_what_is_published_and_their_own_words(cast):
    open_, hidden = a_story(cast), a_story(cast)
    sprint = running(cast, open_, hidden)
    Story.objects.filter(pk=open_.pk).update(is_published=True)
    for story in (open_, hidden):
        card = f"/api/v1/stories/{story.number}/column/"
        rest(cast.bob, "post", card, {"column": "done"})
    Stakeholder.objects.create(process=sprint.process, user=cast.carol, name="Carol")
    post(cast.erin, sprint, "review/feedback", {"text": "For staff"})
    told = post(cast.carol, sprint, "review/feedback", {"text": "Good"}).json()
    assert [piece["text"] for piece in told["pieces"]] == ["Good"]
    numbers = [s["number"] for made in told["made"] for s in made["stories"]]
    assert numbers == [open_.number]
    passed_on = {"text": "Good", "said_by": "My boss"}
    no = post(cast.carol, sprint, "review/feedback", passed_on)
    assert list(no.json()["errors"]) == ["said_by"]
    assert post(cast.carol, sprint, "review/answer").status_code == 403
    assert get(cast.carol, sprint, "retro").status_code == 404
    assert get(cast.mallory, sprint, "review").status_code == 404


def test_feedback_on_a_story_of_another_sprint_is_refused(cast):
    elsewhere, sprint = a_story(cast), running(cast)
    words = {"text": "Clear", "story": elsewhere.number}
    answer = post(cast.erin, sprint, "review/feedback", words)
    assert "story" in answer.json()["errors"]


# retrospective


@pytest.fixture
def looking_back(cast):
    sprint = running(cast)
    begun = post(cast.alice, sprint, "retro/phase", {"phase": "write"})
    assert begun.json()["categories"] == ["start", "stop", "continue"]
    return sprint


def note(person, sprint, text="Ask once", secret=BOBS):
    data = {"category": "start", "text": text, "secret": secret}
    return post(person, sprint, "retro/note", data)


def go(cast, sprint, phase):
    return post(cast.alice, sprint, "retro/phase", {"phase": phase})


def test_a_whole_retrospective_over_rest(cast, looking_back):
    [mine] = note(cast.bob, looking_back).json()["notes"]
    [other] = note(cast.alice, looking_back, "Less asking", ALICES).json()["notes"]
    assert (mine["is_mine"], other["is_mine"]) == (True, True)
    go(cast, looking_back, "group")
    pair = {"note": other["id"], "under": mine["id"]}
    grouped = post(cast.bob, looking_back, "retro/group", pair).json()["notes"]
    assert [one["under"] for one in grouped] == [None, mine["id"]]
    go(cast, looking_back, "vote")
    votes = {"note": mine["id"], "n": 3}
    voted = post(cast.bob, looking_back, "retro/vote", votes).json()
    assert (voted["votes_left"], voted["notes"][0]["my_votes"]) == (2, 3)
    go(cast, looking_back, "act")
    action = {"note": mine["id"], "title": "Ask for the site once"}
    decided = post(cast.alice, looking_back, "retro/story", action).json()["notes"][0]
    story = Story.objects.get(title="Ask for the site once")
    assert (decided["votes"], decided["story"]) == (3, story.number)
    then = a_sprint(cast, start=14)
    assert get(cast.bob, then, "retro").json()["before"] == {
        "sprint": looking_back.pk,
        "actions": [{"text": "Ask once", "story": story.number, "state": "open"}],
    }


def test_notes_are_hidden_until_all_are_shown(cast, looking_back):
    note(cast.bob, looking_back, "Bobs")
    told = note(cast.alice, looking_back, "Alices", ALICES).json()
    assert [one["text"] for one in told["notes"]] == ["Alices"]
    for person in (cast.bob, cast.alice, cast.dana):
        found = get(person, looking_back, "retro").json()
        assert (found["notes"], found["count"]) == ([], 2)
    go(cast, looking_back, "group")
    assert len(get(cast.dana, looking_back, "retro").json()["notes"]) == 2


def test_a_note_is_taken_back_by_its_secret_alone(cast, looking_back):
    [mine] = note(cast.bob, looking_back).json()["notes"]
    data = {"note": mine["id"], "secret": ALICES}
    assert post(cast.bob, looking_back, "retro/take-back", data).status_code == 403
    data["secret"] = BOBS
    answer = post(cast.bob, looking_back, "retro/take-back", data)
    assert (answer.status_code, answer.json()["count"]) == (200, 0)


def test_votes_are_told_to_nobody_before_the_team_decides(cast, looking_back):
    for text in ("First", "Second"):
        note(cast.bob, looking_back, text)
    go(cast, looking_back, "vote")
    first, second = RetroNote.objects.order_by("pk")
    retro.vote(note=second, by=cast.bob, at=day(11), n=5)
    seen = get(cast.alice, looking_back, "retro").json()
    assert {(one["votes"], one["my_votes"]) for one in seen["notes"]} == {(None, 0)}
    assert [one["id"] for one in seen["notes"]] == [first.pk, second.pk]
    go(cast, looking_back, "act")
    shown = get(cast.alice, looking_back, "retro").json()["notes"]
    assert [(one["id"], one["votes"]) for one in shown] == [
        *((second.pk, 5), (first.pk, 0))
    ]


def test_nothing_that_is_kept_ties_a_note_to_who_wrote_it(cast, looking_back):
    """The log names nobody, no request and always one door; and no key is kept."""
    before = Event.objects.latest("id").pk
    headers = {
        "HTTP_AUTHORIZATION": f"Bearer {a_token(cast.bob)}",
        "HTTP_IDEMPOTENCY_KEY": "bobs-note",
    }
    data = {"category": "start", "text": "Ask once", "secret": BOBS}
    path = f"{API}{looking_back.pk}/retro/note/"
    answer = as_(cast.bob).post(path, data, content_type="application/json", **headers)
    assert answer.status_code == 200
    assert not IdempotencyKey.objects.exists()
    [event] = Event.objects.filter(pk__gt=before)
    assert (event.actor_id, event.door) == (None, "page")
    assert str(event.request_id) != answer["X-Request-ID"]
    kept = json.dumps(list(RetroNote.objects.values()), default=str)
    assert BOBS not in kept
    assert "bob" not in kept


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"category": "wind"}, "category"),
        ({"secret": "short"}, "secret"),
        ({"text": " "}, "text"),
        ({"by": "bob"}, "by"),
    ],
)
def test_a_note_that_makes_no_sense_is_refused(cast, looking_back, data, field):
    given = {"category": "start", "text": "Ask once", "secret": BOBS} | data
    answer = post(cast.bob, looking_back, "retro/note", given)
    assert field in answer.json()["errors"]
    assert not RetroNote.objects.exists()


def test_a_note_of_another_sprint_is_not_there(cast, looking_back):
    note(cast.bob, looking_back)
    then = a_sprint(cast, start=14)
    data = {"note": RetroNote.objects.get().pk, "n": 1}
    assert "note" in post(cast.bob, then, "retro/vote", data).json()["errors"]


@pytest.mark.parametrize("part", ["capacity", "daily", "retro/note", "retro/vote"])
def test_others_who_work_here_read_and_do_not_write(cast, looking_back, part):
    assert get(cast.erin, looking_back, part.split("/")[0]).status_code == 200
    assert post(cast.erin, looking_back, part, {}).status_code == 403
    assert post(cast.mallory, looking_back, part, {}).status_code == 404


def test_reading_costs_the_same_for_one_and_for_many(
    cast, looking_back, django_assert_max_num_queries
):
    for n in range(6):
        note(cast.bob, looking_back, f"Note {n}")
    token = {"HTTP_AUTHORIZATION": f"Bearer {a_token(cast.erin)}"}
    client = as_(cast.erin)
    for part, most in (("retro", 9), ("review", 9), ("daily", 9), ("capacity", 9)):
        client.get(f"{API}{looking_back.pk}/{part}/", **token)
        with django_assert_max_num_queries(most):
            client.get(f"{API}{looking_back.pk}/{part}/", **token)
