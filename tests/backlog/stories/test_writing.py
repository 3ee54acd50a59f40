"""Stories are written and changed, and stand where their WSJF puts them."""

from datetime import timedelta
from decimal import Decimal

import pytest

from backlog.profile.models import Profile
from backlog.sprints.models import Sprint
from backlog.stories import actions
from backlog.stories.models import Story
from backlog.stories.queries import backlog_of
from core.errors import Forbidden, Invalid, WrongState
from core.models import Event
from tests.cast import AT
from tests.factories import later


def titles(process, user):
    return list(backlog_of(process, user).values_list("title", flat=True))


def test_a_story_without_numbers_goes_to_the_end(process, write, dana):
    write("First")
    write("Second")
    assert titles(process, dana) == ["First", "Second"]


def test_cost_of_delay_for_its_size_says_where_a_story_stands(process, write, dana):
    write("Nothing said")
    low = write("Low", (1, 1, 1, 3))
    write("High", (20, 13, 8, 2))
    write("Middle", (8, 5, 3, 5))
    write("As low as Low", (1, 1, 1, 3))
    assert low.wsjf == Decimal("1.00")
    assert titles(process, dana) == [
        *("High", "Middle", "Low", "As low as Low", "Nothing said")
    ]


def test_a_number_that_changes_takes_the_story_to_its_place_by_one_row(
    process, write, dana
):
    first, second = write("First", (8, 5, 3, 2)), write("Second", (3, 2, 1, 2))
    ranks = dict(Story.objects.exclude(pk=second.pk).values_list("pk", "rank"))
    given = {"value": 20}
    actions.edit_story(story=second, by=dana, at=later(1), given=given)
    assert titles(process, dana) == ["Second", "First"]
    assert Story.objects.get(pk=first.pk).rank == ranks[first.pk]
    event = Event.objects.filter(kind="story.edit").latest("id")
    assert event.changes["wsjf"] == [3.0, 11.5]
    assert event.changes["value"] == [3, 20]
    assert "rank" in event.changes


def test_in_an_order_by_hand_numbers_move_nothing(process, write, dana):
    Profile.objects.create(process=process, order=Profile.Order.HAND)
    write("First")
    write("Worth more", (20, 20, 20, 1))
    assert titles(process, dana) == ["First", "Worth more"]


def test_the_log_keeps_no_typed_text_and_every_wording_stays_readable(write, dana):
    story = write("Old words")
    given = {"title": "New words", "notes": "Secret"}
    actions.edit_story(story=story, by=dana, at=later(1), given=given)
    told = str([e.changes for e in Event.objects.filter(subject_type="story")])
    assert "words" not in told
    assert "Secret" not in told


def test_points_that_change_in_a_running_sprint_are_told_to_the_sprint(
    process, write, dana
):
    sprint = Sprint.objects.create(
        process=process,
        number=1,
        goal="Shorter forms",
        starts_on=AT.date(),
        ends_on=AT.date() + timedelta(days=14),
        state=Sprint.State.RUNNING,
        created_at=AT,
    )
    story = write(points=3)
    Story.objects.filter(pk=story.pk).update(sprint=sprint)
    actions.edit_story(story=story, by=dana, at=later(1), given={"points": 8})
    told = Event.objects.get(kind="sprint.estimate")
    assert told.changes == {"story": [None, story.pk], "points": [3, 8]}
    assert (told.subject_type, told.subject_id) == ("sprint", sprint.pk)


@pytest.mark.parametrize(
    "given",
    [
        {"title": " "},
        {"title": "x" * 251},
        {"value": 4},
        {"points": 0},
        {"rank": "a"},
        {"state": "done"},
    ],
)
def test_what_does_not_fit_is_refused(write, dana, given):
    story = write()
    with pytest.raises(Invalid):
        actions.edit_story(story=story, by=dana, at=later(1), given=given)


def test_an_increment_of_another_process_is_refused(cast, write):
    from backlog.increments.models import Increment

    other = Increment.objects.create(
        process=cast.processes["change"], number=1, name="Else", created_at=AT
    )
    with pytest.raises(Invalid):
        write(increment=other)


@pytest.mark.parametrize("name", ["alice", "carol", "mallory"])
def test_only_the_owner_and_the_team_write(cast, process, name):
    with pytest.raises(Forbidden):
        actions.create_story(process=process, by=getattr(cast, name), at=AT, title="No")
    assert not Story.objects.exists()


def test_somebody_of_the_team_writes(cast, process):
    story = actions.create_story(
        process=process, by=cast.bob, at=AT, title="Yes", criteria=["It is shorter"]
    )
    assert story.criteria.get().text == "It is shorter"
    assert story.number == f"STO-{story.pk}"


def test_a_dropped_story_is_not_changed_until_it_is_back(write, dana):
    story = actions.drop_story(story=write(), by=dana, at=later(1), why="Elsewhere")
    assert story.dropped_why == "Elsewhere"
    with pytest.raises(WrongState):
        actions.edit_story(story=story, by=dana, at=later(2), given={"points": 3})
    actions.restore_story(story=story, by=dana, at=later(3))
    actions.edit_story(story=story, by=dana, at=later(4), given={"points": 3})
    assert Story.objects.get().state == Story.State.OPEN
