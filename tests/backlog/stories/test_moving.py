"""A story moves in the rank: one row is written, and exceptions are marked."""

import pytest

from backlog.stories import actions
from backlog.stories.models import Story
from backlog.stories.queries import backlog_of
from core.errors import Forbidden, Invalid
from core.models import Event
from tests.factories import later


@pytest.fixture
def four(write):
    return {name: write(name) for name in "ABCD"}


def order(process, user):
    return "".join(backlog_of(process, user).values_list("title", flat=True))


@pytest.mark.parametrize(
    ("moved", "where", "result"),
    [
        ("C", {"to": "top"}, "CABD"),
        ("B", {"to": "bottom"}, "ACDB"),
        ("D", {"before": "B"}, "ADBC"),
        ("A", {"after": "C"}, "BCAD"),
        ("A", {"to": "top"}, "ABCD"),
        ("B", {"before": "C"}, "ABCD"),
    ],
)
def test_a_story_goes_where_it_is_sent(process, four, dana, moved, where, result):
    place = {k: four[v] if k != "to" else v for k, v in where.items()}
    ranks = dict(Story.objects.values_list("title", "rank"))
    actions.move_story(story=four[moved], by=dana, at=later(1), **place)
    assert order(process, dana) == result
    changed = {
        title
        for title, rank in Story.objects.values_list("title", "rank")
        if rank != ranks[title]
    }
    assert changed <= {moved}


def test_a_move_by_hand_is_an_exception_until_it_goes_back(process, write, dana):
    low = write("low", (1, 1, 1, 3))
    write("high", (20, 20, 20, 1))
    moved = actions.move_story(story=low, by=dana, at=later(1), to="top")
    assert moved.by_hand
    given = {"value": 2}
    actions.edit_story(story=low, by=dana, at=later(2), given=given)
    assert order(process, dana) == "lowhigh"
    back = actions.move_story(story=low, by=dana, at=later(3), to="place")
    assert not back.by_hand
    assert order(process, dana) == "highlow"
    kinds = Event.objects.filter(kind="story.move").order_by("id")
    assert [e.changes["by_hand"] for e in kinds] == [[False, True], [True, False]]


def test_a_move_that_changes_nothing_says_nothing(four, dana):
    actions.move_story(story=four["A"], by=dana, at=later(1), to="top")
    count = Event.objects.count()
    actions.move_story(story=four["A"], by=dana, at=later(2), to="top")
    assert Event.objects.count() == count


def test_places_that_make_no_sense_are_refused(cast, four, dana):
    elsewhere = actions.create_story(
        process=cast.processes["change"], by=dana, at=later(1), title="Else"
    )
    for where in (
        *({}, {"to": "middle"}, {"to": "top", "before": four["A"]}),
        *({"before": four["B"]}, {"after": elsewhere}),
    ):
        with pytest.raises(Invalid):
            actions.move_story(story=four["B"], by=dana, at=later(2), **where)


def test_only_owner_and_team_rank(cast, four):
    for name in ("alice", "carol"):
        with pytest.raises(Forbidden):
            actions.move_story(
                story=four["B"], by=getattr(cast, name), at=later(1), to="top"
            )
