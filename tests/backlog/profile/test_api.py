"""The profile over REST: everything a page can do, by the same actions."""

import json

import pytest

from backlog.profile import actions
from processes.models import Process
from tests.cast import AT, Cast
from tests.factories import a_token

pytestmark = pytest.mark.django_db
BASE = "/api/v1/processes/incident/"


@pytest.fixture
def incident(cast: Cast) -> Process:
    process = cast.processes["incident"]
    actions.add_member(process=process, by=cast.dana, at=AT, user=cast.bob)
    return process


@pytest.fixture
def ask(client):
    def asked(user, method, path, sent=None, **headers):
        return client.generic(
            method,
            BASE + path,
            "" if sent is None else json.dumps(sent),
            "application/json",
            headers={"Authorization": f"Bearer {a_token(user)}", **headers},
        )

    return asked


def test_the_profile_is_read_and_changed(cast: Cast, incident, ask):
    told = ask(cast.erin, "GET", "profile/")
    assert told.json()["columns"][0]["slug"] == "todo"
    sent = {"goal": "Faster", "service_manager": "alice@demo.example", "ready": ["A"]}
    answer = ask(cast.bob, "PATCH", "profile/", sent)
    assert (answer.status_code, answer.json()["goal"]) == (200, "Faster")
    assert answer.json()["service_manager"] == "alice@demo.example"
    stale = ask(cast.dana, "PATCH", "profile/", sent, **{"If-Match": told["ETag"]})
    assert stale.status_code == 412
    for wrong in (
        {"order": "loud"},
        {"columns": [1]},
        {"owner": None},
        {"ready": [""]},
    ):
        assert ask(cast.dana, "PATCH", "profile/", wrong).status_code == 422


LISTS = [
    ("members", {"user": "erin@demo.example", "days_a_week": 1.5}, {"days_a_week": 2}),
    (
        "stakeholders",
        {"name": "Works council", "power": 5, "interest": 2, "needs": "Plans"},
        {"power": 1},
    ),
    ("statements", {"kind": "control", "title": "Two pairs"}, {"risk": "Error"}),
    ("aims", {"kind": "objective", "title": "Faster"}, {"target": "90 %"}),
]


@pytest.mark.parametrize(("part", "sent", "change"), LISTS)
def test_a_line_is_added_changed_and_taken_out(cast, incident, ask, part, sent, change):
    made = ask(cast.dana, "POST", f"{part}/", sent)
    assert made.status_code == 201
    told = made.json()
    assert {name: told[name] for name in sent} == sent
    one = f"{part}/{told['id']}/"
    changed = ask(cast.bob, "PATCH", one, change).json()
    assert {name: changed[name] for name in change} == change
    assert changed in ask(cast.dana, "GET", f"{part}/").json()["results"]
    assert ask(cast.frank, "PATCH", one, change).status_code == 403
    assert ask(cast.frank, "DELETE", one).status_code == 403
    assert ask(cast.dana, "PATCH", one, {"colour": "red"}).status_code == 422
    assert ask(cast.dana, "DELETE", one).status_code == 204
    assert ask(cast.dana, "GET", one).status_code == 404


@pytest.mark.parametrize(("part", "sent", "change"), LISTS)
def test_the_same_key_adds_one(cast, incident, ask, part, sent, change):
    for _twice in range(2):
        answer = ask(cast.dana, "POST", f"{part}/", sent, **{"Idempotency-Key": "k"})
        assert answer.status_code == 201
    assert len(ask(cast.dana, "GET", f"{part}/").json()["results"]) == {
        "members": 2,
    }.get(part, 1)


@pytest.mark.parametrize("part", [one[0] for one in LISTS])
def test_what_is_missing_is_named(cast: Cast, incident, ask, part):
    answer = ask(cast.dana, "POST", f"{part}/", {})
    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_a_control_names_a_policy_of_its_process_and_says_what_it_lacks(
    cast: Cast, incident, ask
):
    policy = {"kind": "policy", "title": "Nobody decides alone"}
    pk = ask(cast.dana, "POST", "statements/", policy).json()["id"]
    control = {"kind": "control", "title": "Two pairs"}
    made = ask(cast.dana, "POST", "statements/", control).json()
    assert made["faults"] == ["serves", "owner"]
    mend = {"policy": pk, "owner": "dana@demo.example"}
    mended = ask(cast.dana, "PATCH", f"statements/{made['id']}/", mend).json()
    assert (mended["policy"], mended["faults"]) == (pk, [])
    for nowhere in (made["id"] + 999, "x", True):
        answer = ask(cast.dana, "POST", "statements/", {**control, "policy": nowhere})
        assert answer.status_code in {404, 422}


def test_the_stream_is_drawn_whole(cast: Cast, incident, ask):
    steps = [
        {"name": "Register", "process_minutes": 12, "value": "adding"},
        {"name": "Solve", "process_minutes": 340.5, "waiting_minutes": "4932"},
    ]
    answer = ask(cast.dana, "PUT", "stream/", {"steps": steps})
    told = answer.json()
    assert (answer.status_code, told["lead_minutes"]) == (200, 5284.5)
    assert [s["name"] for s in told["steps"]] == ["Register", "Solve"]
    for wrong in (
        {},
        {"steps": "x"},
        {"steps": [{"name": "A", "process_minutes": -1}]},
        {"steps": [{"name": "A", "process_minutes": "NaN"}]},
        {"steps": [{"name": "A", "colour": "red"}]},
    ):
        assert ask(cast.dana, "PUT", "stream/", wrong).status_code == 422
    assert ask(cast.erin, "PUT", "stream/", {"steps": []}).status_code == 403


def test_a_proposal_of_nothing_is_empty_and_nothing_can_be_taken(
    cast: Cast, incident, ask
):
    told = ask(cast.erin, "GET", "stream/proposal/").json()
    assert (told["measured"], told["steps"], told["efficiency"]) == (0, [], None)
    sent = {"states": ["new"]}
    assert ask(cast.dana, "POST", "stream/proposal/", sent).status_code == 422
    assert ask(cast.erin, "POST", "stream/proposal/", sent).status_code == 403
