"""An increment is planned, filled, checked, decided on and released; by action, page
and program."""

from datetime import date

import pytest

from backlog.increments import actions
from backlog.increments.models import Increment
from backlog.profile.models import Profile, Stakeholder
from backlog.refining.map import actions as filling
from backlog.stories.models import Story
from core import slots
from core.models import Event
from tests.api.conftest import Api
from tests.cast import AT
from tests.factories import as_, later
from tests.itsm.checks import forbidden, invalid, wrong_state

DONE = ["Tried out by the service desk", "Notes are written"]


@pytest.fixture
def increment(cast, process):
    Profile.objects.update_or_create(process=process, defaults={"done": DONE})
    return actions.plan_increment(
        process=process, by=cast.bob, at=AT, name="Shorter form"
    )


@pytest.fixture
def filled(cast, increment, write):
    """With one finished story, and every sentence checked."""
    story = write()
    add(cast, increment, story)
    Story.objects.filter(pk=story.pk).update(state="done", done_at=later(1))
    for sentence in DONE:
        check(cast, increment, sentence)
    return increment


def add(cast, increment, *stories):
    return filling.add_stories(
        increment=increment, by=cast.bob, at=later(1), stories=list(stories)
    )


def check(cast, increment, sentence, holds=True):
    return actions.check_done(
        increment=increment, by=cast.bob, at=later(2), sentence=sentence, holds=holds
    )


def decide(increment, by, **how):
    given = {"how": "all"} | how
    return actions.decide(increment=increment, by=by, at=later(3), **given)


def release(increment, by):
    return actions.release(increment=increment, by=by, at=later(4))


def kinds():
    rows = Event.objects.filter(subject_type="increment").order_by("id")
    return list(rows.values_list("kind", flat=True))


def test_numbers_and_rows_of_the_map_count_up_in_a_process(cast, process, increment):
    other = actions.plan_increment(process=process, by=cast.dana, at=AT, name="Next")
    assert [(i.number, i.position) for i in (increment, other)] == [(1, 0), (2, 1)]
    actions.move_increment(increment=other, by=cast.bob, at=later(1), to=0)
    order = process.increments.order_by("position").values_list("name", flat=True)
    assert list(order) == ["Next", "Shorter form"]


@pytest.mark.parametrize("name", ["alice", "carol", "mallory"])
def test_others_plan_none(cast, process, name):
    with forbidden():
        actions.plan_increment(process=process, by=cast.people[name], at=AT, name="x")


def test_a_name_is_needed(cast, increment):
    with invalid() as caught:
        actions.edit_increment(
            increment=increment, by=cast.bob, at=later(1), given={"name": " "}
        )
    assert "name" in caught.value.errors


def test_stories_go_in_and_out_and_each_says_so_in_its_own_log(cast, increment, write):
    one, two = write("One"), write("Two")
    add(cast, increment, one, two)
    assert increment.stories.count() == 2
    one.refresh_from_db()
    filling.remove_stories(increment=increment, by=cast.bob, at=later(2), stories=[one])
    assert list(increment.stories.all()) == [two]
    event = Event.objects.filter(subject_type="story", subject_id=one.pk).latest("id")
    assert event.changes["increment"] == [increment.pk, None]


def test_a_story_that_is_not_in_it_is_not_taken_out(cast, increment, write):
    story = write()
    with invalid():
        filling.remove_stories(
            increment=increment, by=cast.bob, at=later(1), stories=[story]
        )


def test_the_definition_of_done_is_checked_sentence_by_sentence(cast, increment):
    checked = check(cast, increment, DONE[1])
    assert checked.checked == {DONE[1]: [cast.bob.pk, later(2).isoformat()]}
    event = Event.objects.latest("id")
    assert event.changes == {"line": [None, 1], "holds": [False, True]}
    assert check(cast, increment, DONE[1], holds=False).checked == {}


def test_only_what_the_definition_says_is_checked(cast, increment):
    with invalid() as caught:
        check(cast, increment, "Looks nice")
    assert "sentence" in caught.value.errors


@pytest.mark.parametrize("name", ["bob", "alice", "grace", "carol"])
def test_only_the_owner_decides_and_releases(cast, filled, name):
    with forbidden():
        decide(filled, cast.people[name])
    decide(filled, cast.dana)
    with forbidden():
        release(filled, cast.people[name])


def test_the_decision_says_when_how_and_to_whom(cast, increment):
    day = date(2026, 3, 9)
    decide(increment, cast.dana, how="pilot", to_whom="Second floor", release_on=day)
    increment.refresh_from_db()
    assert (increment.how, increment.to_whom) == ("pilot", "Second floor")
    assert (increment.release_on, increment.decided_by) == (day, cast.dana)
    assert "Second floor" not in str(Event.objects.latest("id").changes)


def test_a_pilot_needs_somebody(cast, increment):
    with invalid() as caught:
        decide(increment, cast.dana, how="pilot")
    assert "to_whom" in caught.value.errors


def test_a_decision_may_be_made_anew(cast, increment):
    decide(increment, cast.dana)
    decide(increment, cast.dana, how="teams", to_whom="Desk, then the rest")
    increment.refresh_from_db()
    assert (increment.state, increment.how) == ("decided", "teams")
    decided = Event.objects.filter(kind="increment.decide")
    assert decided.count() == 2


def test_released_when_decided_finished_and_checked(cast, filled):
    with wrong_state():
        release(filled, cast.dana)  # nobody decided
    decide(filled, cast.dana)
    done = release(filled, cast.dana)
    assert (done.state, done.released_at) == ("released", later(4))
    assert kinds()[-2:] == ["increment.decide", "increment.release"]
    with wrong_state():
        release(filled, cast.dana)


def test_an_unfinished_story_holds_it_back_and_is_named(cast, filled, write):
    late = write("Late")
    add(cast, filled, late)
    decide(filled, cast.dana)
    with wrong_state() as caught:
        release(filled, cast.dana)
    assert late.number in caught.value.detail


def test_a_dropped_story_holds_nothing_back(cast, filled, write):
    gone = write("Gone")
    add(cast, filled, gone)
    Story.objects.filter(pk=gone.pk).update(state="dropped")
    decide(filled, cast.dana)
    assert release(filled, cast.dana).released_at


def test_an_unchecked_sentence_holds_it_back_and_is_named(cast, filled):
    check(cast, filled, DONE[0], holds=False)
    decide(filled, cast.dana)
    with wrong_state() as caught:
        release(filled, cast.dana)
    assert DONE[0] in caught.value.detail


def test_an_empty_one_is_not_released(cast, increment):
    decide(increment, cast.dana)
    with wrong_state():
        release(increment, cast.dana)


def test_what_was_released_keeps_its_stories_and_its_checks(cast, filled, process):
    decide(filled, cast.dana)
    release(filled, cast.dana)
    story = filled.stories.get()
    with wrong_state():
        filling.place_story(story=story, by=cast.bob, at=later(5), increment=None)
    Profile.objects.filter(process=process).update(done=["Something else"])
    page = as_(cast.bob).get(f"/increments/{filled.pk}/").content.decode()
    assert DONE[0] in page
    assert "Something else" not in page


def test_dropping_lets_its_stories_go(cast, increment, write):
    story = write()
    add(cast, increment, story)
    filling.drop_increment(increment=increment, by=cast.bob, at=later(5))
    story.refresh_from_db()
    increment.refresh_from_db()
    assert (story.increment_id, increment.state) == (None, "dropped")


def test_the_page_offers_the_release_to_the_owner_alone(cast, filled):
    url = f"/increments/{filled.pk}/"
    assert f"{url}decide/" in as_(cast.dana).get(url).content.decode()
    assert f"{url}decide/" not in as_(cast.bob).get(url).content.decode()
    assert as_(cast.carol).get(url).status_code == 404


def test_by_page_from_plan_to_release(cast, process, increment, write):
    dana = as_(cast.dana)
    made = dana.post("/backlog/incident/increments/new/", {"name": "By page"})
    one = Increment.objects.get(name="By page")
    assert made.url == f"/increments/{one.pk}/"
    story = write()
    dana.post(f"{made.url}add/", {"story": story.number})
    Story.objects.filter(pk=story.pk).update(state="done")
    for sentence in DONE:
        dana.post(f"{made.url}check/", {"sentence": sentence, "holds": "1"})
    refused = dana.post(f"{made.url}decide/", {"how": "teams"})
    assert refused.status_code == 422
    dana.post(f"{made.url}decide/", {"how": "all", "release_on": "2026-03-09"})
    dana.post(f"{made.url}release/")
    one.refresh_from_db()
    assert one.state == "released"
    listed = dana.get("/backlog/incident/increments/").content.decode()
    assert "By page" in listed


def test_a_refusal_stands_on_the_page(cast, increment):
    decide(increment, cast.dana)
    answer = as_(cast.dana).post(f"/increments/{increment.pk}/release/")
    assert answer.status_code == 409
    assert "It holds no story yet." in answer.content.decode()


def test_stakeholders_see_what_is_to_be_released(cast, process, increment):
    Stakeholder.objects.create(process=process, user=cast.carol, name="Carol")
    url = f"increments/{increment.pk}/"
    assert Api(cast.carol).get(url).status_code == 404
    decide(increment, cast.dana)
    assert Api(cast.carol).get(url).status_code == 200
    assert as_(cast.carol).get(f"/{url}").status_code == 200
    assert Api(cast.mallory).get(url).status_code == 404


def test_the_same_over_rest(cast, process, increment, write):
    bob, dana = Api(cast.bob), Api(cast.dana)
    made = bob.post("increments/", {"process": "incident", "name": "By program"})
    assert made.status_code == 201, made.json()
    url, story = f"increments/{made.json()['id']}/", write()
    held = bob.post(f"{url}add/", {"stories": [story.number]})
    assert held.json()["stories"] == [story.number]
    assert (
        bob.post(f"{url}remove/", {"stories": [story.number]}).json()["stories"] == []
    )
    bob.post(f"{url}add/", {"stories": [story.number]})
    Story.objects.filter(pk=story.pk).update(state="done")
    for sentence in DONE:
        bob.post(f"{url}check/", {"sentence": sentence, "holds": True})
    assert bob.post(f"{url}decide/", {"how": "all"}).status_code == 403
    assert dana.post(f"{url}release/").status_code == 409
    decided = dana.post(f"{url}decide/", {"how": "all", "release_on": "2026-03-09"})
    assert decided.json()["decided_by"] == cast.dana.email
    released = dana.post(f"{url}release/")
    assert released.json()["state"] == "released", released.json()
    assert all(one["holds"] for one in released.json()["done"])


def test_over_rest_it_moves_on_the_map_and_is_dropped(cast, process, increment):
    bob = Api(cast.bob)
    two = bob.post("increments/", {"process": "incident", "name": "Two"}).json()
    moved = bob.patch(f"increments/{two['id']}/", {"position": 0, "notes": "Soon"})
    assert (moved.json()["position"], moved.json()["notes"]) == (0, "Soon")
    gone = bob.post(f"increments/{two['id']}/drop/").json()
    assert (gone["state"], gone["verbs"]) == ("dropped", [])
    listed = bob.get("increments/?process=incident&state=planned").json()["results"]
    assert [one["name"] for one in listed] == ["Shorter form"]


def test_a_number_that_is_none_is_said_with_its_field(cast, increment):
    answer = Api(cast.bob).post(
        f"increments/{increment.pk}/add/", {"stories": ["STO-999999"]}
    )
    assert answer.status_code == 422
    assert "stories" in answer.json()["errors"]


def test_upper_rooms_may_add_parts_to_its_page(cast, increment, monkeypatch):
    monkeypatch.setattr(slots, "_slots", dict(slots._slots))
    seen = []
    slots.fill("increment.parts", "test", lambda row, user: seen.append((row, user)))
    as_(cast.bob).get(f"/increments/{increment.pk}/")
    assert seen == [(increment, cast.bob)]
