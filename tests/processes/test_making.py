"""A process is made before it has rules, and every list bears that."""

import json

import pytest

from core.errors import Forbidden, Invalid
from core.models import Event
from processes import actions, queries
from processes.making import change_process, make_process
from processes.models import Process
from tests.cast import AT, Cast
from tests.factories import a_token, an_incident, as_

pytestmark = pytest.mark.django_db


def made(cast: Cast, **fields) -> Process:
    fields.setdefault("name", "Onboarding")
    return make_process(by=fields.pop("by", cast.dana), at=AT, **fields)


def test_whoever_makes_a_process_owns_it_and_the_log_says_so(cast: Cast):
    process = made(cast, purpose="New people work on day one.")
    assert (process.slug, process.owner) == ("onboarding", cast.dana)
    event = Event.objects.get(kind="process.make")
    assert event.changes["slug"] == [None, "onboarding"]
    assert "day one" not in json.dumps(event.changes)


def test_only_process_owners_and_administrators_make_one(cast: Cast):
    made(cast, by=cast.grace)
    for nobody in (cast.bob, cast.alice, cast.frank, cast.carol):
        with pytest.raises(Forbidden):
            made(cast, by=nobody)


@pytest.mark.parametrize("name", ["New", "Portfolio", "Stories"])
def test_no_process_is_called_like_a_page(cast: Cast, name: str):
    assert made(cast, name=name).slug == f"{name.lower()}-process"


def test_a_name_that_is_taken_gets_a_number(cast: Cast):
    assert made(cast, name="Incident").slug == "incident-2"


def test_a_process_without_a_version_stands_in_every_list(cast: Cast):
    made(cast)
    dana = as_(cast.dana)
    assert b"None yet" in dana.get("/processes/").content
    assert b"Nothing is released yet" in dana.get("/processes/onboarding/").content
    assert dana.get("/processes/onboarding/new/").status_code == 200
    assert dana.get("/queue/").status_code == 200
    assert "onboarding" not in queries.live_versions()
    assert an_incident(cast).process_version.process.slug == "incident"
    told = as_(cast.bob).get("/api/v1/processes/onboarding/").json()
    assert (told["live_version"], told["versions"]) == (None, [])


def test_its_first_version_can_be_written_and_released(cast: Cast):
    process = made(cast, name="Incident two")
    text = actions.text_of(cast.processes["incident"].versions.get())
    text = text.replace("process: incident", f"process: {process.slug}", 1)
    draft = actions.create_draft(process=process, by=cast.dana, at=AT, text=text)
    actions.release(version=draft, by=cast.dana, at=AT)
    assert queries.live_version(process) == draft


def test_the_page_makes_it_once_and_says_what_is_missing(cast: Cast):
    dana = as_(cast.dana)
    assert as_(cast.bob).get("/processes/new/").status_code == 403
    assert b"/processes/new/" in dana.get("/processes/").content
    assert b"/processes/new/" not in as_(cast.bob).get("/processes/").content
    assert dana.post("/processes/new/", {"name": " "}).status_code == 422
    sent = {"name": "Onboarding", "purpose": "Day one", "owner": "", "once": "k1"}
    for _twice in range(2):
        answer = dana.post("/processes/new/", sent)
        assert answer["Location"] == "/processes/onboarding/"
    assert Process.objects.filter(name="Onboarding").count() == 1


def test_it_is_made_and_changed_over_rest(cast: Cast, client):
    headers = {"Authorization": f"Bearer {a_token(cast.dana)}"}

    def ask(method, path, **sent):
        return client.generic(
            method,
            f"/api/v1/processes/{path}",
            json.dumps(sent),
            "application/json",
            headers=headers,
        )

    answer = ask("POST", "", name="Onboarding", owner="dana@demo.example")
    assert answer.status_code == 201
    assert answer["Location"].endswith("/api/v1/processes/onboarding/")
    assert ask("POST", "", purpose="None").status_code == 422
    told = ask("PATCH", "onboarding/", purpose="Day one", team="desk").json()
    assert (told["purpose"], told["team"]) == ("Day one", "desk")
    headers["Authorization"] = f"Bearer {a_token(cast.erin)}"
    assert ask("PATCH", "onboarding/", purpose="Mine").status_code == 403
    assert ask("POST", "", name="Mine").status_code == 403


def test_only_its_owner_gives_it_away(cast: Cast):
    process = made(cast, team=cast.teams["desk"])
    change_process(process=process, by=cast.bob, at=AT, purpose="By its team")
    with pytest.raises(Forbidden):
        change_process(process=process, by=cast.bob, at=AT, owner=cast.bob)
    given = change_process(process=process, by=cast.dana, at=AT, owner=cast.erin)
    assert given.owner == cast.erin
    with pytest.raises(Invalid):
        change_process(process=process, by=cast.grace, at=AT, name="x" * 201)
