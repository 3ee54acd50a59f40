"""Signing in: throttled, closed to strangers, and silent about who has an account."""

import re
from collections.abc import Iterator

import pytest
from django.core import mail
from django.test import Client

from config.celery import app
from core.models import Event
from people.actions import change_user
from tests.cast import AT, PASSWORD, Cast

pytestmark = pytest.mark.django_db
LOGIN, RESET = "/accounts/login/", "/accounts/password/reset/"


@pytest.fixture(autouse=True)
def at_once() -> Iterator[None]:
    """What a worker does happens here and now."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


def try_in(client: Client, email: str, password: str = "wrong"):
    return client.post(LOGIN, {"login": email, "password": password})


def test_after_some_wrong_passwords_even_the_right_one_has_to_wait(
    cast: Cast, client: Client
):
    for _attempt in range(12):
        try_in(client, cast.bob.email)
    answer = try_in(client, cast.bob.email, PASSWORD)
    assert answer.status_code != 302
    assert "_auth_user_id" not in client.session


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
    cast: Cast, client: Client
):
    known = try_in(client, cast.bob.email).content.decode()
    unknown = try_in(client, "nobody@demo.example").content.decode()

    def without_what_differs(text: str, email: str) -> str:
        text = text.replace(email, "")
        return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text)

    assert without_what_differs(known, cast.bob.email) == without_what_differs(
        unknown, "nobody@demo.example"
    )


def test_resetting_a_password_says_the_same_for_everybody(cast: Cast, client: Client):
    known = client.post(RESET, {"email": cast.bob.email})
    unknown = client.post(RESET, {"email": "nobody@demo.example"})
    assert known.status_code == unknown.status_code == 302
    assert known.url == unknown.url
    assert [m.to for m in mail.outbox if "reset/key" in m.body] == [[cast.bob.email]]


def test_nobody_signs_up_by_themselves(cast: Cast, client: Client):
    answer = client.get("/accounts/signup/")
    assert b"password1" not in answer.content


def test_somebody_without_access_cannot_sign_in(cast: Cast, client: Client):
    cast.bob.is_active = False
    cast.bob.save()
    try_in(client, cast.bob.email, PASSWORD)
    assert client.get("/account/").status_code == 302


def test_signing_in_never_leads_to_another_site(cast: Cast, client: Client):
    sent = {"login": cast.bob.email, "password": PASSWORD, "next": "https://evil.test/"}
    answer = client.post(LOGIN, sent)
    assert answer.status_code == 302
    assert "evil" not in answer.url


def test_nobody_changes_the_address_they_are_known_by(cast: Cast, client: Client):
    client.force_login(cast.mallory)
    other = {"email": "head@globex.example"}
    for action in ("action_add", "action_primary"):
        client.post("/accounts/email/", {**other, action: ""})
    cast.mallory.refresh_from_db()
    assert cast.mallory.email == "mallory@demo.example"
    assert client.get("/accounts/email/").status_code == 404


def test_an_address_that_was_replaced_gets_no_more_mail_to_choose_a_password(
    cast: Cast, client: Client
):
    client.post(RESET, {"email": cast.bob.email})
    link = re.search(r"/accounts/password/reset/key/\S+", mail.outbox[-1].body)
    assert link
    form = client.get(link[0], follow=True).redirect_chain[-1][0]
    words = {"password1": "Kx9-honey-77", "password2": "Kx9-honey-77"}
    client.post(form, words)
    change_user(user=cast.bob, by=cast.grace, at=AT, email="robert@demo.example")
    mail.outbox.clear()
    client.post(RESET, {"email": "bob@demo.example"})
    assert not [m for m in mail.outbox if "reset/key" in m.body]
    client.post(RESET, {"email": "robert@demo.example"})
    sent = [m.to for m in mail.outbox if "reset/key" in m.body]
    assert sent == [["robert@demo.example"]]


def test_asking_for_a_password_looks_nobody_up_before_it_answers(
    cast: Cast, client: Client, monkeypatch, django_assert_num_queries
):
    """The time of the answer tells no more than its words: a worker does the rest."""
    handed = []
    monkeypatch.setattr(
        "people.tasks.send_reset.apply_async", lambda args, **_: handed.append(args)
    )
    client.get(RESET)
    for email in (cast.bob.email, "nobody@demo.example"):
        with django_assert_num_queries(0):
            assert client.post(RESET, {"email": email}).status_code == 302
    assert handed == [[cast.bob.email], ["nobody@demo.example"]]
    assert mail.outbox == []


def test_whoever_has_no_account_gets_no_mail(cast: Cast, client: Client):
    client.post(RESET, {"email": "nobody@demo.example"})
    assert mail.outbox == []


def test_a_mail_speaks_its_receivers_language_and_leads_to_our_own_address(
    cast: Cast, client: Client, settings
):
    settings.ALLOWED_HOSTS = ["testserver", "evil.test"]
    client.post(RESET, {"email": cast.bob.email}, headers={"host": "evil.test"})
    assert "evil.test" not in mail.outbox[-1].body
    assert settings.BASE_URL in mail.outbox[-1].body


def test_a_host_that_is_not_ours_is_not_answered(client: Client):
    assert client.get(LOGIN, headers={"host": "evil.test"}).status_code == 400


@pytest.mark.parametrize(
    "password",
    ["short-1x", "1234567890", "password123", "bob@demo.example", "qwertyuiop"],
)
def test_a_password_is_long_unknown_and_not_ones_own_name(
    cast: Cast, client: Client, password: str
):
    client.force_login(cast.bob)
    sent = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    answer = client.post("/accounts/password/change/", sent)
    assert answer.status_code == 200
    cast.bob.refresh_from_db()
    assert cast.bob.check_password(PASSWORD)


def test_a_password_that_was_reset_ends_every_session(cast: Cast, client: Client):
    there = Client()
    try_in(there, cast.bob.email, PASSWORD)
    client.post(RESET, {"email": cast.bob.email})
    link = re.search(r"/accounts/password/reset/key/\S+", mail.outbox[-1].body)
    form = client.get(link[0], follow=True).redirect_chain[-1][0]
    words = {"password1": "Kx9-honey-77", "password2": "Kx9-honey-77"}
    client.post(form, words)
    assert there.get("/account/").status_code == 302
    assert not cast.bob.sign_ins.exists()
    assert client.get(link[0], follow=True).status_code == 200
    assert Event.objects.filter(kind="user.password").count() == 1
