"""The board: columns, work limits, what is blocked."""

import pytest

from backlog.profile.models import Profile
from backlog.sprints import board_actions as board
from backlog.sprints import queries
from backlog.standing import profile_of
from core.models import Event, TextVersion
from tests.backlog.sprints.sprinting import (
    a_sprint,
    a_story,
    day,
    invalid,
    kinds,
    running,
    told,
)
from tests.itsm.checks import forbidden, wrong_state


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def limit(cast, column, n):
    profile = Profile.objects.get(process=cast.processes["incident"])
    for one in profile.columns:
        if one["slug"] == column:
            one["limit"] = n
    profile.save()


def test_the_state_follows_the_column(cast):
    story = a_story(cast)
    running(cast, story)
    states = []
    for n, column in enumerate(("doing", "verifying", "done", "todo")):
        board.set_column(story=story, by=cast.bob, at=day(n + 1), column=column)
        states.append(fresh(story).state)
    assert states == ["doing", "doing", "done", "open"]
    assert fresh(story).done_at is None


def test_the_sprint_is_told_what_is_done_and_what_is_not_any_more(cast):
    story = a_story(cast, points=5)
    sprint = running(cast, story)
    board.set_column(story=story, by=cast.bob, at=day(1), column="done")
    board.set_column(story=story, by=cast.bob, at=day(2), column="verifying")
    assert kinds(sprint)[-2:] == ["done", "undone"]
    assert told(sprint)[-1].changes == {"stories": [{str(story.pk): 5}, None]}
    assert sprint.held.get().done_at is None


def test_a_move_to_where_it_stands_changes_nothing(cast):
    story = a_story(cast)
    running(cast, story)
    board.set_column(story=story, by=cast.bob, at=day(1), column="todo")
    assert not Event.objects.filter(kind="story.column").exists()


def test_a_full_column_says_no_and_takes_it_for_a_reason(cast):
    first, second = a_story(cast), a_story(cast)
    running(cast, first, second)
    limit(cast, "doing", 1)
    board.set_column(story=first, by=cast.bob, at=day(1), column="doing")
    with wrong_state() as no:
        board.set_column(story=second, by=cast.bob, at=day(1), column="doing")
    assert "limit" in no.value.detail
    assert fresh(second).column == "todo"
    board.set_column(
        story=second, by=cast.bob, at=day(1), column="doing", because="Audit today"
    )
    assert fresh(second).column == "doing"
    event = Event.objects.filter(kind="story.column").latest("id")
    kept = TextVersion.objects.get(pk=event.changes["over_limit"][1])
    assert kept.body == "Audit today"
    assert "Audit" not in str(event.changes)


def test_moving_within_its_own_full_column_is_no_new_work(cast):
    story = a_story(cast)
    running(cast, story)
    limit(cast, "doing", 1)
    board.set_column(story=story, by=cast.bob, at=day(1), column="doing")
    board.set_column(story=story, by=cast.bob, at=day(1), column="verifying")
    board.set_column(story=story, by=cast.bob, at=day(1), column="doing")
    assert fresh(story).column == "doing"


def test_a_column_that_is_not_there_is_refused(cast):
    story = a_story(cast)
    running(cast, story)
    with invalid("column"):
        board.set_column(story=story, by=cast.bob, at=day(1), column="limbo")


def test_only_a_running_sprint_has_a_board_to_move_on(cast):
    story = a_story(cast)
    a_sprint(cast, story)
    with wrong_state():
        board.set_column(story=story, by=cast.bob, at=day(1), column="doing")


@pytest.mark.parametrize("name", ["erin", "grace", "carol", "mallory"])
def test_only_the_team_moves_cards(cast, name):
    story = a_story(cast)
    running(cast, story)
    with forbidden():
        board.set_column(story=story, by=cast.people[name], at=day(1), column="doing")


def test_a_story_is_blocked_for_a_reason_and_free_again(cast):
    story = a_story(cast)
    running(cast, story)
    board.block(story=story, by=cast.bob, at=day(1), why="Waits for the supplier")
    assert (fresh(story).blocked, fresh(story).blocked_at) == (
        "Waits for the supplier",
        day(1),
    )
    assert "supplier" not in str(Event.objects.latest("id").changes)
    board.unblock(story=story, by=cast.bob, at=day(2))
    assert (fresh(story).blocked, fresh(story).blocked_at) == ("", None)
    with invalid("why"):
        board.block(story=story, by=cast.bob, at=day(3), why=" ")


def test_a_card_is_somebodys(cast):
    story = a_story(cast)
    running(cast, story)
    board.assign_on_board(story=story, by=cast.alice, at=day(1), to=cast.bob)
    assert fresh(story).assignee == cast.bob
    with invalid("assignee"):
        board.assign_on_board(story=story, by=cast.alice, at=day(1), to=cast.carol)


def test_lanes_are_by_person_and_hold_every_card_once(cast):
    mine, nobodys = a_story(cast, assignee=cast.bob), a_story(cast)
    sprint = running(cast, mine, nobodys)
    profile = profile_of(sprint.process)
    stories = queries.stories_of(sprint)
    columns, lanes = queries.board(stories, profile, by_person=True)
    assert [lane.person for lane in lanes] == [cast.bob, None]
    assert [lane.count for lane in lanes] == [1, 1]
    assert [len(column.cards) for column in columns] == [2, 0, 0, 0]


def test_a_card_whose_column_is_gone_stands_where_its_state_belongs(cast):
    story = a_story(cast)
    sprint = running(cast, story)
    board.set_column(story=story, by=cast.bob, at=day(1), column="verifying")
    profile = profile_of(sprint.process)
    profile.columns = [c for c in profile.columns if c["slug"] != "verifying"]
    columns, _lanes = queries.board(
        queries.stories_of(sprint), profile, by_person=False
    )
    assert [len(c.cards) for c in columns if c.slug == "doing"] == [1]


def test_a_board_of_a_hundred_costs_what_a_board_of_one_does(
    cast, django_assert_num_queries
):
    sprint = running(cast, *(a_story(cast, assignee=cast.bob) for _n in range(30)))
    with django_assert_num_queries(1):
        stories = queries.stories_of(sprint)
        profile = Profile(process=sprint.process)
        queries.board(stories, profile, by_person=True)
    assert len(stories) == 30
