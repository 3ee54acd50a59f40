"""How a source is: heard, silent, refused, waiting; a reading of its rows."""

from datetime import timedelta

import pytest

from itsm.monitoring import health
from itsm.monitoring.health import State
from itsm.monitoring.models import Reception, SourceHour, SourceLine
from itsm.monitoring.source_words import troubles
from tests.cast import AT
from tests.factories import later
from tests.itsm.monitoring.events import a_source

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def source(cast):
    return a_source()


def received(source, at=AT, **fields):
    return Reception.objects.create(
        source=source, format="pagerduty", body=b"{}", received_at=at, **fields
    )


def standing(source, at=AT):
    source.refresh_from_db()
    return health.standings([source], at=at)[0]


def test_one_that_was_never_heard_says_so(source):
    found = standing(source)
    assert (found.state, found.heard_at, troubles(found)) == (State.NEVER, None, [])


def test_it_was_heard_though_no_worker_has_seen_it_yet(source):
    received(source)
    found = standing(source, later(0.1))
    assert (found.state, found.heard_at, found.waiting.n) == (State.GOOD, AT, 1)


def test_what_waits_for_long_is_trouble(source):
    received(source)
    received(source, later(2))
    found = standing(source, later(3))
    assert found.state == State.TROUBLE
    assert troubles(found) == [
        "2 calls wait to be worked off, the oldest came 3 min ago."
    ]


def test_silence_is_measured_from_the_last_word_or_from_the_beginning(source):
    source.silent_after = timedelta(minutes=15)
    source.save()
    assert standing(source, later(15)).silent_since is None
    assert standing(source, later(16)).silent_since == AT
    assert troubles(standing(source, later(16))) == [
        "Never heard; expected at least every 15 min."
    ]
    source.heard_at = later(10)
    source.save()
    assert standing(source, later(16)).state == State.GOOD
    found = standing(source, later(30))
    assert (found.state, found.silent_since) == (State.SILENT, later(10))
    assert troubles(found) == ["Last heard 20 min ago; expected at least every 15 min."]


def test_refusals_count_for_a_day(source):
    SourceLine.objects.create(source=source, code="x", n=3, first_at=AT, last_at=AT)
    assert standing(source, AT + 23 * HOUR).refused == 3
    assert standing(source, AT + 23 * HOUR).state == State.TROUBLE
    assert standing(source, AT + 24 * HOUR).refused == 0


def test_a_paused_one_is_paused_whatever_else(source):
    source.paused_at, source.silent_after = AT, timedelta(minutes=1)
    source.save()
    assert standing(source, later(9)).state == State.PAUSED


def test_hours_are_all_there_and_add_up(source):
    for hours, n in ((0, 5), (3, 2), (24, 9)):
        SourceHour.objects.create(source=source, hour=AT - hours * HOUR, signals=n)
    found = health.health(source, at=later(30))
    assert len(found.hours) == health.HOURS
    assert found.hours[-1].begins == AT
    assert [h.counts["signals"] for h in found.hours if h.counts["signals"]] == [2, 5]
    assert found.day["signals"] == 7


def test_the_list_costs_the_same_whatever_their_number(cast, django_assert_num_queries):
    found = [a_source(f"Tool {n}") for n in range(5)]
    for source in found:
        received(source)
    for some in (found[:1], found):
        with django_assert_num_queries(4):
            assert len(health.standings(some, at=AT)) == len(some)
