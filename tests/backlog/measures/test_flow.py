"""Cumulative flow and cycle times, from the events of stories alone."""

from datetime import timedelta

import pytest

from backlog.measures import queries
from backlog.measures.flow import percentile
from backlog.sprints import board_actions as board
from backlog.stories.actions import drop_story
from backlog.stories.models import Story
from tests.backlog.sprints.sprinting import MONDAY, a_story, day, running


def test_levels_and_cycles_come_from_the_log_and_outlive_the_rows(cast):
    one, two, three = a_story(cast), a_story(cast), a_story(cast)
    running(cast, one, two)
    board.set_column(story=one, by=cast.bob, at=day(1), column="doing")
    board.set_column(story=two, by=cast.bob, at=day(2), column="doing")
    drop_story(story=three, by=cast.dana, at=day(3))
    board.set_column(story=one, by=cast.bob, at=day(4), column="done")
    until = MONDAY + timedelta(days=5)
    levels, cycles = queries.of_process(cast.processes["incident"], until=until)
    assert [(level.open, level.doing, level.done) for level in levels] == [
        (3, 0, 0),
        (2, 1, 0),
        (1, 2, 0),
        (0, 2, 0),
        (0, 1, 1),
        (0, 1, 1),
    ]
    assert [(cycle.story, cycle.days) for cycle in cycles] == [(one.pk, 3.0)]
    Story.objects.filter(pk=two.pk).delete()
    again = queries.of_process(cast.processes["incident"], until=until)
    assert again == (levels, cycles)


def test_another_process_does_not_count(cast):
    a_story(cast, process=cast.processes["change"])
    until = MONDAY + timedelta(days=1)
    assert queries.of_process(cast.processes["incident"], until=until) == ([], [])


@pytest.mark.parametrize(("share", "value"), [(0.5, 2), (0.85, 4), (0.1, 1), (1.0, 4)])
def test_a_percentile_is_one_of_the_values(share, value):
    assert percentile([4, 1, 3, 2], share) == value
