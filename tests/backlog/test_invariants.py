"""What `doctor` says of a backlog: nothing while all is well, a sentence otherwise."""

import pytest

from backlog.sprints.models import SprintStory
from backlog.stories.models import Story
from core import invariants
from tests.backlog.sprints.sprinting import a_story
from tests.backlog.sprints.sprinting import running as a_running_sprint
from tests.backlog.stories.test_shorten import a_backlog
from tests.cast import AT

pytestmark = pytest.mark.django_db


def said(name):
    [found] = [one for one in invariants.registered() if one.name == name]
    return found.check()


@pytest.fixture
def stories(cast):
    return a_backlog(cast.processes["incident"], 3)


@pytest.fixture
def running(cast):
    return a_running_sprint(cast, a_story(cast), a_story(cast))


def broken(story, **values):
    Story.objects.filter(pk=story.pk).update(**values)


def test_a_backlog_that_is_well_is_said_nothing_about(stories):
    for name in ("backlog.ranks", "backlog.states", "backlog.boards"):
        assert said(name) == []


@pytest.mark.parametrize("rank", ["V0", "", "ä", "V V", "0"])
def test_a_rank_that_is_no_place_is_found(stories, rank):
    broken(stories[1], rank=rank)
    [sentence] = said("backlog.ranks")
    assert stories[1].number in sentence


@pytest.mark.parametrize(
    "values",
    [
        {"state": "done"},
        {"state": "dropped"},
        {"state": "open", "done_at": AT},
        {"state": "doing", "done_at": AT},
    ],
)
def test_a_state_without_its_moment_is_found(stories, values):
    broken(stories[0], **values)
    [sentence] = said("backlog.states")
    assert stories[0].number in sentence


def test_a_card_on_no_board_is_found(stories):
    broken(stories[2], column="doing")
    assert said("backlog.boards") == [
        f"{stories[2].number} stands in doing, of no sprint."
    ]


def test_a_sprint_whose_rows_say_more_than_its_events_is_found(running):
    assert said("backlog.sprints") == []
    row = SprintStory.objects.filter(sprint=running).first()
    row.done_at = AT
    row.save()
    [sentence] = said("backlog.sprints")
    assert "1 of them done" in sentence
    row.done_at = None
    row.removed_at = AT
    row.save()
    assert len(said("backlog.sprints")) == 1


def test_a_story_that_was_deleted_since_is_not_missed(running):
    Story.objects.filter(sprint=running).first().delete()
    assert said("backlog.sprints") == []
