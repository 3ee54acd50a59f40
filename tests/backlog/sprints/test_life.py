"""A sprint is planned, filled, started, closed or cancelled."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from backlog.sprints import actions
from backlog.sprints import board_actions as board
from backlog.sprints import scope_actions as scope
from backlog.stories.models import Story
from core.errors import Invalid
from tests.backlog.sprints.sprinting import (
    MONDAY,
    a_sprint,
    a_story,
    a_team,
    day,
    invalid,
    kinds,
    running,
    told,
)
from tests.itsm.checks import forbidden, wrong_state


def fresh(row):
    return type(row).objects.get(pk=row.pk)


# planning


def test_sprints_are_numbered_within_their_process(cast):
    first, second = a_sprint(cast), a_sprint(cast, start=14)
    other = a_sprint(cast, process=cast.processes["change"])
    assert [first.number, second.number, other.number] == [1, 2, 1]


@pytest.mark.parametrize("days", [0, 3, 29, -1])
def test_a_sprint_takes_one_to_four_weeks(cast, days):
    a_team(cast)
    with invalid("ends_on"):
        a_sprint(cast, ends_on=MONDAY + timedelta(days=days))


@pytest.mark.parametrize("days", [4, 11, 28])
def test_one_two_and_four_weeks_are_possible(cast, days):
    assert a_sprint(cast, ends_on=MONDAY + timedelta(days=days)).state == "planned"


def test_a_sprint_has_a_goal(cast):
    a_team(cast)
    with invalid("goal"):
        a_sprint(cast, goal="  ")


@pytest.mark.parametrize(
    ("name", "may"),
    [("dana", True), ("alice", True), ("grace", True), ("erin", False),
     ("carol", False), ("mallory", False)],
)  # fmt: skip
def test_who_plans_a_sprint(cast, name, may):
    a_sprint(cast)  # makes the team
    given = {
        "process": cast.processes["incident"],
        "by": cast.people[name],
        "at": day(0),
        "goal": "Less waiting",
        "starts_on": date(2026, 4, 6),
        "ends_on": date(2026, 4, 17),
    }
    if may:
        assert actions.plan_sprint(**given).number == 2
    else:
        with forbidden():
            actions.plan_sprint(**given)


def test_the_log_holds_the_dates_and_never_the_goal(cast):
    event = told(a_sprint(cast))[0]
    assert event.changes["starts_on"] == [None, "2026-03-02"]
    assert "goal" not in event.changes


def test_a_goal_that_is_edited_keeps_both_wordings_and_the_first_day_stays(cast):
    sprint = running(cast)
    given = {"goal": "Nobody waits at all"}
    actions.edit_sprint(sprint=sprint, by=cast.alice, at=day(1), given=given)
    assert fresh(sprint).goal == "Nobody waits at all"
    assert "Nobody" not in str(told(sprint)[-1].changes)
    with invalid("starts_on"):
        later = {"starts_on": MONDAY + timedelta(days=1)}
        actions.edit_sprint(sprint=sprint, by=cast.alice, at=day(1), given=later)


def test_what_was_learned_is_written_after_the_end(cast):
    sprint = scope.close(sprint=running(cast), by=cast.dana, at=day(11), to={})
    learned = {"learned": "The form asks too much"}
    actions.edit_sprint(sprint=sprint, by=cast.dana, at=day(12), given=learned)
    assert fresh(sprint).learned == "The form asks too much"
    with wrong_state():
        goal = {"goal": "What we did anyway"}
        actions.edit_sprint(sprint=sprint, by=cast.dana, at=day(12), given=goal)


def test_capacity_is_what_somebody_said(cast):
    sprint = a_sprint(cast)
    days = {cast.alice: Decimal("2.5")}
    actions.set_capacity(sprint=sprint, by=cast.dana, at=day(0), days=days)
    assert sprint.people.get().days == Decimal("2.5")
    with invalid("days"):
        actions.set_capacity(
            sprint=sprint, by=cast.dana, at=day(0), days={cast.bob: Decimal(40)}
        )


# what it holds


def test_a_story_comes_in_at_the_first_column(cast):
    story = a_story(cast)
    sprint = a_sprint(cast, story)
    story = fresh(story)
    assert (story.sprint, story.column) == (sprint, "todo")
    assert told(sprint)[-1].changes == {"stories": [None, {str(story.pk): 3}]}


def test_adding_what_is_there_changes_nothing(cast):
    story = a_story(cast)
    sprint = a_sprint(cast, story)
    scope.add_stories(sprint=sprint, by=cast.dana, at=day(1), stories=[story])
    assert kinds(sprint) == ["plan", "add"]


def test_a_story_is_in_one_sprint_and_of_its_process(cast):
    taken, foreign = a_story(cast), a_story(cast, process=cast.processes["change"])
    a_sprint(cast, taken)
    other = a_sprint(cast, start=14)
    with pytest.raises(Invalid) as no:
        scope.add_stories(
            sprint=other, by=cast.dana, at=day(1), stories=[taken, foreign]
        )
    assert len(no.value.errors["stories"]) == 2
    assert not other.held.exists()


def test_a_story_that_is_taken_out_goes_back_and_the_record_stays(cast):
    story = a_story(cast)
    sprint = running(cast, story)
    scope.remove_stories(sprint=sprint, by=cast.dana, at=day(2), stories=[story])
    assert fresh(story).sprint is None
    assert fresh(story).column == ""
    assert sprint.held.get().removed_at == day(2)
    assert told(sprint)[-1].changes == {"stories": [{str(story.pk): 3}, None]}


def test_what_is_done_is_not_taken_out(cast):
    story = a_story(cast)
    sprint = running(cast, story)
    board.set_column(story=story, by=cast.bob, at=day(1), column="done")
    with invalid("stories"):
        scope.remove_stories(sprint=sprint, by=cast.dana, at=day(2), stories=[story])


# starting


def test_the_start_fixes_the_forecast(cast):
    before, after = a_story(cast, points=5), a_story(cast, points=8)
    sprint = running(cast, before)
    scope.add_stories(sprint=sprint, by=cast.dana, at=day(2), stories=[after])
    assert told(sprint)[2].changes == {"forecast": [None, {str(before.pk): 5}]}
    rows = dict(sprint.held.values_list("story", "in_forecast"))
    assert rows == {before.pk: True, after.pk: False}


def test_a_team_runs_one_sprint_at_a_time_and_two_teams_run_two(cast):
    running(cast)
    second = a_sprint(cast, start=14)
    with wrong_state():
        actions.start(sprint=second, by=cast.dana, at=day(14))
    assert running(cast, team=cast.teams["network"]).state == "running"


# closing


def test_every_unfinished_story_goes_where_somebody_says(cast):
    done, back, on = a_story(cast), a_story(cast), a_story(cast)
    sprint, then = running(cast, done, back, on), a_sprint(cast, start=14)
    board.set_column(story=done, by=cast.bob, at=day(3), column="done")
    board.set_column(story=on, by=cast.bob, at=day(3), column="doing")
    sprint = scope.close(
        sprint=sprint, by=cast.dana, at=day(11), to={back: "backlog", on: "next"}
    )
    assert sprint.state == "closed"
    assert (fresh(done).state, fresh(done).sprint) == ("done", sprint)
    assert (fresh(back).state, fresh(back).sprint) == ("open", None)
    moved = fresh(on)
    assert (moved.state, moved.sprint, moved.column) == ("open", then, "todo")
    went = dict(sprint.held.values_list("story", "went_to"))
    assert went == {done.pk: "", back.pk: "backlog", on.pk: "next"}
    to = told(sprint)[-1].changes["to"][1]
    assert to == {str(back.pk): "backlog", str(on.pk): "next"}


def test_a_story_without_a_place_is_named_and_nothing_is_closed(cast):
    one, two = a_story(cast), a_story(cast)
    sprint = running(cast, one, two)
    with pytest.raises(Invalid) as no:
        scope.close(sprint=sprint, by=cast.dana, at=day(11), to={one: "backlog"})
    assert list(no.value.errors) == [two.number]
    assert fresh(sprint).state == "running"


def test_nothing_goes_to_a_next_sprint_that_nobody_planned(cast):
    story = a_story(cast)
    sprint = running(cast, story)
    with invalid(story.number):
        scope.close(sprint=sprint, by=cast.dana, at=day(11), to={story: "next"})


def test_a_closed_sprint_is_not_closed_again(cast):
    sprint = scope.close(sprint=running(cast), by=cast.dana, at=day(11), to={})
    with wrong_state():
        scope.close(sprint=sprint, by=cast.dana, at=day(12), to={})


# cancelling


@pytest.mark.parametrize("name", ["alice", "bob", "erin", "grace", "carol"])
def test_only_the_owner_cancels(cast, name):
    sprint = running(cast)
    with forbidden():
        actions.cancel(sprint=sprint, by=cast.people[name], at=day(3), why="No")
    assert fresh(sprint).state == "running"


def test_what_was_done_stays_done_in_a_cancelled_sprint(cast):
    done, open_ = a_story(cast), a_story(cast)
    sprint = running(cast, done, open_)
    board.set_column(story=done, by=cast.bob, at=day(1), column="done")
    actions.cancel(sprint=sprint, by=cast.dana, at=day(3), why="The goal is void")
    assert fresh(sprint).state == "cancelled"
    assert fresh(done).state == Story.State.DONE
    assert fresh(open_).sprint is None
