"""Across processes: aims, the running sprints, what is in the way, sprints in step."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from backlog.portfolio import lanes
from backlog.portfolio.queries import portfolio
from backlog.profile import actions
from backlog.sprints.models import Impediment, Sprint
from tests.cast import AT, Cast
from tests.factories import as_

pytestmark = pytest.mark.django_db
PAGE = "/backlog/portfolio/"
TODAY = date(2026, 3, 4)


def a_sprint(cast: Cast, slug: str, starts: int, ends: int, **fields) -> Sprint:
    """From so many days after today to so many."""
    today = fields.pop("today", TODAY)
    process = cast.processes[slug]
    return Sprint.objects.create(
        process=process,
        number=process.sprints.count() + 1,
        starts_on=today + timedelta(days=starts),
        ends_on=today + timedelta(days=ends),
        created_at=AT,
        **{"state": "running", "goal": f"Goal of {slug}", **fields},
    )


def stuck(cast: Cast, slug: str, text: str, **fields) -> Impediment:
    fields = {"at": AT, "by": cast.bob, **fields}
    process = cast.processes[slug]
    return Impediment.objects.create(process=process, text=text, **fields)


def test_only_processes_that_somebody_improves_have_a_line(cast: Cast):
    a_sprint(cast, "incident", -3, 4)
    found = portfolio(cast.alice, today=TODAY)
    assert [line.process.slug for line in found.lines] == ["incident"]
    assert {p.slug for p in found.others} == {"change", "problem", "request"}


def test_purpose_objectives_indicators_and_metrics_stand_in_their_order(cast: Cast):
    given = {"process": cast.processes["incident"], "by": cast.dana, "at": AT}
    one = actions.add_aim(kind="objective", title="Same day", **given)
    actions.add_aim(kind="objective", title="Nothing comes back", **given)
    two = actions.add_aim(kind="indicator", title="Solved", parent=one, **given)
    actions.add_aim(kind="metric", title="Share", parent=two, value="81 %", **given)
    page = as_(cast.bob).get(PAGE).content.decode()
    titles = ("Restore normal service", "Same day", "Solved", "Share", "81 %")
    places = [page.index(title) for title in (*titles, "Nothing comes back")]
    assert places == sorted(places)


def test_what_each_works_on_is_its_running_sprint(cast: Cast):
    a_sprint(cast, "incident", -3, 4, goal="See why it waits")
    a_sprint(cast, "incident", -20, -10, goal="Of last month", state="closed")
    a_sprint(cast, "incident", 5, 9, goal="Next", state="planned")
    a_sprint(cast, "incident", 60, 70, goal="Far away", state="planned")
    line = portfolio(cast.bob, today=TODAY).lines[0]
    assert [s.goal for s in line.running] == ["See why it waits"]
    assert [s.goal for s in line.planned] == ["Next"]
    page = as_(cast.bob).get(PAGE).content.decode()
    assert "See why it waits" in page
    assert "Of last month" not in page


def test_the_oldest_that_needs_help_comes_first_and_solved_ones_are_gone(cast: Cast):
    stuck(cast, "incident", "Young", needs_help=True, at=AT + timedelta(days=1))
    stuck(cast, "change", "Old", needs_help=True)
    stuck(cast, "change", "Their own")
    stuck(cast, "change", "Solved", needs_help=True, resolved_at=AT)
    found = portfolio(cast.bob, today=TODAY)
    assert [i.text for i in found.help_wanted] == ["Old", "Young"]
    line = next(one for one in found.lines if one.process.slug == "change")
    assert [i.text for i in line.impediments] == ["Old", "Their own"]


def test_sprints_are_in_step_with_the_day_most_of_them_end(cast: Cast):
    for slug, starts in (("incident", -3), ("request", -10)):
        a_sprint(cast, slug, starts, 4)
    other = a_sprint(cast, "change", -3, 11)
    later = a_sprint(cast, "incident", 5, 18, state="planned")
    found = portfolio(cast.bob, today=TODAY)
    assert found.rhythm == (TODAY + timedelta(days=4), 2)
    assert found.out_of_step == [other]
    drawn = lanes.draw(found)
    out = [lane.sprint for lane in drawn.lanes if not lane.is_in_step]
    assert out == [other]
    last = next(lane for lane in drawn.lanes if lane.sprint == later)
    assert last.left + last.width <= 1
    assert [day.weekday() for day, _left in drawn.weeks] == [0] * len(drawn.weeks)


def test_no_sprint_is_no_picture(cast: Cast):
    assert lanes.draw(portfolio(cast.bob, today=TODAY)) is None
    assert "none is planned" in as_(cast.bob).get(PAGE).content.decode()


def test_who_works_here_reads_it_and_nobody_else(cast: Cast):
    for name, status in (("erin", 200), ("grace", 200), ("carol", 403)):
        browser = as_(cast.people[name])
        assert browser.get(PAGE).status_code == status
        assert browser.get("/api/v1/portfolio/").status_code == status
    assert "/backlog/portfolio/" in as_(cast.bob).get("/processes/").content.decode()


def test_programs_read_the_same(cast: Cast):
    today = timezone.now().date()
    a_sprint(cast, "incident", -3, 4, today=today)
    a_sprint(cast, "incident", 5, 9, today=today, state="planned")
    stuck(cast, "incident", "No test line", needs_help=True, owner=cast.alice)
    line = as_(cast.bob).get("/api/v1/portfolio/").json()["results"][0]
    assert line["process"] == "incident"
    assert [(s["number"], s["state"], s["in_step"]) for s in line["sprints"]] == [
        (1, "running", True),
        (2, "planned", False),
    ]
    assert line["impediments"][0]["owner"] == "alice@demo.example"


def test_five_queries_whatever_there_is(cast: Cast, django_assert_num_queries):
    for slug in cast.processes:
        a_sprint(cast, slug, -3, 4, team=cast.teams["desk"])
        stuck(cast, slug, "Stuck", owner=cast.erin)
    with django_assert_num_queries(5):
        found = portfolio(cast.bob, today=TODAY)
        assert lanes.draw(found)
        assert [i.owner.name for line in found.lines for i in line.impediments]
