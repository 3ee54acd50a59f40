"""Service accounts: made by administrators, answered for by a person, never people."""

import pytest
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.core.management import call_command
from django.test import Client, RequestFactory

from core.errors import Forbidden, Invalid
from core.models import Event
from people import actions, resetting, roster_cells
from people.accounts import ClosedSignUp
from people.machines import actions as machines
from people.machines import queries
from people.models import ApiToken, User
from people.roles import Role
from people.token_actions import issue_token
from tests.cast import AT, PASSWORD, Cast
from tests.factories import a_machine, later

pytestmark = pytest.mark.django_db


def test_one_is_made_with_an_address_nobody_can_write_to(cast: Cast):
    one, other = a_machine(cast, "Nightly backup"), a_machine(cast, "Nightly backup")
    assert one.email == "nightly-backup@machines.invalid"
    assert other.email == "nightly-backup-2@machines.invalid"
    assert (one.is_machine, one.roles, one.manager) == (True, ["agent"], cast.erin)
    assert not one.has_usable_password()
    event = Event.objects.get(subject_id=one.pk, kind="user.create")
    assert event.changes["is_machine"] == [None, True]
    assert event.changes["responsible"] == [None, cast.erin.pk]


def test_names_that_spell_no_address_get_one_too(cast: Cast):
    assert a_machine(cast, "備份").email == "program@machines.invalid"
    assert a_machine(cast, "x" * 200).email == f"{'x' * 60}@machines.invalid"


def test_only_administrators_make_and_change_them(cast: Cast):
    account = a_machine(cast)
    with pytest.raises(Forbidden):
        a_machine(cast, by=cast.alice)
    with pytest.raises(Forbidden):
        machines.change_service_account(
            service_account=account, by=cast.erin, at=AT, name="Mine"
        )


@pytest.mark.parametrize("who", ["carol", "gone", "program"])
def test_whoever_answers_for_it_is_a_person_who_works_here(cast: Cast, who: str):
    actions.change_user(user=cast.bob, by=cast.grace, at=AT, is_active=False)
    cast.bob.refresh_from_db()
    owner = {"carol": cast.carol, "gone": cast.bob, "program": a_machine(cast, "X")}
    with pytest.raises(Invalid) as refused:
        a_machine(cast, owner=owner[who])
    assert list(refused.value.errors) == ["owner"]


@pytest.mark.parametrize("role", sorted({*Role} - {*machines.ROLES}))
def test_what_needs_judgement_is_no_role_of_a_program(cast: Cast, role: str):
    with pytest.raises(Invalid) as refused:
        a_machine(cast, roles=[role])
    assert list(refused.value.errors) == ["roles"]


def test_administering_is_a_choice_of_its_own_and_outlives_other_changes(cast: Cast):
    account = a_machine(cast, administers=True)
    assert account.roles == ["agent", "administrator"]

    def change(**given):
        machines.change_service_account(
            service_account=account, by=cast.grace, at=later(1), **given
        )
        account.refresh_from_db()
        return account.roles

    assert change(roles=["requester"]) == ["requester", "administrator"]
    assert change(administers=False) == ["requester"]
    assert change(name="Other") == ["requester"]


def test_a_program_is_not_the_last_administrator(cast: Cast):
    a_machine(cast, administers=True)
    with pytest.raises(Invalid, match="last administrator"):
        actions.change_user(user=cast.grace, by=cast.grace, at=AT, roles=["agent"])


def test_taken_out_of_use_its_tokens_end(cast: Cast, client: Client):
    account = a_machine(cast)
    _row, secret = issue_token(user=account, by=cast.grace, at=AT, name="Cron")
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/incidents/", headers=headers).status_code == 200
    machines.change_service_account(
        service_account=account, by=cast.grace, at=later(1), is_active=False
    )
    assert client.get("/api/v1/incidents/", headers=headers).status_code == 401
    assert ApiToken.objects.get(user=account).revoked_at == later(1)


def test_when_its_owner_leaves_somebody_has_to_be_found(cast: Cast):
    kept, orphan = a_machine(cast, "Kept", owner=cast.alice), a_machine(cast, "Orphan")
    unused = a_machine(cast, "Unused")
    machines.change_service_account(
        service_account=unused, by=cast.grace, at=AT, is_active=False
    )
    assert not queries.ownerless().exists()
    actions.change_user(user=cast.erin, by=cast.grace, at=AT, is_active=False)
    assert list(queries.ownerless()) == [orphan]
    for account, lacks in ((kept, False), (orphan, True), (unused, False)):
        assert queries.lacks_owner(User.objects.get(pk=account.pk)) is lacks
    machines.change_service_account(
        service_account=orphan, by=cast.grace, at=later(1), owner=cast.bob
    )
    assert not queries.ownerless().exists()


def test_an_owner_who_works_here_no_longer_is_none(cast: Cast):
    account = a_machine(cast)
    actions.change_user(user=cast.erin, by=cast.grace, at=AT, roles=["requester"])
    assert list(queries.ownerless()) == [account]
    actions.change_user(user=cast.erin, by=cast.grace, at=AT, roles=[])
    assert list(queries.ownerless()) == [account]


def test_what_changes_people_leaves_programs_alone(cast: Cast):
    account = a_machine(cast)
    about = {"user": account, "by": cast.grace, "at": AT}
    with pytest.raises(Invalid, match="service account"):
        actions.change_user(**about, roles=["change_authority"])
    with pytest.raises(Invalid, match="service account"):
        actions.invite(**about)
    assert account.email not in "".join(roster_cells.exported(by=cast.grace))


def test_no_program_signs_in_whatever_it_brings(cast: Cast, client: Client):
    account = a_machine(cast)
    User.objects.filter(pk=account.pk).update(password=make_password(PASSWORD))
    account.refresh_from_db()
    sent = {"login": account.email, "password": PASSWORD}
    client.post("/accounts/login/", sent)
    assert "_auth_user_id" not in client.session
    person = {"login": cast.bob.email, "password": PASSWORD}
    assert client.post("/accounts/login/", person).status_code == 302
    assert client.session["_auth_user_id"] == str(cast.bob.pk)
    # passkeys and codes come by the same door
    asked = RequestFactory().get("/")
    about = {
        "email_verification": "none",
        "signal_kwargs": None,
        "email": None,
        "signup": False,
        "redirect_url": None,
    }
    assert ClosedSignUp().pre_login(asked, account, **about).status_code == 302
    assert ClosedSignUp().pre_login(asked, cast.bob, **about) is None


def test_nobody_chooses_a_password_for_a_program(cast: Cast):
    assert resetting.send(a_machine(cast).email) == 0
    assert mail.outbox == []
    assert resetting.send(cast.bob.email) == 1


def test_create_token_works_for_programs(cast: Cast, client: Client, capsys):
    account = a_machine(cast)
    call_command("create_token", "--user", account.email, "--per-minute", "7")
    headers = {"Authorization": f"Bearer {capsys.readouterr().out.split()[-1]}"}
    answer = client.get("/api/v1/me/", headers=headers)
    assert answer.json()["email"] == account.email
    assert "q=7;" in answer["RateLimit-Policy"]
