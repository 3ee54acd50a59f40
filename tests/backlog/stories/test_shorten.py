"""Keys become short in the background: same order, one statement, nobody waits long."""

import threading

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from backlog.stories import shorten
from backlog.stories.models import Story
from backlog.stories.rank import LONGEST, between, spread
from backlog.stories.tasks import shorten_ranks
from tests.cast import AT, make_cast


def a_backlog(process, n, *, low="", high=""):
    """So many stories, as rows, in the order of their titles."""
    return Story.objects.bulk_create(
        Story(
            process=process,
            title=f"Story {place:04}",
            rank=key,
            created_at=AT,
            updated_at=AT,
        )
        for place, key in enumerate(spread(n, low, high))
    )


def order(process):
    rows = Story.objects.filter(process=process).order_by("rank")
    return list(rows.values_list("title", flat=True))


def longest(process):
    ranks = Story.objects.filter(process=process).values_list("rank", flat=True)
    return max(map(len, ranks))


def crowded(process, n=60):
    """Stories put one after another into the second place, nobody shortening."""
    a_backlog(process, 20)
    low, high = Story.objects.filter(process=process).order_by("rank")[:2]
    key, rows = high.rank, []
    for place in range(n * 6):
        key = between(low.rank, key)
        rows.append(Story(title=f"Put {place:04}", rank=key))
    for row in rows:
        row.process, row.created_at, row.updated_at = process, AT, AT
    Story.objects.bulk_create(rows)


@pytest.mark.django_db
def test_long_keys_come_out_short_and_every_story_stands_where_it_stood(cast):
    incident, change = cast.processes["incident"], cast.processes["change"]
    crowded(incident)
    a_backlog(change, 5)
    before, others = order(incident), order(change)
    kept = list(Story.objects.filter(process=change).values_list("pk", "rank"))
    assert longest(incident) > LONGEST
    assert shorten_ranks() > 0
    assert longest(incident) <= LONGEST
    assert (order(incident), order(change)) == (before, others)
    assert kept == list(Story.objects.filter(process=change).values_list("pk", "rank"))
    assert shorten_ranks() == 0


@pytest.mark.django_db
def test_a_batch_is_one_statement_that_writes_few_rows_and_only_ranks(cast):
    process = cast.processes["incident"]
    crowded(process, 45)
    with CaptureQueriesContext(connection) as captured:
        assert shorten.sweep() <= 100
    updates = [q["sql"] for q in captured if q["sql"].strip().startswith("UPDATE")]
    assert len(updates) == 2
    rows = Story.objects.filter(process=process)
    assert set(rows.values_list("updated_at", flat=True)) == {AT}


@pytest.mark.django_db
def test_every_moment_of_a_shortening_shows_the_same_order(cast):
    """Also a crowd that no small window gets out of, batch by batch."""
    process = cast.processes["incident"]
    place = "V" + "0" * 45
    a_backlog(process, 700, low=place + "1", high=place + "2")
    before = order(process)
    while shorten.shorten(process):
        assert order(process) == before
    assert longest(process) <= LONGEST


@pytest.mark.django_db
def test_where_no_key_is_long_only_one_question_is_asked(
    cast, django_assert_num_queries
):
    a_backlog(cast.processes["incident"], 10)
    with django_assert_num_queries(1):
        assert shorten.sweep() == 0


@pytest.mark.django_db
def test_the_sweep_finds_long_keys_by_their_index(cast):
    a_backlog(cast.processes["incident"], 50)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT 1 FROM backlog_story WHERE process_id = 1"
            " AND length(rank) > 40"
        )
        plan = " ".join(line for (line,) in cursor.fetchall())
    assert "backlog_story_long" in plan


@pytest.mark.django_db(transaction=True)
def test_whoever_holds_a_story_is_not_waited_for_and_the_next_sweep_does_it():
    process = make_cast().processes["incident"]
    crowded(process, 45)
    held, may_go = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            last = Story.objects.select_for_update().order_by("-rank")
            list(last.filter(process=process))
            held.set()
            assert may_go.wait(30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(30)
    assert shorten.sweep() == 0
    may_go.set()
    holder.join(30)
    assert shorten.sweep() > 0
    assert longest(process) <= LONGEST
