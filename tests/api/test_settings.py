"""Users, teams, organisations, services, categories, offerings, processes over REST."""

from datetime import timedelta

import pytest

from core.models import Event
from itsm.requests.models import Offering
from people.models import Service, User

pytestmark = pytest.mark.django_db
COLLECTIONS = {
    "users": "carol@demo.example",
    "teams": "desk",
    "organisations": "acme",
    "services": "vpn",
    "categories": "mail",
    "offerings": "new-laptop",
    "processes": "incident",
}


def keys(answer) -> list[str]:
    return [one.get("slug", one.get("email")) for one in answer.json()["results"]]


@pytest.mark.parametrize("name", COLLECTIONS)
def test_lists_and_items_are_told_alike(cast, api, name):
    client = api(cast.bob)
    listed = client.get(f"{name}/").json()["results"]
    item = client.get(f"{name}/{COLLECTIONS[name]}/")
    assert item.status_code == 200
    assert item.json() in listed
    again = client.get(f"{name}/{COLLECTIONS[name]}/", If_None_Match=item["ETag"])
    assert again.status_code == 304
    assert client.get(f"{name}/nobody-has-this/").status_code == 404


def test_requesters_see_what_is_theirs(cast, api):
    carol = api(cast.carol)
    assert keys(carol.get("users/")) == ["carol@demo.example"]
    assert keys(carol.get("organisations/")) == ["acme"]
    assert keys(carol.get("teams/")) == []
    assert keys(carol.get("processes/")) == []
    cast.services["printing"].organisations.add(cast.organisations["globex"])
    cast.services["e-mail"].is_active = False
    cast.services["e-mail"].save()
    assert keys(carol.get("services/")) == ["hr-portal", "sign-in", "vpn"]
    assert "printing" in keys(api(cast.mallory).get("services/"))
    assert len(keys(api(cast.bob).get("services/"))) == 5


def test_lists_narrow(cast, api):
    bob = api(cast.bob)
    assert keys(bob.get("users/?organisation=acme")) == ["carol@demo.example"]
    assert keys(bob.get("users/?q=mall")) == ["mallory@demo.example"]
    assert keys(bob.get("services/?criticality=critical")) == ["sign-in"]
    assert keys(bob.get("teams/?ordering=-name&limit=1")) == ["desk"]
    assert bob.get("teams/?updated_since=2026-01-01").status_code == 400


def test_a_process_has_its_versions_and_their_definition(cast, api):
    bob = api(cast.bob)
    process = bob.get("processes/incident/").json()
    assert (process["live_version"], process["versions"]) == (1, [1])
    versions = bob.get("processes/incident/versions/").json()["results"]
    assert versions[0]["rollouts"][0]["scope"] == "all"
    version = bob.get("processes/incident/versions/1/")
    assert version.json()["definition"]
    assert bob.get("processes/incident/versions/9/").status_code == 404


def test_administrators_make_and_change(cast, api):
    grace = api(cast.grace)
    made = grace.post(
        "services/",
        {
            "name": "Web shop",
            "criticality": "critical",
            "owner": "erin@demo.example",
            "depends_on": ["sign-in"],
            "support_teams": ["network"],
        },
    )
    assert made.status_code == 201, made.content
    body = made.json()
    assert body["depends_on"] == ["sign-in"]
    assert made["Location"].endswith(f"/api/v1/services/{body['slug']}/")
    changed = grace.patch(f"services/{body['slug']}/", {"always_on": True})
    assert changed.json()["always_on"] is True
    stale = grace.patch(
        f"services/{body['slug']}/", {"always_on": False}, If_Match=made["ETag"]
    )
    assert stale.status_code == 412
    kinds = set(
        Event.objects.filter(subject_type="service").values_list("kind", flat=True)
    )
    assert kinds == {"service.create", "service.change"}
    events = grace.get("events/").json()["results"]
    made_event = next(e for e in events if e["kind"] == "service.create")
    assert made_event["changes"]["depends_on"] == [[], ["sign-in"]]


def test_people_are_made_and_lose_access(cast, api):
    grace = api(cast.grace)
    sent = {"email": "Zoe@demo.example", "name": "Zoe", "roles": ["agent"]}
    assert grace.post("users/", sent).status_code == 201
    assert User.objects.get(email="zoe@demo.example").roles == ["agent"]
    assert grace.post("users/", sent).status_code == 422
    gone = grace.patch("users/zoe@demo.example/", {"is_active": False})
    assert gone.json()["is_active"] is False


@pytest.mark.parametrize("name", sorted(COLLECTIONS.keys() - {"processes"}))
def test_nobody_else_does(cast, api, name):
    for person in (cast.bob, cast.carol):
        client = api(person)
        assert client.post(f"{name}/", {"name": "x"}).status_code == 403
        assert client.post(f"{name}/", b"{").status_code == 403
        answer = client.patch(f"{name}/{COLLECTIONS[name]}/", {"name": "x"})
        assert answer.status_code in {403, 404}
    assert not Event.objects.filter(kind__endswith=".create").exists()


def test_a_services_owner_changes_it(cast, api):
    cast.erin.roles = [*cast.erin.roles, "service_owner"]
    cast.erin.save()
    erin = api(cast.erin)
    assert erin.patch("services/vpn/", {"description": "In"}).status_code == 200
    assert erin.patch("services/printing/", {"description": "x"}).status_code == 403
    assert Service.objects.get(slug="vpn").description == "In"


def test_the_catalogue_is_kept_by_administrators(cast, api):
    grace = api(cast.grace)
    sent = {
        "name": "Shared mailbox",
        "description": "For a team",
        "service": "e-mail",
        "team": "desk",
        "approval": "data_owner",
        "approver": "dana@demo.example",
        "promise": "PT4H",
        "tasks": ["Make it", "Give rights", "Make it"],
    }
    made = grace.post("offerings/", sent)
    assert made.status_code == 201, made.content
    told = made.json()
    assert {k: told[k] for k in sent if k != "promise"} == {
        k: v for k, v in sent.items() if k != "promise"
    }
    path = f"offerings/{told['slug']}/"
    stale = grace.get(path)["ETag"]
    changed = grace.patch(path, {"promise": "P1D", "is_active": False, "team": None})
    assert (changed.status_code, changed.json()["team"]) == (200, None)
    row = Offering.objects.get(slug=told["slug"])
    assert (row.promise, row.is_active) == (timedelta(days=1), False)
    assert grace.patch(path, {"name": "x"}, If_Match=stale).status_code == 412
    assert api(cast.carol).get(path).status_code == 404
    assert list(
        Event.objects.filter(subject_type="offering").values_list("kind", flat=True)
    ) == ["offering.create", "offering.change"]


def test_a_services_owner_keeps_the_offerings_of_that_service(cast, api):
    cast.erin.roles = [*cast.erin.roles, "service_owner"]
    cast.erin.save()
    erin = api(cast.erin)
    made = erin.post("offerings/", {"name": "VPN token", "service": "vpn"})
    assert made.status_code == 201
    assert made.json()["promise"] == "P0DT08H00M00S"
    path = f"offerings/{made.json()['slug']}/"
    assert erin.patch(path, {"description": "A key"}).status_code == 200
    assert erin.patch(path, {"service": "printing"}).status_code == 403
    assert erin.patch("offerings/new-laptop/", {"name": "x"}).status_code == 403
    for sent in ({"name": "x"}, {"name": "x", "service": "printing"}):
        assert erin.post("offerings/", sent).status_code == 403


ODD = [
    ("offerings", {}),
    ("offerings", {"name": "x", "promise": "PT0S"}),
    ("offerings", {"name": "x", "promise": "-P1D"}),
    ("offerings", {"name": "x", "promise": "P99999999999D"}),
    ("offerings", {"name": "x", "promise": "04:00:00"}),
    ("offerings", {"name": "x", "promise": 4}),
    ("offerings", {"name": "x", "tasks": "one"}),
    ("offerings", {"name": "x", "tasks": [""]}),
    ("offerings", {"name": "x", "tasks": ["x" * 201]}),
    ("offerings", {"name": "x", "approval": "king"}),
    ("offerings", {"name": "x", "approval": "hr"}),
    ("offerings", {"name": "x", "approval": "service_owner"}),
    ("offerings", {"name": "x", "slug": "y"}),
    ("offerings", {"name": "x", "team": "nowhere"}),
    ("users", {"email": "nobody", "name": "x"}),
    ("users", {"name": "x"}),
    ("users", {"email": "a@b.c", "name": "x", "roles": ["king"]}),
    ("users", {"email": "a@b.c", "name": "x", "roles": "agent"}),
    ("users", {"email": "a@b.c", "name": "x\x00"}),
    ("users", {"email": "a@b.c", "name": "x", "password": "x"}),
    ("teams", {}),
    ("teams", {"name": None}),
    ("teams", {"name": "x" * 201}),
    ("services", {"name": "x", "depends_on": ["nowhere"]}),
    ("services", {"name": "x", "depends_on": [{}]}),
    ("services", {"name": "x", "is_active": "yes"}),
    ("services", {"name": "x", "criticality": 1}),
    ("categories", {"name": " "}),
]


@pytest.mark.parametrize(("name", "sent"), ODD, ids=[str(o)[:50] for o in ODD])
def test_odd_fields_are_422(cast, api, name, sent):
    answer = api(cast.grace).post(f"{name}/", sent)
    assert answer.status_code == 422, answer.content
    assert answer.json()["errors"]


def test_services_do_not_tell_requesters_of_teams(cast, api):
    cast.services["vpn"].support_teams.add(cast.teams["network"])
    told = {
        person: {s["slug"]: s for s in api(person).get("services/").json()["results"]}
        for person in (cast.bob, cast.carol)
    }
    assert told[cast.bob]["vpn"]["support_teams"] == ["network"]
    assert told[cast.carol]["vpn"]["support_teams"] == []
