"""A refinement session: its agenda fills itself, its clock is the server's."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backlog.refining.models import Session
from backlog.refining.sessions import actions
from backlog.refining.sessions.queries import clock_of, items_of, next_session
from core.models import Event
from tests.api.conftest import Api
from tests.cast import AT
from tests.factories import as_, later
from tests.itsm.checks import forbidden, invalid, wrong_state


@pytest.fixture
def plan(cast, process):
    def make(by=None, minutes=60, **given):
        given = {"at": AT, "starts_at": later(60)} | given
        return actions.plan_session(
            process=process, by=by or cast.bob, minutes=minutes, **given
        )

    return make


def begin(cast, session, minute=60):
    return actions.start_session(session=session, by=cast.dana, at=later(minute))


def agenda(session, user, at=AT):
    return [item.row.story.title for item in items_of(session, user, at)]


def test_the_agenda_is_what_needs_something_from_the_top(cast, plan, write):
    for n in range(12):
        write(f"Story {n}")
    session = plan()
    assert agenda(session, cast.bob) == [f"Story {n}" for n in range(10)]
    first = items_of(session, cast.bob, AT)[0]
    assert "criteria" in [finding.slug for finding in first.findings]


@pytest.mark.parametrize("name", ["alice", "carol", "mallory"])
def test_only_the_team_plans(cast, plan, name):
    with forbidden():
        plan(by=cast.people[name])


@pytest.mark.parametrize(
    ("given", "field"),
    [({"minutes": 5}, "minutes"), ({"starts_at": later(-120)}, "starts_at")],
)
def test_what_makes_no_sense_is_refused(plan, given, field):
    with invalid() as caught:
        plan(**given)
    assert field in caught.value.errors


def test_stories_are_put_on_and_taken_off(cast, plan, write):
    session, story = plan(), write("Late")
    item = actions.add_item(session=session, story=story, by=cast.bob, at=later(1))
    again = actions.add_item(session=session, story=story, by=cast.bob, at=later(1))
    assert (item.pk, agenda(session, cast.bob)) == (again.pk, ["Late"])
    actions.remove_item(item=item, by=cast.bob, at=later(2))
    assert agenda(session, cast.bob) == []


def test_beginning_turns_to_the_first_and_the_clock_runs(cast, plan, write):
    write("One")
    write("Two")
    session = begin(cast, plan())
    one, two = items_of(session, cast.bob, later(70))
    assert (one.is_running, two.is_running) == (True, False)
    clock = clock_of(session, later(70))
    assert (clock.due, clock.left) == (later(120), timedelta(minutes=50))
    assert one.clock.due == later(90)  # half an hour each
    assert clock.level == "calm"
    assert clock_of(session, later(110)).level == "soon"
    assert clock_of(session, later(121)).level == "late"


def test_an_outcome_ends_one_and_turns_to_the_next(cast, plan, write):
    write("One")
    write("Two")
    session = begin(cast, plan())
    one, two = (item.row for item in items_of(session, cast.bob, AT))
    following = actions.end_item(
        item=one, by=cast.bob, at=later(65), outcome="Split in two"
    )
    assert following == two
    shown = items_of(session, cast.bob, later(66))
    assert [item.is_running for item in shown] == [False, True]
    assert shown[0].row.outcome == "Split in two"
    assert "Split in two" not in str(Event.objects.latest("id").changes)


def test_turning_to_another_ends_the_one_before(cast, plan, write):
    write("One")
    write("Two")
    session = begin(cast, plan())
    two = items_of(session, cast.bob, AT)[1].row
    actions.start_item(item=two, by=cast.bob, at=later(62))
    shown = items_of(session, cast.bob, later(63))
    assert [item.is_running for item in shown] == [False, True]
    assert shown[0].row.ended_at == later(62)


def test_an_outcome_says_something(cast, plan, write):
    write("One")
    session = begin(cast, plan())
    item = items_of(session, cast.bob, AT)[0].row
    with invalid():
        actions.end_item(item=item, by=cast.bob, at=later(61), outcome=" ")


def test_before_it_begins_nothing_becomes_of_anything(cast, plan, write):
    write("One")
    session = plan()
    item = items_of(session, cast.bob, AT)[0].row
    with wrong_state():
        actions.end_item(item=item, by=cast.bob, at=later(1), outcome="Ready")


def test_what_is_over_stays_as_it_is(cast, plan, write):
    story = write("One")
    session = begin(cast, plan())
    actions.end_session(session=session, by=cast.dana, at=later(90))
    with wrong_state():
        actions.add_item(session=session, story=story, by=cast.bob, at=later(91))
    with wrong_state():
        begin(cast, session)
    assert clock_of(Session.objects.get(pk=session.pk), later(92)) is None


def test_the_next_one_is_what_runs_else_what_comes_first(cast, process, plan):
    late, soon = plan(starts_at=later(600)), plan(starts_at=later(100))
    assert next_session(process) == soon
    begin(cast, late)
    assert next_session(process) == late


def test_by_page(cast, process, write):
    write("One")
    dana, base = as_(cast.dana), "/backlog/incident/refine/sessions/"
    tomorrow = timezone.localtime() + timedelta(days=1)
    sent = {"starts_at": tomorrow.strftime("%Y-%m-%dT10:00"), "minutes": "30"}
    made = dana.post(f"{base}new/", sent)
    session = Session.objects.get(process=process)
    assert made.url == f"{base}{session.pk}/"
    page = dana.get(made.url).content.decode()
    assert "One" in page
    item = session.items.get()
    dana.post(f"{made.url}start/")
    assert "data-due" in dana.get(made.url).content.decode()
    dana.post(f"{made.url}items/{item.pk}/end/", {"outcome": "Ready"})
    dana.post(f"{made.url}end/")
    item.refresh_from_db()
    session.refresh_from_db()
    assert (item.outcome, session.ended_at is not None) == ("Ready", True)
    assert as_(cast.alice).post(f"{made.url}start/").status_code == 403
    refused = dana.post(f"{made.url}start/")
    assert refused.status_code == 409
    assert dana.post(f"{base}new/", {"minutes": "3"}).status_code == 422


def test_over_rest(cast, process, write):
    story, other = write("One"), write("Two")
    bob, starts = Api(cast.bob), timezone.now() + timedelta(hours=1)
    sent = {"process": "incident", "starts_at": starts.isoformat(), "minutes": 30}
    made = bob.post("refinements/", sent)
    assert made.status_code == 201, made.json()
    assert [one["story"] for one in made.json()["agenda"]] == [
        story.number,
        other.number,
    ]
    url = f"refinements/{made.json()['id']}/"
    bob.patch(url, {"minutes": 45})
    bob.post(f"{url}remove/", {"story": other.number})
    bob.post(f"{url}start/")
    told = bob.post(f"{url}outcome/", {"story": story.number, "outcome": "Ready"})
    assert told.json()["agenda"][0]["outcome"] == "Ready", told.json()
    stranger = bob.post(f"{url}item/", {"story": other.number})
    assert stranger.status_code == 422
    bob.post(f"{url}add/", {"story": other.number})
    turned = bob.post(f"{url}item/", {"story": other.number}).json()
    assert turned["agenda"][1]["started_at"]
    assert bob.post(f"{url}end/").json()["verbs"] == []
    assert bob.post(f"{url}start/").status_code == 409
    assert Api(cast.alice).post(f"{url}start/").status_code == 403
    assert Api(cast.mallory).get(url).status_code == 404
