"""Service accounts over REST: listed for staff, made and changed by administrators."""

import pytest
from django.utils import timezone

from people import actions
from people.models import ApiToken, User
from people.token_actions import issue_token
from tests.cast import AT
from tests.factories import a_machine, later

pytestmark = pytest.mark.django_db
MADE = {"name": "Nightly backup", "owner": "erin@demo.example"}
ADDRESS = "service-accounts/nightly-backup@machines.invalid/"


def test_an_administrator_makes_and_changes_one(cast, api):
    grace = api(cast.grace)
    made = grace.post("service-accounts/", MADE)
    assert made.status_code == 201
    assert made["Location"].endswith(f"/api/v1/{ADDRESS}")
    assert made.json() == {
        "email": "nightly-backup@machines.invalid",
        "name": "Nightly backup",
        "owner": "erin@demo.example",
        "needs_owner": False,
        "organisation": None,
        "roles": ["agent"],
        "administers": False,
        "is_active": True,
    }
    given = {"roles": ["requester"], "organisation": "acme", "administers": True}
    changed = grace.patch(ADDRESS, given).json()
    assert {name: changed[name] for name in given} == given
    assert grace.patch(ADDRESS, {"is_active": False}).json()["is_active"] is False


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"owner": "carol@demo.example"}, "owner"),
        ({"owner": "nobody@demo.example"}, "owner"),
        ({"owner": None}, "owner"),
        ({"name": " "}, "name"),
        ({"roles": ["administrator"]}, "roles"),
        ({"roles": ["change_authority"]}, "roles"),
        ({"email": "x@demo.example"}, "email"),
        ({"is_machine": False}, "is_machine"),
    ],
)
def test_what_makes_no_sense_is_named(cast, api, given, field):
    answer = api(cast.grace).post("service-accounts/", MADE | given)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert not User.objects.filter(is_machine=True).exists()


def test_staff_read_and_requesters_see_none(cast, api):
    a_machine(cast)
    assert api(cast.bob).get(ADDRESS).status_code == 200
    assert api(cast.bob).post("service-accounts/", MADE).status_code == 403
    assert api(cast.bob).patch(ADDRESS, {"name": "x"}).status_code == 403
    assert api(cast.bob).get(f"{ADDRESS}tokens/").status_code == 403
    assert api(cast.carol).get("service-accounts/").json()["results"] == []
    assert api(cast.carol).get(ADDRESS).status_code == 404


def test_those_that_need_an_owner_are_found(cast, api):
    a_machine(cast)
    a_machine(cast, "Pipeline", owner=cast.bob)
    actions.change_user(user=cast.erin, by=cast.grace, at=AT, is_active=False)
    grace = api(cast.grace)

    def names(query: str) -> list[str]:
        found = grace.get(f"service-accounts/?{query}").json()["results"]
        return [one["name"] for one in found]

    assert names("needs_owner=true") == ["Nightly backup"]
    assert names("needs_owner=false") == ["Pipeline"]
    assert names("owner=bob@demo.example") == ["Pipeline"]
    assert grace.get("service-accounts/?needs_owner=x").status_code == 400
    assert grace.get(ADDRESS).json()["needs_owner"] is True


def test_its_tokens_are_listed_without_secrets_and_revoked(cast, api, client):
    account, at = a_machine(cast), timezone.now()
    row, secret = issue_token(
        user=account, by=cast.grace, at=at, name="Cron", scopes=["read"], per_minute=60
    )
    mine, _other = issue_token(user=cast.bob, by=cast.bob, at=at, name="Bob's")
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/me/", headers=headers).status_code == 200
    grace = api(cast.grace)
    [told] = grace.get(f"{ADDRESS}tokens/").json()["results"]
    assert (told["id"], told["name"], told["per_minute"]) == (row.pk, "Cron", 60)
    assert told["last_used_at"] is not None
    assert secret not in str(told)
    assert grace.send("delete", f"{ADDRESS}tokens/{mine.pk}/", {}).status_code == 404
    assert grace.send("delete", f"{ADDRESS}tokens/{row.pk}/", {}).status_code == 204
    assert client.get("/api/v1/me/", headers=headers).status_code == 401
    assert grace.get(f"{ADDRESS}tokens/").json()["results"] == []
    assert ApiToken.objects.get(pk=mine.pk).revoked_at is None


def test_people_are_told_from_programs(cast, api):
    account = a_machine(cast)
    found = api(cast.bob).get("users/?is_machine=true").json()["results"]
    assert [(one["email"], one["is_machine"]) for one in found] == [
        (account.email, True)
    ]
    address = f"users/{account.email}/"
    answer = api(cast.grace).patch(address, {"roles": ["change_authority"]})
    assert answer.status_code == 422
    assert "service account" in answer.json()["detail"]


def test_a_person_is_not_among_them(cast, api):
    answer = api(cast.grace).patch("service-accounts/bob@demo.example/", {"name": "x"})
    assert answer.status_code == 404


def test_the_log_tells_who_answers_for_it_by_name(cast, api):
    account = a_machine(cast)
    grace = api(cast.grace)
    grace.patch(ADDRESS, {"owner": "bob@demo.example"})
    events = grace.get("events/?subject=user").json()["results"]
    changes = [e["changes"] for e in events if e["subject"]["number"] == account.email]
    assert changes[0]["responsible"] == [None, "erin@demo.example"]
    assert changes[1] == {"responsible": ["erin@demo.example", "bob@demo.example"]}


def test_an_etag_keeps_two_administrators_apart(cast, api):
    a_machine(cast)
    grace = api(cast.grace)
    tag = grace.get(ADDRESS)["ETag"]
    assert grace.patch(ADDRESS, {"name": "One"}, If_Match=tag).status_code == 200
    assert grace.patch(ADDRESS, {"name": "Two"}, If_Match=tag).status_code == 412


def test_a_source_is_told_apart_from_what_a_token_does(cast, api):
    """Through a token a program is an agent; only its own door makes it a source."""
    from core.context import Door, through
    from itsm.tickets import actions as tickets
    from itsm.tickets.policy import actors

    machine = a_machine(cast)
    ticket = tickets.open_ticket(type="incident", title="x", by=machine, at=later(0))
    assert actors(machine, ticket) == {"requester", "agent"}
    with through(Door.SOURCE):
        assert actors(machine, ticket) == {"requester", "source"}
