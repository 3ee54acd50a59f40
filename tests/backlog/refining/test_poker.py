"""Estimates are hidden until they are revealed, on every way there is."""

import pytest

from backlog.profile.models import Member, Profile
from backlog.refining.models import PokerRound
from backlog.refining.poker import actions
from backlog.refining.poker.queries import table_of, waiting_for
from core.models import Event
from tests.api.conftest import Api
from tests.factories import as_, later
from tests.itsm.checks import forbidden, invalid, wrong_state


@pytest.fixture
def story(cast, process, write):
    Member.objects.create(process=process, user=cast.erin)
    return write("Ask for the site only once")


def do(verb, story, by, minute=1, **given):
    return getattr(actions, verb)(story=story, by=by, at=later(minute), **given)


@pytest.fixture
def voted(cast, story):
    """Bob says 3 for a secret reason, Erin 13; Dana has not voted."""
    do("open_round", story, cast.dana)
    do("vote", story, cast.bob, points=3, why="Only a hidden default")
    do("vote", story, cast.erin, points=13, why="Every form has its own")
    return story


def test_before_it_is_revealed_one_sees_who_and_never_what(cast, voted):
    for person in (cast.dana, cast.bob, cast.alice):
        table = table_of(voted, person)
        assert [one.name for one in table.voted] == ["Bob", "Erin"]
        assert [one.name for one in table.missing] == ["Dana"]
        assert (table.heaps, table.lowest, table.suggested) == ((), None, None)
    assert table_of(voted, cast.bob).mine.points == 3
    assert table_of(voted, cast.dana).mine is None


def test_nothing_hidden_stands_in_the_page_or_in_an_answer(cast, voted):
    url = f"/backlog/incident/refine/poker/{voted.number}/"
    page = as_(cast.erin).get(url).content.decode()
    assert "Only a hidden default" not in page
    assert "Every form has its own" in page  # one's own
    told = Api(cast.dana).get(f"stories/{voted.number}/poker/")
    assert told.json()["votes"] is None
    assert told.json()["state"] == "voting"
    text = told.content.decode()
    assert "hidden default" not in text
    assert '"points"' not in text


def test_nothing_hidden_stands_in_the_log(cast, voted):
    rows = Event.objects.filter(kind="story.poker").values_list("changes", flat=True)
    assert {"step": [None, "vote"], "round": [None, 1]} in rows
    assert all(set(changes) == {"step", "round"} for changes in rows)


def test_one_may_think_again_until_it_is_revealed(cast, voted):
    do("vote", voted, cast.bob, points=5)
    do("reveal", voted, cast.dana)
    assert {h.points: len(h.votes) for h in table_of(voted, cast.dana).heaps} == {
        5: 1,
        13: 1,
    }
    with wrong_state():
        do("vote", voted, cast.bob, points=8)


def test_revealed_it_shows_the_spread_with_reasons(cast, voted):
    do("vote", voted, cast.dana, points=None, why="Never saw that form")
    do("reveal", voted, cast.dana)
    table = table_of(voted, cast.alice)
    assert (table.lowest, table.highest, table.agrees) == (3, 13, False)
    assert [heap.word for heap in table.heaps] == ["3", "13", "?"]
    page = as_(cast.alice).get(f"/backlog/incident/refine/poker/{voted.number}/")
    assert "Only a hidden default" in page.content.decode()


def test_an_empty_round_is_not_revealed(cast, story):
    do("open_round", story, cast.dana)
    with wrong_state():
        do("reveal", story, cast.dana)


def test_a_next_round_begins_hidden_and_the_former_one_is_kept(cast, voted):
    do("reveal", voted, cast.dana)
    do("next_round", voted, cast.dana)
    table = table_of(voted, cast.bob)
    assert (table.number, table.state, table.mine) == (2, "voting", None)
    page = as_(cast.bob).get(f"/backlog/incident/refine/poker/{voted.number}/")
    assert "3 · 13" in page.content.decode()


def test_the_final_word_becomes_the_estimate(cast, voted):
    do("reveal", voted, cast.dana)
    story = do("settle", voted, cast.bob, points=8)
    assert story.points == 8
    event = Event.objects.latest("id")
    assert event.kind == "story.estimate"
    assert event.changes == {"points": [None, 8], "round": [None, 1]}
    assert table_of(voted, cast.bob).state == "closed"


def test_no_final_word_before_it_is_revealed(cast, voted):
    with wrong_state():
        do("settle", voted, cast.dana, points=8)


@pytest.mark.parametrize("points", [0, 4, 21, -1])
def test_what_is_not_on_the_scale_is_refused(cast, voted, points):
    with invalid() as caught:
        do("vote", voted, cast.dana, points=points)
    assert "points" in caught.value.errors


@pytest.mark.parametrize("name", ["alice", "grace", "carol", "mallory"])
def test_only_the_team_estimates(cast, story, name):
    person = cast.people[name]
    with forbidden():
        do("open_round", story, person)


def test_one_round_at_a_time(cast, voted):
    with wrong_state():
        do("open_round", voted, cast.bob)
    assert PokerRound.objects.filter(story=voted).count() == 1


def test_where_a_process_speaks_of_sizes_words_are_shown(cast, process, voted):
    Profile.objects.update_or_create(process=process, defaults={"estimates": "sizes"})
    do("reveal", voted, cast.dana)
    assert [heap.word for heap in table_of(voted, cast.dana).heaps] == ["M", "XL"]


def test_who_has_not_said_anything_is_asked(cast, process, voted):
    assert waiting_for(process, cast.dana) == [voted]
    assert waiting_for(process, cast.bob) == []


def test_by_page(cast, story):
    url = f"/backlog/incident/refine/poker/{story.number}/"
    dana, bob = as_(cast.dana), as_(cast.bob)
    dana.post(f"{url}open/")
    bob.post(f"{url}vote/", {"points": "5", "why": "As last time"})
    dana.post(f"{url}vote/", {"points": "?"})
    assert bob.post(f"{url}vote/", {"points": ""}).status_code == 422
    dana.post(f"{url}reveal/")
    assert "As last time" in dana.get(url).content.decode()
    dana.post(f"{url}remark/", {"body": "Then five it is"})
    assert "Then five it is" in bob.get(url).content.decode()
    dana.post(f"{url}final/", {"points": "5"})
    story.refresh_from_db()
    assert story.points == 5
    assert as_(cast.alice).post(f"{url}open/").status_code == 403
    assert as_(cast.carol).get(url).status_code == 403


def test_over_rest(cast, story):
    url = f"stories/{story.number}/poker/"
    dana, bob = Api(cast.dana), Api(cast.bob)
    assert bob.get(url).json()["state"] == "none"
    dana.post(f"{url}open/")
    told = bob.post(f"{url}vote/", {"points": 3, "why": "Small"}).json()
    assert told["mine"] == {"points": 3, "why": "Small"}
    dana.post(f"{url}vote/", {"points": None})
    shown = dana.post(f"{url}reveal/").json()
    assert {(v["user"], v["points"]) for v in shown["votes"]} == {
        (cast.bob.email, 3),
        (cast.dana.email, None),
    }
    assert dana.post(f"{url}next/").json()["round"] == 2
    bob.post(f"{url}vote/", {"points": 5})
    dana.post(f"{url}reveal/")
    assert dana.post(f"{url}final/", {"points": 5}).json()["final"] == 5
    assert bob.post(f"{url}vote/", {"points": 4}).status_code == 422
    assert bob.post(f"{url}vote/", {"points": 5}).status_code == 409
    assert Api(cast.alice).post(f"{url}open/").status_code == 403
    assert Api(cast.mallory).get(url).status_code == 404
