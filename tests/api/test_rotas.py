"""Rotas, who is on duty, overrides, swaps and absences over REST."""

import pytest

from people.models import Absence, RotaOverride
from people.rotas import api as rotas
from tests.people.rotas.rotas import a_rota, a_spec

pytestmark = pytest.mark.django_db
LAYER = {
    "people": ["bob@demo.example", "alice@demo.example"],
    "every": 1,
    "unit": "weeks",
    "starts": "2026-01-05",
    "hand_over": "09:00",
}
NEW = {
    "name": "Nights",
    "team": "desk",
    "time_zone": "Europe/Berlin",
    "layers": [LAYER],
}
FAR = {"starts_at": "2030-01-07T00:00:00Z", "ends_at": "2030-01-08T00:00:00Z"}


def test_a_rota_is_made_read_and_changed(cast, api):
    lead = api(cast.alice)
    night = {**LAYER, "hours": {"fri": [["22:00", "30:00"]]}}
    made = lead.post("rotas/", {**NEW, "layers": [LAYER, night]})
    assert made.status_code == 201
    assert made["Location"].endswith("/api/v1/rotas/nights/")
    told = made.json()
    assert [layer["people"] for layer in told["layers"]] == [LAYER["people"]] * 2
    assert told["layers"][1]["hours"] == {"fri": [["22:00", "30:00"]]}
    assert api(cast.erin).get("rotas/nights/").json() == told
    assert api(cast.erin).get("rotas/?team=desk").json()["results"] == [told]
    changed = lead.patch("rotas/nights/", {"layers": [LAYER], "note": "Be kind"})
    assert len(changed.json()["layers"]) == 1
    assert changed.json()["layers"][0]["id"] == told["layers"][0]["id"]
    stale = lead.patch("rotas/nights/", {"note": ""}, If_Match=made["ETag"])
    assert stale.status_code == 412


def test_a_list_costs_the_same_however_many(cast, django_assert_num_queries):
    a_rota(cast)
    a_rota(cast, a_spec(cast.erin), a_spec(cast.bob), team="network", name="Network")
    with django_assert_num_queries(2):
        assert len([rotas._rota(row) for row in rotas._rotas(cast.bob)]) == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"layers": []}, "layers"),
        ({"layers": "all"}, "layers"),
        ({"layers": [LAYER] * 6}, "layers"),
        ({"layers": [1]}, "layers"),
        ({"layers": [{}]}, "layers"),
        ({"layers": [{**LAYER, "people": []}]}, "layers"),
        ({"layers": [{**LAYER, "people": ["x@demo.example"]}]}, "layers"),
        ({"layers": [{**LAYER, "people": ["carol@demo.example"]}]}, "layers"),
        ({"layers": [{**LAYER, "every": True}]}, "layers"),
        ({"layers": [{**LAYER, "every": 10**9}]}, "layers"),
        ({"layers": [{**LAYER, "starts": "2026-02-30"}]}, "layers"),
        ({"layers": [{**LAYER, "hand_over": "24:00"}]}, "layers"),
        ({"layers": [{**LAYER, "hours": {"fri": [["22:00"]]}}]}, "layers"),
        ({"layers": [{**LAYER, "hours": {"day": []}}]}, "layers"),
        ({"layers": [{**LAYER, "colour": "red"}]}, "layers"),
        ({"time_zone": "Europe/Atlantis"}, "time_zone"),
        ({"team": "nobody"}, "team"),
        ({"name": ""}, "name"),
    ],
)
def test_what_cannot_be_is_refused_by_field(cast, api, change, field):
    answer = api(cast.grace).post("rotas/", {**NEW, **change})
    assert answer.status_code == 422, answer.content
    assert list(answer.json()["errors"]) == [field]


def test_what_is_needed_is_named(cast, api):
    answer = api(cast.grace).post("rotas/", {"kind": "duty_manager"})
    assert sorted(answer.json()["errors"]) == ["layers", "name", "time_zone"]


def test_who_leads_another_team_or_none_changes_nothing(cast, api):
    assert api(cast.erin).post("rotas/", NEW).status_code == 403
    assert api(cast.bob).post("rotas/", NEW).status_code == 403
    a_rota(cast)
    assert api(cast.bob).patch("rotas/desk-duty/", {"name": "X"}).status_code == 403
    assert api(cast.carol).get("rotas/desk-duty/").status_code == 404
    assert api(cast.carol).get("rotas/").json()["results"] == []


def test_who_is_on_duty_at_a_time(cast, api):
    a_rota(cast, a_spec(cast.alice, cast.bob), a_spec(cast.erin))
    bob = api(cast.bob)
    told = bob.get("rotas/desk-duty/on-duty/?at=2026-01-12T12:00:00Z").json()
    assert told["on_duty"] == ["bob@demo.example", "erin@demo.example"]
    assert told["changes_at"] == "2026-01-19T08:00:00Z"
    assert told["positions"][0] == {
        "position": 1,
        "person": "bob@demo.example",
        "why": "turn",
        "instead_of": None,
    }
    assert bob.get("rotas/desk-duty/on-duty/").status_code == 200
    for wrong in ("?at=soon", "?when=now", "?at=1066-10-14T09:00:00Z"):
        assert bob.get(f"rotas/desk-duty/on-duty/{wrong}").status_code == 400


def test_shifts_of_a_time(cast, api):
    a_rota(cast)
    bob = api(cast.bob)
    span = "?start=2026-03-23T08:00:00Z&end=2026-04-06T07:00:00Z"
    told = bob.get(f"rotas/desk-duty/shifts/{span}").json()
    assert [(s["person"], s["start"], s["end"]) for s in told["shifts"]] == [
        ("bob@demo.example", "2026-03-23T08:00:00Z", "2026-03-30T07:00:00Z"),
        ("alice@demo.example", "2026-03-30T07:00:00Z", "2026-04-06T07:00:00Z"),
    ]
    assert bob.get("rotas/desk-duty/shifts/").json()["shifts"]
    backwards = "?start=2026-03-23T08:00:00Z&end=2026-03-22T08:00:00Z"
    for wrong in (backwards, "?end=2040-01-01T00:00:00Z", "?start=x"):
        assert bob.get(f"rotas/desk-duty/shifts/{wrong}").status_code == 400


def test_an_override_is_made_listed_and_taken_back(cast, api):
    a_rota(cast)
    lead, body = api(cast.alice), {"person": "erin@demo.example", **FAR}
    assert api(cast.bob).post("rotas/desk-duty/overrides/", body).status_code == 403
    made = lead.post("rotas/desk-duty/overrides/", body, Idempotency_Key="a")
    assert made.status_code == 201
    again = lead.post("rotas/desk-duty/overrides/", body, Idempotency_Key="a")
    assert again.json() == made.json()
    assert lead.get("rotas/desk-duty/overrides/").json()["results"] == [made.json()]
    at = "rotas/desk-duty/on-duty/?at=2030-01-07T12:00:00Z"
    assert lead.get(at).json()["on_duty"] == ["erin@demo.example"]
    one = f"rotas/desk-duty/overrides/{made.json()['id']}/"
    assert api(cast.bob).send("delete", one, None).status_code == 403
    assert lead.send("delete", one, None).status_code == 204
    assert lead.send("delete", one, None).status_code == 404
    assert not RotaOverride.objects.exists()
    wrong = {**body, "ends_at": body["starts_at"]}
    assert lead.post("rotas/desk-duty/overrides/", wrong).status_code == 422
    assert lead.post("rotas/desk-duty/overrides/", {}).status_code == 422


def test_a_swap_from_proposal_to_undoing(cast, api):
    a_rota(cast)
    bob, lead = api(cast.bob), api(cast.alice)
    shifts = bob.get("rotas/desk-duty/shifts/").json()["shifts"]
    sides = [{"layer": s["layer"], "turn": s["turn"]} for s in shifts[1:3]]
    body = {"one": sides[0], "other": sides[1]}
    made = bob.post("rotas/desk-duty/swaps/", body)
    assert made.status_code == 201
    assert made.json()["state"] == "proposed"
    assert made.json()["one"]["person"] == "bob@demo.example"
    assert bob.get("rotas/desk-duty/swaps/").json()["results"] == [made.json()]
    one = f"rotas/desk-duty/swaps/{made.json()['id']}/"
    assert bob.post(f"{one}accept/").status_code == 403
    assert lead.post(f"{one}accept/").json()["state"] == "agreed"
    assert lead.post(f"{one}accept/").status_code == 409
    assert lead.post(f"{one}undo/").json()["state"] == "undone"
    for wrong in (
        {"one": sides[0]},
        {"one": sides[0], "other": {"layer": 1}},
        {"one": sides[0], "other": {**sides[1], "turn": 999_999}},
        {"one": sides[0], "other": {**sides[1], "turn": "x"}},
    ):
        assert bob.post("rotas/desk-duty/swaps/", wrong).status_code == 422, wrong
    assert api(cast.erin).post("rotas/desk-duty/swaps/", body).status_code == 403


def test_absences_are_entered_changed_and_ended(cast, api):
    bob, lead = api(cast.bob), api(cast.alice)
    made = bob.post("absences/", {**FAR, "cover": "erin@demo.example", "note": "Sea"})
    assert made.status_code == 201
    told = made.json()
    assert (told["user"], told["note"]) == ("bob@demo.example", "Sea")
    one = f"absences/{told['id']}/"
    assert made["Location"].endswith(one)
    assert lead.get(one).json()["note"] == "Sea"
    assert api(cast.erin).get(one).json()["note"] is None
    assert api(cast.erin).patch(one, {"note": "x"}).status_code == 403
    assert lead.patch(one, {"cover": None}).json()["cover"] is None
    assert bob.get("absences/?cover=").json()["results"] == [lead.get(one).json()]
    assert bob.get("absences/?user=ERIN@demo.example").json()["results"] == []
    assert bob.get("absences/?ends_since=2031-01-01T00:00:00Z").json()["results"] == []
    assert bob.patch(one, {"user": "erin@demo.example"}).status_code == 422
    assert api(cast.carol).get(one).status_code == 404
    assert api(cast.carol).get("absences/").json()["results"] == []
    assert api(cast.carol).post("absences/", FAR).status_code == 403
    assert bob.send("delete", one, None).status_code == 204
    assert not Absence.objects.exists()


def test_an_absence_of_another_is_for_whoever_leads(cast, api):
    body = {**FAR, "user": "bob@demo.example"}
    assert api(cast.erin).post("absences/", body).status_code == 403
    assert api(cast.alice).post("absences/", body).status_code == 201
    wrong = {**body, "cover": "bob@demo.example"}
    answer = api(cast.alice).post("absences/", wrong)
    assert list(answer.json()["errors"]) == ["cover"]
    assert api(cast.bob).post("absences/", {}).status_code == 422


def test_what_was_recorded_is_in_the_log_without_texts(cast, api):
    a_rota(cast)
    api(cast.bob).post("absences/", {**FAR, "note": "Knee surgery"})
    log = api(cast.alice).get("events/?limit=200").json()["results"]
    kinds = {event["kind"]: event for event in log}
    assert kinds["rota.create"]["subject"] == {"type": "rota", "number": "desk-duty"}
    assert "user.absence" in kinds
    assert "surgery" not in str(log)
