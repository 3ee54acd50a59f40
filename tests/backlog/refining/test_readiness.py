"""What is missing, stale, too large or said twice; it advises and never blocks."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backlog.profile.models import Profile, Stakeholder
from backlog.refining import readiness
from backlog.stories.actions import edit_story
from backlog.stories.models import Story, StoryLink
from tests.cast import AT
from tests.factories import as_, later

URL = "/backlog/incident/refine/"


@pytest.fixture
def profile(process):
    profile, _is_new = Profile.objects.update_or_create(
        process=process, defaults={"order": "hand", "ready": ["Somebody asked Carol"]}
    )
    return profile


@pytest.fixture
def whole(cast, process, profile, write):
    """A story that lacks nothing."""
    who = Stakeholder.objects.create(process=process, name="Service desk")

    def make(title="Fewer questions", **fields):
        given = {"points": 3, "stakeholder": who, "criteria": ["It holds"]} | fields
        return write(title, **given)

    return make


def found(cast, story, profile, at=AT):
    return [f.slug for f in readiness.of_story(story, cast.alice, profile, at)]


def test_a_story_that_lacks_nothing_is_ready(cast, process, profile, whole):
    story = whole()
    assert found(cast, story, profile) == []
    seen = readiness.overview(process, cast.alice, profile, AT)
    assert (seen.total, seen.ready) == (1, 1)


@pytest.mark.parametrize(
    ("fields", "slug"),
    [
        ({"criteria": []}, "criteria"),
        ({"points": None}, "points"),
        ({"stakeholder": None}, "stakeholder"),
        ({"points": 13}, "large"),
    ],
)
def test_each_thing_that_is_missing_is_said_alone(cast, profile, whole, fields, slug):
    assert found(cast, whole(**fields), profile) == [slug]


def test_large_begins_above_what_the_process_says(cast, profile, whole):
    story = whole(points=8)
    assert found(cast, story, profile) == []
    profile.large_over = 5
    assert found(cast, story, profile) == ["large"]


def test_untouched_for_longer_than_the_process_says_is_stale(cast, profile, whole):
    story = whole()
    profile.stale_days = 10
    assert found(cast, story, profile, AT + timedelta(days=10)) == []
    late = AT + timedelta(days=10, seconds=1)
    assert found(cast, story, profile, late) == ["stale"]
    edit_story(story=story, by=cast.dana, at=later(60), given={"notes": "Still so"})
    assert found(cast, story, profile, late) == []


def test_cost_of_delay_is_asked_for_where_it_ranks(cast, profile, whole):
    story = whole()
    profile.order = "wsjf"
    assert found(cast, story, profile) == ["wsjf"]


def test_what_a_sprint_holds_is_past_this(cast, process, profile, write):
    story = write()
    Story.objects.filter(pk=story.pk).update(state="done")
    assert readiness.overview(process, cast.alice, profile, AT).total == 0


def test_lines_come_in_rank_order_page_by_page(cast, process, profile, write):
    for n in range(readiness.PAGE + 3):
        write(f"Story {n}")
    first, onward = readiness.lines(process, cast.alice, profile, AT)
    rest, end = readiness.lines(process, cast.alice, profile, AT, after=onward)
    titles = [line.story.title for line in [*first, *rest]]
    assert titles == [f"Story {n}" for n in range(readiness.PAGE + 3)]
    assert (len(first), end) == (readiness.PAGE, "")


def test_titles_that_say_nearly_the_same_are_paired(cast, process, write):
    one = write("Ask for the cost centre only once")
    two = write("Ask for the cost centre just once")
    write("Train the night shift")
    pairs = readiness.duplicates(process, cast.alice)
    assert [(p.story, p.other) for p in pairs] == [(one, two)]
    assert pairs[0].percent >= 50


def test_dropped_stories_are_nobody_s_duplicate(cast, process, write):
    write("Ask for the cost centre only once")
    two = write("Ask for the cost centre just once")
    Story.objects.filter(pk=two.pk).update(state="dropped")
    assert readiness.duplicates(process, cast.alice) == []


def test_the_page_says_what_is_missing_and_what_to_do(cast, profile, write):
    story = write("Bare story")
    page = as_(cast.dana).get(URL).content.decode()
    assert "Bare story" in page
    assert f"{URL}poker/{story.number}/" in page
    assert "Somebody asked Carol" in page
    only = as_(cast.dana).get(f"{URL}?show=large").content.decode()
    assert "Bare story" not in only
    write("Bare storey")
    twice = as_(cast.dana).get(f"{URL}?show=same").content.decode()
    assert "Compare" in twice
    assert as_(cast.carol).get(URL).status_code == 403


def test_many_stories_cost_as_many_queries_as_few(cast, process, profile, write):
    def asked():
        client = as_(cast.bob)
        client.get(URL)
        with CaptureQueriesContext(connection) as caught:
            assert client.get(URL).status_code == 200
        return len(caught)

    write("One")
    few = asked()
    for n in range(60):
        write(f"Story {n}")
    assert asked() == few


def test_splitting_by_the_page_keeps_links_and_criteria(cast, process, whole):
    story = whole("Too much at once", points=13, criteria=["Desk", "Network"])
    url, dana = f"{URL}split/{story.number}/", as_(cast.dana)
    assert "Part 2" in dana.get(url).content.decode()
    sent = {
        "n": "3",
        "title-0": "For the desk",
        "criteria-0": "Desk",
        "title-1": "For the network",
        "criteria-1": "Network",
        "new-1": "At night as well",
        "points-1": "5",
    }
    again = dana.post(url, {**sent, "more": "1"}).content.decode()
    assert "Part 4" in again
    assert "For the desk" in again
    assert dana.post(url, sent).status_code == 302
    parts = Story.objects.filter(links__target=story).order_by("rank")
    assert [part.title for part in parts] == ["For the desk", "For the network"]
    texts = [[c.text for c in part.criteria.order_by("position")] for part in parts]
    assert texts == [["Desk"], ["Network", "At night as well"]]
    assert parts[1].points == 5
    story.refresh_from_db()
    assert story.state == "dropped"


def test_a_split_that_is_none_comes_back_with_what_was_typed(cast, whole):
    story = whole()
    sent = {"n": "2", "title-0": "Only one part", "title-1": ""}
    answer = as_(cast.dana).post(f"{URL}split/{story.number}/", sent)
    assert answer.status_code == 422
    assert "Only one part" in answer.content.decode()


def test_merging_by_the_page_keeps_links_and_takes_the_criteria(cast, process, whole):
    one = whole("Ask once", criteria=["Once"])
    two = whole("Ask only once", criteria=["Only once"])
    url, dana = f"{URL}merge/{two.number}/", as_(cast.dana)
    assert one.number in dana.get(url).content.decode()
    assert "stays" in dana.get(f"{url}?with={one.number}").content.decode()
    answer = dana.post(url, {"with": one.number, "stays": "other"})
    assert answer.url == f"/backlog/stories/{one.number}/"
    assert [c.text for c in one.criteria.order_by("position")] == ["Once", "Only once"]
    assert StoryLink.objects.get(source=two).target == one
    two.refresh_from_db()
    assert two.state == "dropped"


@pytest.mark.parametrize("page", ["split", "merge"])
def test_others_neither_split_nor_merge(cast, whole, page):
    url = f"{URL}{page}/{whole().number}/"
    assert as_(cast.alice).get(url).status_code == 403
    assert as_(cast.carol).get(url).status_code == 403
