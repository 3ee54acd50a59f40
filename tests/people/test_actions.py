"""People, teams, services and tokens are changed by those who may, and logged by id."""

import pytest
from django.core import mail
from django.test import Client

from core.errors import Forbidden, Invalid
from core.models import Event, TextVersion
from people import account_actions, actions, tokens
from people.models import ApiToken, Service, User
from tests.cast import AT, PASSWORD, Cast
from tests.factories import a_token, later

pytestmark = pytest.mark.django_db


def last_event(kind: str) -> Event:
    return Event.objects.filter(kind=kind).latest("id")


def test_an_invited_person_gets_a_mail_with_a_link_that_sets_a_password(
    cast: Cast, client: Client, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        new = actions.create_user(
            by=cast.grace, at=AT, email="New@Demo.example", name="New", invite=True
        )
    assert new.email == "new@demo.example"
    [sent] = mail.outbox
    link = next(line for line in sent.body.splitlines() if line.startswith("http"))
    path = link.split("/", 3)[3]
    page = client.get(f"/{path}", follow=True)
    assert page.status_code == 200
    where = page.redirect_chain[-1][0]
    words = "correct horse battery"
    client.post(where, {"password1": words, "password2": words})
    new.refresh_from_db()
    assert new.check_password(words)


def test_the_log_never_holds_a_name_or_an_address_somebody_typed(cast: Cast):
    actions.create_user(by=cast.grace, at=AT, email="x@demo.example", name="Xaver Q")
    actions.change_user(user=cast.bob, by=cast.grace, at=AT, name="Robert Z")
    team = actions.create_team(by=cast.grace, at=AT, name="Night", purpose="Sleeps")
    actions.change_team(team=team, by=cast.grace, at=AT, purpose="Watches")
    logged = str(list(Event.objects.values_list("changes", flat=True)))
    for typed in ("Xaver", "x@demo", "Robert", "Sleeps", "Watches"):
        assert typed not in logged
    old, new = last_event("user.change").changes["name"]
    kept = TextVersion.objects.in_bulk([old, new])
    assert [kept[old].body, kept[new].body] == ["Bob", "Robert Z"]


def test_an_address_that_somebody_has_is_refused_whatever_its_case(cast: Cast):
    with pytest.raises(Invalid) as no:
        actions.create_user(by=cast.grace, at=AT, email="BOB@demo.example", name="B")
    assert "email" in no.value.errors


@pytest.mark.parametrize("who", ["alice", "bob", "carol", "dana"])
def test_only_administrators_change_people_and_teams(cast: Cast, who: str):
    by = cast.people[who]
    with pytest.raises(Forbidden):
        actions.create_user(by=by, at=AT, email="y@demo.example", name="Y")
    with pytest.raises(Forbidden):
        actions.change_user(user=cast.bob, by=by, at=AT, roles=["administrator"])
    with pytest.raises(Forbidden):
        actions.set_membership(team=cast.teams["desk"], user=cast.bob, by=by, at=AT)
    with pytest.raises(Forbidden):
        actions.create_organisation(by=by, at=AT, name="Mine")
    assert not User.objects.filter(email="y@demo.example").exists()


@pytest.mark.parametrize("given", [{"is_active": False}, {"roles": ["agent"]}])
def test_the_last_administrator_stays_one(cast: Cast, given: dict):
    with pytest.raises(Invalid):
        actions.change_user(user=cast.grace, by=cast.grace, at=AT, **given)
    other = actions.change_user(
        user=cast.bob, by=cast.grace, at=AT, roles=["administrator"]
    )
    actions.change_user(user=cast.grace, by=other, at=AT, **given)


def test_ending_access_ends_sessions_and_tokens(cast: Cast, client: Client):
    secret = a_token(cast.bob)
    client.force_login(cast.bob)
    assert client.get("/account/").status_code == 200
    actions.change_user(user=cast.bob, by=cast.grace, at=AT, is_active=False)
    assert client.get("/account/").status_code == 302
    assert ApiToken.objects.get(digest=tokens.digest(secret)).revoked_at == AT
    actions.change_user(user=cast.bob, by=cast.grace, at=AT, is_active=True)
    assert client.get("/account/").status_code == 302  # the old session is gone


def test_nobody_becomes_their_own_manager_however_far_away(cast: Cast):
    actions.change_user(user=cast.bob, by=cast.grace, at=AT, manager=cast.alice)
    with pytest.raises(Invalid):
        actions.change_user(user=cast.alice, by=cast.grace, at=AT, manager=cast.bob)


def test_a_requester_cannot_be_put_into_a_team(cast: Cast):
    with pytest.raises(Invalid):
        actions.set_membership(
            team=cast.teams["desk"], user=cast.carol, by=cast.grace, at=AT
        )


def test_making_somebody_lead_and_taking_them_out_is_logged(cast: Cast):
    team = cast.teams["desk"]
    given = {"team": team, "user": cast.bob, "by": cast.grace}
    actions.set_membership(**given, at=AT, is_lead=True)
    assert last_event("team.membership").changes["role"] == ["member", "lead"]
    actions.set_membership(**given, at=later(1), is_member=False)
    assert last_event("team.membership").changes["role"] == ["lead", None]
    assert not team.memberships.filter(user=cast.bob).exists()


def test_a_service_cannot_depend_on_itself_through_others(cast: Cast):
    sign_in, vpn = cast.services["sign-in"], cast.services["vpn"]
    mail_ = cast.services["e-mail"]
    actions.change_service(service=mail_, by=cast.grace, at=AT, depends_on=[vpn])
    with pytest.raises(Invalid) as no:
        actions.change_service(
            service=sign_in, by=cast.grace, at=AT, depends_on=[mail_]
        )
    assert "depends_on" in no.value.errors
    assert not sign_in.depends_on.exists()


def test_a_service_owner_changes_their_own_service_only(cast: Cast):
    vpn = cast.services["vpn"]
    owner = actions.change_user(
        user=cast.erin, by=cast.grace, at=AT, roles=["agent", "service_owner"]
    )
    actions.change_service(service=vpn, by=owner, at=AT, criticality="critical")
    assert Service.objects.get(pk=vpn.pk).criticality == "critical"
    with pytest.raises(Forbidden):
        actions.change_service(
            service=cast.services["e-mail"], by=owner, at=AT, criticality="normal"
        )


def test_a_token_is_ones_own_or_the_administrators_to_issue_and_revoke(cast: Cast):
    row, secret = actions.issue_token(user=cast.bob, by=cast.bob, at=AT, name="CI")
    assert row.digest == tokens.digest(secret)
    assert secret not in str(list(Event.objects.values_list("changes", flat=True)))
    with pytest.raises(Forbidden):
        actions.issue_token(user=cast.alice, by=cast.bob, at=AT, name="CI")
    with pytest.raises(Forbidden):
        actions.revoke_token(token=row, by=cast.alice, at=AT)
    actions.revoke_token(token=row, by=cast.grace, at=AT)
    row.refresh_from_db()
    assert row.revoked_at == AT


@pytest.mark.parametrize(
    "given",
    [{"name": " "}, {"scopes": ["everything"]}, {"expires_at": AT}],
)
def test_a_token_needs_a_name_known_scopes_and_an_end_ahead(cast: Cast, given: dict):
    wanted = {"user": cast.bob, "by": cast.bob, "at": AT, "name": "CI", **given}
    with pytest.raises(Invalid):
        actions.issue_token(**wanted)
    assert not ApiToken.objects.exists()


def test_two_keys_that_are_the_same_are_refused(cast: Cast):
    with pytest.raises(Invalid):
        account_actions.change_account(
            user=cast.bob, by=cast.bob, at=AT, keys={"map": {"take": "q", "wait": "q"}}
        )
    with pytest.raises(Forbidden):
        account_actions.change_account(
            user=cast.bob, by=cast.grace, at=AT, name="Robert"
        )


def test_a_password_change_ends_all_other_sessions(cast: Cast):
    here, there = Client(), Client()
    for client in (here, there):
        sent = {"login": cast.bob.email, "password": PASSWORD}
        client.post("/accounts/login/", sent)
        assert client.get("/account/").status_code == 200
    new = "correct horse battery"
    sent = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert here.post("/accounts/password/change/", sent).status_code == 302
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302
