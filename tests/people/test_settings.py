"""Settings: administrators change, staff read, requesters see nothing of it."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from people.models import ApiToken, Team, User
from tests.cast import AT, Cast
from tests.factories import as_

pytestmark = pytest.mark.django_db
LISTS = ["people", "teams", "organisations", "services", "categories", "offerings"]


@pytest.mark.parametrize("slug", LISTS)
def test_staff_read_every_list_and_only_administrators_add(cast: Cast, slug: str):
    assert as_(cast.bob).get(f"/settings/{slug}/").status_code == 200
    assert as_(cast.carol).get(f"/settings/{slug}/").status_code == 403
    assert as_(cast.bob).get(f"/settings/{slug}/new/").status_code == 403
    assert as_(cast.grace).get(f"/settings/{slug}/new/").status_code == 200
    assert Client().get(f"/settings/{slug}/").status_code == 302


@pytest.mark.parametrize("path", ["tokens/", "look/"])
def test_tokens_and_look_are_for_administrators(cast: Cast, path: str):
    assert as_(cast.bob).get(f"/settings/{path}").status_code == 403
    assert as_(cast.grace).get(f"/settings/{path}").status_code == 200


def test_staff_see_a_row_without_being_able_to_save_it(cast: Cast):
    path = f"/settings/people/{cast.carol.pk}/"
    page = as_(cast.bob).get(path)
    assert page.status_code == 200
    assert "disabled" in page.content.decode()
    sent = {"name": "Hacked", "email": cast.carol.email}
    assert as_(cast.bob).post(path, sent).status_code == 403
    cast.carol.refresh_from_db()
    assert cast.carol.name == "Carol"


def test_a_team_is_made_and_somebody_put_into_it(cast: Cast):
    client = as_(cast.grace)
    answer = client.post("/settings/teams/new/", {"name": "Night Watch"})
    assert answer.url == "/settings/teams/night-watch/"
    sent = {"person": cast.bob.email, "role": "lead"}
    client.post("/settings/teams/night-watch/members/", sent)
    team = Team.objects.get(slug="night-watch")
    assert team.memberships.get().user == cast.bob
    assert team.memberships.get().is_lead


def test_what_was_typed_is_kept_where_it_is_refused(cast: Cast):
    sent = {"name": "Somebody New", "email": cast.bob.email, "place": "Room 12"}
    answer = as_(cast.grace).post("/settings/people/new/", sent)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Room 12" in text
    assert "already" in text


@pytest.mark.parametrize("slug", LISTS)
def test_a_row_that_does_not_exist_is_not_found(cast: Cast, slug: str):
    for key in ("nothing", "0", "9" * 30):
        path = f"/settings/{slug}/{key}/"
        assert as_(cast.grace).get(path).status_code == 404


def test_lists_search_count_and_page_without_losing_anybody(cast: Cast):
    User.objects.bulk_create(
        User(email=f"p{n}@demo.example", name=f"Person {n:03}", created_at=AT)
        for n in range(120)
    )
    client, seen, path = as_(cast.grace), set(), "/settings/people/?q=Person"
    for _page in range(3):
        text = client.get(path).content.decode()
        assert "120" in text
        seen |= {n for n in range(120) if f"Person {n:03}" in text}
        if "after=" in text:
            after = text.split("after=")[1].split('"')[0]
            path = f"/settings/people/?q=Person&after={after}"
    assert len(seen) == 120


def test_a_list_of_people_costs_the_same_for_few_and_many(cast: Cast):
    client = as_(cast.grace)
    client.get("/settings/people/")
    with CaptureQueriesContext(connection) as few:
        client.get("/settings/people/")
    User.objects.bulk_create(
        User(email=f"p{n}@demo.example", name=f"P {n}", created_at=AT)
        for n in range(300)
    )
    with CaptureQueriesContext(connection) as many:
        client.get("/settings/people/")
    assert len(few) == len(many)


def test_a_token_is_shown_once_and_can_be_revoked(cast: Cast):
    client = as_(cast.bob)
    text = client.post("/account/", {"what": "token", "name": "CI"}).content.decode()
    token = ApiToken.objects.get()
    assert f"<code>{token.prefix}" in text
    again = client.get("/account/").content.decode()
    assert text.count(token.prefix) > again.count(token.prefix)
    path = f"/settings/tokens/{token.pk}/revoke/"
    assert as_(cast.alice).post(path).status_code == 404
    client.post(path, {"back": "account"})
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_single_letter_keys_can_be_switched_off_and_moved(cast: Cast):
    client = as_(cast.bob)
    client.post("/account/", {"what": "keys", "off": "on", "key-take": "z"})
    cast.bob.refresh_from_db()
    assert cast.bob.keys == {"off": True, "map": {"take": "z"}}
    answer = client.post("/account/", {"what": "keys", "key-take": "r"})
    assert answer.status_code == 422  # that is reply's


def test_times_are_shown_in_the_zone_a_person_chose(cast: Cast):
    client = as_(cast.bob)
    sent = {"what": "profile", "name": "Bob", "time_zone": "Asia/Tokyo"}
    assert client.post("/account/", sent).status_code == 302
    client.post("/account/", {"what": "token", "name": "CI"})
    ApiToken.objects.update(expires_at=AT.replace(year=2030))
    assert "18:00 JST" in client.get("/account/").content.decode()


def test_whatever_somebody_types_into_the_address_or_a_form_is_answered(cast: Cast):
    client = as_(cast.grace)
    assert client.get(f"/settings/people/?after={'1' * 5000}").status_code == 200
    answer = client.post("/settings/teams/desk/members/", {"person": "\x00"})
    assert answer.status_code == 422
