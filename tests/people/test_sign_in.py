"""Signing in: throttled, closed to strangers, and silent about who has an account."""

import re

import pytest
from django.core import mail
from django.test import Client

from people.actions import change_user
from tests.cast import AT, PASSWORD, Cast

pytestmark = pytest.mark.django_db
LOGIN, RESET = "/accounts/login/", "/accounts/password/reset/"


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
