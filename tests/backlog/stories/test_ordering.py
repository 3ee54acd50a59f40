"""A process turns to the order by WSJF, and back: who stands where afterwards."""

import pytest

from backlog.profile.actions import describe
from backlog.stories import actions
from backlog.stories.models import Story
from core.models import Event
from tests.cast import AT
from tests.factories import later
from tests.itsm.checks import forbidden


@pytest.fixture
def by_hand(cast, process):
    return describe(process=process, by=cast.dana, at=AT, order="hand")


@pytest.fixture
def three(by_hand, write):
    """The least worth stands on top; what was not weighed in between."""
    return [
        write("little", (1, 1, 1, 8)),
        write("unweighed"),
        write("much", (20, 20, 20, 1)),
    ]


def order(process):
    rows = Story.objects.filter(process=process).order_by("rank")
    return list(rows.values_list("title", flat=True))


def turn(process, by, to, minute=1):
    return describe(process=process, by=by, at=later(minute), order=to)


def moves():
    return Event.objects.filter(kind="story.move").order_by("id")


def test_turned_to_wsjf_stories_stand_by_it_and_what_is_unweighed_last(
    cast, process, three
):
    assert order(process) == ["little", "unweighed", "much"]
    ranks = set(Story.objects.values_list("rank", flat=True))
    turn(process, cast.bob, "wsjf")
    assert order(process) == ["much", "little", "unweighed"]
    assert set(Story.objects.values_list("rank", flat=True)) == ranks
    assert {e.subject_id for e in moves()} == {story.pk for story in three}
    assert {e.actor_id for e in moves()} == {cast.bob.pk}


def test_what_stood_right_is_not_moved_and_nothing_is_fresher_for_it(
    cast, process, by_hand, write
):
    write("much", (20, 20, 20, 1))
    write("little", (1, 1, 1, 8))
    later_one = write("middling", (8, 5, 3, 2))
    turn(process, cast.dana, "wsjf")
    assert order(process) == ["much", "middling", "little"]
    assert moves().count() == 2
    fresh = Story.objects.get(pk=later_one.pk)
    assert fresh.updated_at == later_one.updated_at


def test_turned_back_to_hand_nobody_moves(cast, process, three):
    turn(process, cast.dana, "wsjf")
    stood = dict(Story.objects.values_list("pk", "rank"))
    told = moves().count()
    turn(process, cast.dana, "hand", minute=2)
    assert dict(Story.objects.values_list("pk", "rank")) == stood
    assert moves().count() == told


def test_what_was_put_by_hand_keeps_its_place_through_both_turns(
    cast, process, three, write
):
    little = three[0]
    turn(process, cast.dana, "wsjf")
    actions.move_story(story=little, by=cast.dana, at=later(2), to="top")
    turn(process, cast.dana, "hand", minute=3)
    write("middling", (8, 5, 3, 2), at=later(4))
    assert order(process) == ["little", "much", "unweighed", "middling"]
    turn(process, cast.dana, "wsjf", minute=5)
    assert order(process) == ["little", "much", "middling", "unweighed"]
    assert Story.objects.get(pk=little.pk).by_hand


def test_what_is_done_or_dropped_stays_where_it_was(cast, process, three):
    little, _unweighed, much = three
    actions.drop_story(story=much, by=cast.dana, at=later(1))
    Story.objects.filter(pk=little.pk).update(state="done", done_at=later(1))
    turn(process, cast.dana, "wsjf", minute=2)
    assert order(process) == ["little", "unweighed", "much"]


def test_saying_another_habit_or_the_same_order_again_moves_nobody(
    cast, process, write
):
    write("little", (1, 1, 1, 8))
    much = write("much", (20, 20, 20, 1))
    actions.move_story(story=much, by=cast.dana, at=later(1), to="bottom")
    Story.objects.update(by_hand=False)
    turn(process, cast.dana, "wsjf", minute=2)
    describe(process=process, by=cast.dana, at=later(3), stale_days=30)
    assert order(process) == ["little", "much"]


def test_an_administrator_may_turn_it_too_and_others_may_not(cast, process, three):
    for user in (cast.alice, cast.carol):
        with forbidden():
            turn(process, user, "wsjf")
    assert order(process) == ["little", "unweighed", "much"]
    turn(process, cast.grace, "wsjf")
    assert order(process)[0] == "much"
