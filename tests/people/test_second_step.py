"""The second step of signing in: asked for, throttled, sealed, logged, taken away."""

import json
import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client

from core.errors import Forbidden
from core.models import Event
from people.second_step import kinds_of, reset_second_step
from tests.cast import AT, PASSWORD, Cast
from tests.factories import as_

pytestmark = pytest.mark.django_db
TOTP = "/accounts/2fa/totp/activate/"
CODES = "/accounts/2fa/recovery-codes/"
LOGIN = "/accounts/login/"


def code_of(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def confirmed(user) -> Client:
    """Signed in, and proved it was them just now."""
    client = as_(user)
    sent = {"password": PASSWORD, "next": "/account/"}
    assert client.post("/accounts/reauthenticate/", sent).status_code == 302
    return client


def set_up(user) -> tuple[Client, str]:
    """An app with codes, and its secret."""
    client = confirmed(user)
    page = client.get(TOTP).content.decode()
    secret = re.search(r"<code>([A-Z2-7]+)</code>", page)[1]
    assert client.post(TOTP, {"code": code_of(secret)}).url == CODES
    return client, secret


def forget_used_codes() -> None:
    from django.core.cache import cache

    cache.clear()


def test_a_change_asks_for_the_password_first(cast: Cast):
    answer = as_(cast.bob).get(TOTP)
    assert answer.status_code == 302
    assert "/accounts/reauthenticate/" in answer.url
    again = as_(cast.bob).get(CODES + "generate/")
    assert "/accounts/reauthenticate/" in again.url


def test_with_an_app_the_password_alone_signs_nobody_in(cast: Cast, client: Client):
    _other, secret = set_up(cast.bob)
    forget_used_codes()
    sent = {"login": cast.bob.email, "password": PASSWORD, "next": "/queue/"}
    answer = client.post(LOGIN, sent)
    assert answer.url.startswith("/accounts/2fa/authenticate/")
    assert client.get("/account/").status_code == 302
    wrong = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert wrong.status_code == 200
    assert client.get("/account/").status_code == 302
    answer = client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert answer.url == "/queue/"
    assert client.get("/account/").status_code == 200


def test_a_recovery_code_works_once(cast: Cast):
    client, _secret = set_up(cast.bob)
    page = client.get(CODES).content.decode()
    codes = re.findall(r"<li><code>(\d+)</code></li>", page)
    assert len(codes) == 10
    assert client.get(CODES + "download/").content.decode().split() == codes
    forget_used_codes()
    for expected in (302, 200):
        browser = Client()
        browser.post(LOGIN, {"login": cast.bob.email, "password": PASSWORD})
        answer = browser.post("/accounts/2fa/authenticate/", {"code": codes[0]})
        assert answer.status_code == expected


def test_codes_cannot_be_guessed_by_trying(cast: Cast, client: Client):
    _other, secret = set_up(cast.bob)
    forget_used_codes()
    client.post(LOGIN, {"login": cast.bob.email, "password": PASSWORD})
    for _attempt in range(6):
        client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert client.get("/account/").status_code == 302


def test_the_secret_is_sealed_where_it_is_kept_and_what_happened_is_in_the_log(
    cast: Cast, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        _client, secret = set_up(cast.bob)
    kept = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept
    kinds = list(Event.objects.filter(subject_type="user").values_list("kind"))
    assert kinds.count(("user.second_step_add",)) == 2  # the app, its recovery codes
    assert secret not in str(list(Event.objects.values_list("changes", flat=True)))


def test_an_administrator_takes_a_lost_second_step_away(cast: Cast, client: Client):
    set_up(cast.bob)
    assert kinds_of(cast.bob) == ["totp"]
    path = f"/settings/people/{cast.bob.pk}/second-step/"
    assert as_(cast.alice).post(path).status_code == 403
    assert kinds_of(cast.bob) == ["totp"]
    assert as_(cast.grace).post(path).status_code == 302
    assert kinds_of(cast.bob) == []
    event = Event.objects.get(kind="user.second_step_reset")
    assert (event.actor_id, event.subject_id) == (cast.grace.pk, cast.bob.pk)
    answer = client.post(LOGIN, {"login": cast.bob.email, "password": PASSWORD})
    assert "2fa" not in answer.url


def test_only_administrators_take_it_away(cast: Cast):
    for who in (cast.bob, cast.alice, cast.carol):
        with pytest.raises(Forbidden):
            reset_second_step(user=cast.bob, by=who, at=AT)


def test_a_half_signed_in_browser_is_nobody_and_its_wait_ends(
    cast: Cast, client: Client, monkeypatch
):
    _other, secret = set_up(cast.bob)
    forget_used_codes()
    client.post(LOGIN, {"login": cast.bob.email, "password": PASSWORD})
    for path in ("/queue/", "/account/", "/settings/people/", "/api/v1/tickets/"):
        assert client.get(path).status_code in {302, 401}
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3600)
    code = code_of(secret)
    answer = client.post("/accounts/2fa/authenticate/", {"code": code})
    assert client.get("/account/").status_code == 302, answer
