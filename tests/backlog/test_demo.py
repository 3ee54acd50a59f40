"""The demo's backlogs: believable, quick to fill, nothing in them that must not be."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backlog.demo import build
from backlog.demo.wishes import WISHES
from backlog.increments.models import Increment
from backlog.measures.burndown import burndown
from backlog.sprints.models import Impediment, RetroNote, ReviewPiece, Sprint
from backlog.stories.models import Evidence, Idea, Story
from core import invariants
from core.context import Door, through
from core.models import Event
from itsm.demo import cast as casting
from itsm.tickets.actions import open_ticket
from processes.models import Process
from tests.cast import load_processes

AT = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)  # a Friday


@pytest.fixture
def demo(db):
    """The people of Linden IT, and the backlogs; how many statements these took."""
    load_processes()
    cast = casting.create(at=AT - timedelta(days=90))
    Process.objects.update(owner=cast.people["dana"])
    with through(Door.SEED), CaptureQueriesContext(connection) as captured:
        build.fill(at=AT, topics={})
    return len(captured)


def charted(sprint):
    events = Event.objects.filter(subject_type="sprint", subject_id=sprint.pk)
    return burndown(events.order_by("pk"), zone=UTC, until=AT)


def test_two_sprints_are_closed_one_runs_and_their_charts_have_days(demo):
    first, second, third = Sprint.objects.order_by("number")
    assert [one.state for one in (first, second, third)] == [
        *("closed", "closed", "running")
    ]
    assert third.starts_on <= AT.date() <= third.ends_on
    done = [charted(one).last for one in (first, second)]
    assert [(day.forecast, day.scope, day.done) for day in done] == [
        *((20, 20, 15), (21, 22, 19))
    ]
    days = [day.done for day in charted(first).days]
    assert days == sorted(days)
    assert len(set(days)) > 4  # they were done one after another


def test_forty_five_stories_four_processes_and_all_that_stands_around_them(demo):
    assert sum(map(len, WISHES.values())) >= 45
    assert set(WISHES) == set(Process.objects.values_list("slug", flat=True))
    released, planned = Increment.objects.order_by("number")
    assert (released.state, planned.state) == ("released", "planned")
    assert released.stories.filter(state="done").count() == 3
    assert Impediment.objects.filter(resolved_at=None, needs_help=True).count() == 1
    assert RetroNote.objects.filter(became__isnull=False).count() == 2
    assert ReviewPiece.objects.filter(answered_at=None).count() == 1
    assert {*Idea.objects.values_list("state", flat=True)} == {*Idea.State.values}
    blocked = Story.objects.exclude(blocked="").get()
    assert blocked.sprint.state == "running"


def test_whatever_the_day_it_holds_what_must_always_be_true(demo):
    wrong = {one.name: one.check() for one in invariants.registered()}
    assert {name: said for name, said in wrong.items() if said} == {}
    assert not Event.objects.filter(at__gt=AT).exists()


@pytest.mark.parametrize("day", [1, 3])
def test_it_is_told_on_a_weekend_and_on_a_monday_too(db, day):
    load_processes()
    at = AT + timedelta(days=day)
    cast = casting.create(at=at - timedelta(days=90))
    Process.objects.update(owner=cast.people["dana"])
    build.fill(at=at, topics={})
    running = Sprint.objects.get(state="running")
    assert running.stories.filter(state="done").exists()
    assert not Event.objects.filter(at__gt=at).exists()


def test_tickets_speak_for_the_stories_they_tell_of(db):
    processes = load_processes()
    cast = casting.create(at=AT - timedelta(days=90))
    Process.objects.update(owner=cast.people["dana"])
    vpn = open_ticket(type="incident", by=cast.people["carol"], at=AT, title="VPN")
    build.fill(at=AT, topics={"vpn": [vpn.pk]})
    told = Evidence.objects.filter(subject_type="ticket", subject_id=vpn.pk)
    slugs = {row.story.process_id for row in told}
    assert slugs == {processes["incident"].pk, processes["problem"].pk}


def test_it_costs_a_start_little(demo):
    """About a millisecond each; `make up` waits for it once."""
    assert demo < 700
