"""Charts are a pure function of a sprint's events: a past day never changes."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backlog.measures import queries
from backlog.measures.burndown import burndown
from backlog.sprints import actions
from backlog.sprints import board_actions as board
from backlog.sprints import scope_actions as scope
from backlog.stories.actions import edit_story
from backlog.stories.models import Story
from tests.backlog.sprints.sprinting import a_sprint, a_story, day, running, told
from tests.factories import a_token, as_

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Said:
    """An event as far as measures read it."""

    kind: str
    at: datetime
    changes: dict[str, Any] = field(default_factory=dict)


def said(kind, n, **changes):
    return Said(f"sprint.{kind}", MONDAY + timedelta(days=n), changes)


def rows(events, until=10.0):
    found = burndown(events, zone=UTC, until=MONDAY + timedelta(days=until))
    return [(d.date.day, d.forecast, d.scope, d.done) for d in found.days]


STARTED = said("start", 0, forecast=[None, {"1": 3, "2": 5}])


def test_a_sprint_that_has_not_begun_has_no_days():
    assert rows([said("add", 0, stories=[None, {"1": 3}])]) == []


def test_forecast_scope_and_done_are_told_apart():
    events = [
        STARTED,
        said("add", 1, stories=[None, {"3": 8}]),
        said("done", 2, stories=[None, {"1": 3}]),
        said("remove", 3, stories=[{"2": 5}, None]),
    ]
    assert rows(events, until=3) == [
        (2, 8, 8, 0),
        (3, 8, 16, 0),
        (4, 8, 16, 3),
        (5, 8, 11, 3),
    ]


def test_what_was_added_before_the_start_is_in_the_forecast_alone():
    events = [said("add", -1, stories=[None, {"1": 3, "9": 1}]), STARTED]
    assert rows(events, until=0) == [(2, 8, 8, 0)]


def test_an_estimate_counts_from_its_day_on():
    events = [STARTED, said("estimate", 2, story=[1, 1], points=[3, 13])]
    assert [scope for _d, _f, scope, _done in rows(events, until=2)] == [8, 8, 18]


def test_what_is_undone_is_not_done_from_then_on():
    events = [
        STARTED,
        said("done", 1, stories=[None, {"1": 3}]),
        said("undone", 2, stories=[{"1": 3}, None]),
    ]
    assert [done for *_rest, done in rows(events, until=2)] == [0, 3, 0]


def test_nothing_after_the_end_counts_and_no_day_follows_it():
    events = [
        STARTED,
        said("close", 2, to=[None, {"1": "next"}]),
        said("estimate", 3, story=[1, 1], points=[3, 20]),
        said("done", 4, stories=[None, {"1": 3}]),
    ]
    assert rows(events) == [(2, 8, 8, 0), (3, 8, 8, 0), (4, 8, 8, 0)]


def test_stories_are_counted_where_none_has_points():
    events = [
        said("start", 0, forecast=[None, {"1": None, "2": None}]),
        said("done", 1, stories=[None, {"1": None}]),
    ]
    found = burndown(events, zone=UTC, until=MONDAY + timedelta(days=1))
    assert not found.in_points
    assert [(d.scope, d.done) for d in found.days] == [(2, 0), (2, 1)]


def test_the_unit_stays_what_the_first_stories_made_it():
    events = [
        said("start", 0, forecast=[None, {"1": None}]),
        said("estimate", 1, story=[1, 1], points=[None, 13]),
    ]
    assert rows(events, until=1) == [(2, 1, 1, 0), (3, 1, 1, 0)]


def test_days_are_local():
    from zoneinfo import ZoneInfo

    late = Said("sprint.start", datetime(2026, 3, 2, 23, 30, tzinfo=UTC),
                {"forecast": [None, {"1": 3}]})  # fmt: skip
    found = burndown([late], zone=ZoneInfo("Europe/Berlin"), until=late.at)
    assert found.days[0].date == date(2026, 3, 3)


def test_changes_of_scope_are_named():
    events = [STARTED, said("add", 1, stories=[None, {"3": 8}])]
    found = burndown(events, zone=UTC, until=MONDAY + timedelta(days=1))
    assert [(c.stories, c.by) for c in found.changes] == [((3,), 8)]


POINTS = st.one_of(st.none(), st.sampled_from([1, 2, 3, 5, 8, 13, 20]))
SOME = st.dictionaries(st.sampled_from("123456"), POINTS, max_size=4)
ONE = st.one_of(
    st.tuples(st.just("add"), SOME.map(lambda s: {"stories": [None, s]})),
    st.tuples(st.just("remove"), SOME.map(lambda s: {"stories": [s, None]})),
    st.tuples(st.just("done"), SOME.map(lambda s: {"stories": [None, s]})),
    st.tuples(st.just("undone"), SOME.map(lambda s: {"stories": [s, None]})),
    st.tuples(st.just("edit"), st.just({"goal": [1, 2]})),
    st.tuples(st.just("close"), st.just({"to": [None, {}]})),
    st.builds(
        lambda story, new: ("estimate", {"story": [story, story], "points": [1, new]}),
        st.integers(1, 6),
        POINTS,
    ),
)
HISTORY = st.lists(st.tuples(ONE, st.floats(0, 0.9)), max_size=25)


@settings(max_examples=150, deadline=None)
@given(first=SOME, history=HISTORY, cut=st.integers(0, 25))
def test_a_past_day_never_changes_whatever_comes_later(first, history, cut):
    events, n = [said("start", 0, forecast=[None, first])], 0.0
    for (kind, changes), step in history:
        n += step
        events.append(said(kind, n, **changes))
    part = events[: cut + 1]
    then = part[-1].at
    before = burndown(part, zone=UTC, until=then).days
    after = burndown(events, zone=UTC, until=events[-1].at).days
    past = [d for d in before if d.date < then.date()]
    assert after[: len(past)] == past
    for one in after:
        assert 0 <= one.done <= one.scope
        assert one.forecast == after[0].forecast
    dates = [one.date for one in after]
    assert dates == [dates[0] + timedelta(days=i) for i in range(len(dates))]


# with the product's own actions


def closed(cast):
    """Three stories: one done, one moved on, one back; closed on day 11."""
    done, on, back = (a_story(cast, points=n) for n in (3, 5, 8))
    sprint = running(cast, done, on, back)
    a_sprint(cast, start=14)
    board.set_column(story=done, by=cast.bob, at=day(3), column="done")
    edit_story(story=on, by=cast.dana, at=day(4), given={"points": 13})
    scope.close(
        sprint=sprint, by=cast.dana, at=day(11), to={on: "next", back: "backlog"}
    )
    return sprint, (done, on, back)


def chart(sprint, n=40):
    return queries.of_sprint(sprint, at=day(n))


def test_the_chart_of_a_sprint_comes_from_what_people_did(cast):
    sprint, _stories = closed(cast)
    days = chart(sprint).days
    assert len(days) == 12
    assert [(d.forecast, d.scope, d.done) for d in (days[0], days[3], days[-1])] == [
        (16, 16, 0),
        (16, 16, 3),
        (16, 24, 3),
    ]


def test_spill_over_leaves_the_closed_chart_as_it_was(cast):
    """The case that broke others: moved on, edited afterwards, deleted."""
    sprint, (done, on, back) = closed(cast)
    before = chart(sprint)
    then = Story.objects.get(pk=on.pk).sprint
    actions.start(sprint=then, by=cast.dana, at=day(14))
    for n, story in enumerate((done, on, back)):
        edit_story(story=story, by=cast.dana, at=day(15 + n), given={"points": 1})
    board.set_column(story=on, by=cast.bob, at=day(16), column="done")
    scope.close(sprint=then, by=cast.dana, at=day(25), to={})
    Story.objects.filter(pk__in=[done.pk, on.pk, back.pk]).delete()
    assert chart(sprint) == before
    assert chart(then).last.done == 1


def test_a_story_dropped_by_a_merge_leaves_the_running_sprint(cast):
    """Whoever drops a story that a sprint holds takes it out, by name."""
    from core.log import act, record

    story = a_story(cast, points=5)
    sprint = running(cast, story, a_story(cast, points=3))
    with act():
        row = Story.objects.select_related("sprint").get(pk=story.pk)
        row.state = Story.State.DROPPED
        row.save()
        record("story.merge", subject=row, by=cast.dana, at=day(2))
    assert told(sprint)[-1].kind == "sprint.remove"
    assert chart(sprint, 3).last.scope == 3
    assert Story.objects.get(pk=story.pk).sprint is None


# velocity


def test_velocity_is_of_one_team_and_one_process(cast):
    sprint, _stories = closed(cast)
    process = cast.processes["incident"]
    pace = queries.velocity(process, None, at=day(40))
    assert [(p.sprint, p.forecast, p.done) for p in pace] == [(sprint, 16, 3)]
    assert queries.velocity(process, cast.teams["desk"], at=day(40)) == []
    assert queries.velocity(cast.processes["change"], None, at=day(40)) == []


def test_velocities_cost_two_queries_however_many(cast, django_assert_num_queries):
    sprint, _stories = closed(cast)
    with django_assert_num_queries(2):
        assert len(queries.velocity(sprint.process, None, at=day(40))) == 1


# REST


@pytest.mark.parametrize("name", ["dana", "bob", "erin"])
def test_the_days_over_rest(cast, name):
    sprint, _stories = closed(cast)
    person = cast.people[name]
    answer = as_(person).get(
        f"/api/v1/sprints/{sprint.pk}/burndown/",
        headers={"Authorization": f"Bearer {a_token(person)}"},
    )
    assert answer.status_code == 200
    days = answer.json()["days"]
    assert days[0] == {"date": "2026-03-02", "forecast": 16, "scope": 16, "done": 0}
    assert days[-1] == {"date": "2026-03-13", "forecast": 16, "scope": 24, "done": 3}


def test_requesters_see_no_chart(cast):
    sprint, _stories = closed(cast)
    answer = as_(cast.carol).get(
        f"/api/v1/sprints/{sprint.pk}/burndown/",
        headers={"Authorization": f"Bearer {a_token(cast.carol)}"},
    )
    assert answer.status_code == 404
