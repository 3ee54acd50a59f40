"""A move writes one row, whoever moves what at once; nobody sees a wrong order."""

import random
import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backlog.stories import shorten
from backlog.stories.actions import move_story
from backlog.stories.models import Story
from backlog.stories.rank import LONGEST
from core.models import Event
from tests.backlog.stories.test_rank import PATTERNS
from tests.backlog.stories.test_shorten import a_backlog, longest, order
from tests.cast import AT, make_cast
from tests.suite.test_at_the_same_time import together

STORIES = 60
MOVES = [300, pytest.param(10_000, marks=pytest.mark.long)]


def where(pattern, rng, turn):
    """Which place moves, and behind which place; None: to the top."""
    one, other = rng.sample(range(2, STORIES), 2)
    match pattern:
        case "uniformly random":
            return one, other
        case "always to the top":
            return one, None
        case "always to the second place":
            return one, 0
    middle = STORIES // 2
    return (STORIES - 1 - turn % 9 if turn % 2 else turn % 9), middle


@pytest.mark.django_db
@pytest.mark.parametrize("moves", MOVES)
@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_order_is_what_was_meant_and_a_move_wrote_one_row(cast, pattern, moves):
    rng = random.Random(pattern)
    stories = a_backlog(cast.processes["incident"], STORIES)
    wanted = list(stories)
    for turn in range(moves):
        old, behind = where(pattern, rng, turn)
        other = None if behind is None else wanted[behind]
        story = wanted.pop(old)
        wanted.insert(0 if other is None else wanted.index(other) + 1, story)
        told = {"to": "top"} if other is None else {"after": other}
        with CaptureQueriesContext(connection) as captured:
            moved = move_story(story=story, by=cast.dana, at=AT, **told)
        written = [q["sql"] for q in captured if q["sql"].startswith("UPDATE")]
        assert len(written) <= 1
        assert all(f'"id" = {story.pk}' in sql for sql in written)
        if len(moved.rank) > LONGEST:
            shorten.sweep()
    assert order(stories[0].process) == [story.title for story in wanted]
    assert longest(stories[0].process) <= LONGEST


@pytest.mark.django_db
def test_a_move_to_where_it_stands_writes_nothing(cast):
    first, second, *_ = a_backlog(cast.processes["incident"], 4)
    move_story(story=second, by=cast.dana, at=AT, to="top")
    ranks = dict(Story.objects.values_list("pk", "rank"))
    events = Event.objects.filter(kind="story.move").count()
    move_story(story=second, by=cast.dana, at=AT, before=first)
    assert dict(Story.objects.values_list("pk", "rank")) == ranks
    assert Event.objects.filter(kind="story.move").count() == events == 1


@pytest.mark.django_db
def test_a_long_key_pokes_the_worker_that_shortens(
    cast, monkeypatch, django_capture_on_commit_callbacks
):
    poked = []
    monkeypatch.setattr(shorten, "poke", lambda: poked.append(True))
    stories = a_backlog(
        cast.processes["incident"], 3, low="V" * 41, high="V" * 41 + "1"
    )
    with django_capture_on_commit_callbacks(execute=True):
        move_story(story=stories[2], by=cast.dana, at=AT, to="top")
    assert not poked
    with django_capture_on_commit_callbacks(execute=True):
        move_story(story=stories[2], by=cast.dana, at=AT, after=stories[0])
    assert poked == [True]


@pytest.mark.django_db(transaction=True)
def test_two_people_moving_at_once_both_succeed_while_keys_are_shortened():
    cast = make_cast()
    process = cast.processes["incident"]
    stories = a_backlog(process, 30)
    titles = {story.title for story in stories}
    turns, broken = 60, threading.Event()
    moving = threading.Event()

    def mover(by, name):
        def work():
            rng = random.Random(name)
            for _ in range(turns):
                story, other = rng.sample(stories, 2)
                move_story(story=story, by=by, at=AT, after=other)

        return work

    def squeeze():
        """One who always puts stories into the same place makes keys long."""
        for turn in range(4 * turns):
            one = stories[2 + turn % 20]
            move_story(story=one, by=cast.dana, at=AT, after=stories[0])
        moving.set()

    def sweeper():
        while not moving.is_set():
            shorten.sweep()

    def reader():
        while not moving.is_set():
            if {*order(process)} != titles or len(order(process)) != len(titles):
                broken.set()

    answers = together(
        *(mover(cast.dana, "Dana"), mover(cast.grace, "Grace")),
        *(squeeze, sweeper, reader),
    )
    shorten.sweep()
    assert answers == [None] * 5
    assert not broken.is_set()
    assert longest(process) <= LONGEST
    assert Story.objects.filter(process=process).values("rank").distinct().count() == 30


@pytest.mark.django_db(transaction=True)
def test_a_reader_sees_one_order_while_keys_are_shortened():
    process = make_cast().processes["incident"]
    place = "V" + "0" * 45
    a_backlog(process, 400, low=place + "1", high=place + "2")
    before, seen, over = order(process), [], threading.Event()

    def read():
        while not over.is_set():
            seen.append(order(process))

    def work():
        while shorten.shorten(process):
            pass
        over.set()

    assert together(read, work) == [None, None]
    assert seen
    assert all(found == before for found in seen)
    assert longest(process) <= LONGEST
