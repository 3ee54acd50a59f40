"""The backbone of a map: named, ordered, taken over from the value stream, dropped."""

import pytest

from backlog.mapping import actions
from backlog.mapping.models import Activity
from backlog.mapping.queries import backbone
from backlog.profile.models import StreamStep
from core.models import Event
from tests.api.conftest import Api
from tests.cast import AT
from tests.factories import later
from tests.itsm.checks import forbidden, invalid, wrong_state

API = "activities/"


@pytest.fixture
def add(cast, process):
    def make(name, parent=None, by=None):
        return actions.add_activity(
            process=process, by=by or cast.bob, at=AT, name=name, parent=parent
        )

    return make


def names(process):
    return [(b.activity.name, [s.name for s in b.steps]) for b in backbone(process)]


def test_activities_stand_from_left_to_right_with_their_steps(process, add):
    report, solve = add("Report"), add("Solve")
    add("Call", report)
    add("Write", report)
    assert names(process) == [("Report", ["Call", "Write"]), ("Solve", [])]
    assert solve.position == 1


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("dana", True),
        ("bob", True),
        ("grace", True),
        ("alice", False),
        ("carol", False),
    ],
)
def test_who_draws_the_map(cast, process, add, name, may):
    if may:
        assert add("Report", by=cast.people[name]).pk
    else:
        with forbidden():
            add("Report", by=cast.people[name])


@pytest.mark.parametrize("name", ["", "  ", "x" * 121])
def test_a_name_is_needed_and_fits(add, name):
    with invalid() as caught:
        add(name)
    assert "name" in caught.value.errors


def test_a_step_has_no_steps(cast, add):
    step = add("Call", add("Report"))
    with invalid() as caught:
        add("Dial", step)
    assert "parent" in caught.value.errors


def test_a_step_stays_in_its_process(cast, process, add):
    other = cast.processes["change"]
    stranger = actions.add_activity(process=other, by=cast.dana, at=AT, name="Plan")
    with invalid():
        add("Call", stranger)


def test_moving_changes_the_order_and_says_so(cast, process, add):
    for name in ("Report", "Solve", "Verify"):
        last = add(name)
    actions.move_activity(activity=last, by=cast.bob, at=later(1), to=0)
    assert [name for name, _s in names(process)] == ["Verify", "Report", "Solve"]
    event = Event.objects.latest("id")
    assert (event.kind, event.changes["position"]) == ("process.describe", [2, 0])
    actions.move_activity(activity=last, by=cast.bob, at=later(2), to=99)
    assert [name for name, _s in names(process)] == ["Report", "Solve", "Verify"]


def test_the_log_never_holds_the_name(add):
    add("Something private")
    assert "private" not in str(Event.objects.latest("id").changes)


def test_an_activity_goes_only_after_its_steps(cast, process, add):
    report = add("Report")
    step = add("Call", report)
    with wrong_state():
        actions.drop_activity(activity=report, by=cast.bob, at=later(1))
    actions.drop_activity(activity=step, by=cast.bob, at=later(1))
    actions.drop_activity(activity=report, by=cast.bob, at=later(1))
    assert not Activity.objects.filter(process=process).exists()


def test_what_somebody_else_dropped_is_refused_in_words(cast, add):
    one = add("Report")
    stale = Activity.objects.get(pk=one.pk)
    actions.drop_activity(activity=one, by=cast.bob, at=later(1))
    with wrong_state():
        actions.rename_activity(activity=stale, by=cast.bob, at=later(2), name="x")


def test_the_value_stream_is_taken_over_once(cast, process, add):
    add("Register")
    for n, name in enumerate(["Register", "Diagnose", "Resolve"]):
        StreamStep.objects.create(
            process=process,
            position=n,
            name=name,
            process_minutes=5,
            waiting_minutes=0,
        )
    take = {"process": process, "by": cast.dana, "at": later(1)}
    assert actions.take_from_stream(**take) == 2
    assert actions.take_from_stream(**take) == 0
    assert [name for name, _s in names(process)] == ["Register", "Diagnose", "Resolve"]


def test_over_rest(cast, process):
    bob = Api(cast.bob)
    made = bob.post(API, {"process": "incident", "name": "Report"})
    assert made.status_code == 201, made.json()
    pk = made.json()["id"]
    step = bob.post(API, {"process": "incident", "name": "Call", "parent": pk}).json()
    assert step["parent"] == pk
    bob.post(API, {"process": "incident", "name": "Solve"})
    moved = bob.patch(f"{API}{pk}/", {"position": 1, "name": "Ask"})
    assert (moved.json()["position"], moved.json()["name"]) == (1, "Ask")
    listed = bob.get(f"{API}?process=incident&ordering=position").json()["results"]
    assert len(listed) == 3
    assert bob.post(f"{API}{step['id']}/drop/").status_code == 200
    assert bob.get(f"{API}{step['id']}/").status_code == 404


def test_over_rest_others_look_on(cast, process, add):
    one = add("Report")
    assert Api(cast.alice).get(f"{API}{one.pk}/").status_code == 200
    assert Api(cast.alice).patch(f"{API}{one.pk}/", {"name": "x"}).status_code == 403
    assert Api(cast.mallory).get(f"{API}{one.pk}/").status_code == 404
    refused = Api(cast.bob).post(API, {"process": "incident"})
    assert refused.status_code == 422
    assert "name" in refused.json()["errors"]
