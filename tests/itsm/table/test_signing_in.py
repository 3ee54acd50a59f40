"""Who asks: a token as Bearer, or as the password of HTTP Basic."""

import base64
from datetime import timedelta

import pytest
import redis
from django.utils import timezone

from core import live
from people import tokens
from people.token_actions import revoke_token
from tests.cast import PASSWORD
from tests.factories import a_token, as_, rows
from tests.itsm.table.conftest import NOW, refused

pytestmark = pytest.mark.django_db
URL = f"{NOW}incident"


def basic(name: str, password: str) -> dict[str, str]:
    sent = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {sent}"}


def test_an_e_mail_and_a_token_are_taken(cast, client):
    rows(cast, 1)
    token = a_token(cast.bob)
    for name in ("bob@demo.example", " BOB@Demo.example"):
        answer = client.get(URL, headers=basic(name, token))
        assert len(answer.json()["result"]) == 1
        assert answer["RateLimit"]


def test_nothing_else_is(cast, client):
    token, bob = a_token(cast.bob), "bob@demo.example"
    row, gone = tokens.issue(user=cast.bob, name="Old", at=timezone.now())
    revoke_token(token=row, by=cast.bob, at=timezone.now())
    _row, over = tokens.issue(
        *(),
        user=cast.bob,
        name="Over",
        at=timezone.now(),
        expires_at=timezone.now() - timedelta(days=1),
    )
    sent = [
        {},
        basic(bob, PASSWORD),
        basic(bob, ""),
        basic(bob, gone),
        basic(bob, over),
        basic("carol@demo.example", token),
        basic("", token),
        basic(token, ""),
        basic("bob\x00@demo.example", token),
        {"Authorization": "Basic"},
        {"Authorization": "Basic ###"},
        {"Authorization": f"Basic {base64.b64encode(b'x').decode()}"},
        {"Authorization": f"Basic {base64.b64encode(bytes(range(255))).decode()}"},
        {"Authorization": "Basic é"},
        {"Authorization": "Bearer x"},
        {"Authorization": "Digest x"},
    ]
    for headers in sent:
        answer = client.get(URL, headers=headers)
        assert refused(answer, 401), headers
        assert answer.json()["error"]["message"] == "User Not Authenticated"
        assert answer["WWW-Authenticate"].startswith("Basic")


def test_a_browsers_session_is_not_enough(cast):
    assert refused(as_(cast.bob).get(URL), 401)


def test_who_has_no_access_any_more_is_401(cast, client):
    headers = basic("bob@demo.example", a_token(cast.bob))
    cast.bob.is_active = False
    cast.bob.save()
    assert refused(client.get(URL, headers=headers), 401)


def test_who_fails_too_often_is_not_looked_at_for_a_while(cast, client, monkeypatch):
    monkeypatch.setattr("itsm.table.signing_in.time.time", lambda: 6_000_007)
    good, bad = (
        basic("bob@demo.example", secret) for secret in (a_token(cast.bob), "guess")
    )
    for _ in range(10):
        assert refused(client.get(URL, headers=bad), 401)
    answer = client.get(URL, headers=good)
    assert refused(answer, 429)
    assert answer["Retry-After"] == "53"
    elsewhere = client.get(URL, headers=good, REMOTE_ADDR="203.0.113.9")
    assert elsewhere.status_code == 200
    others = basic("alice@demo.example", a_token(cast.alice))
    assert client.get(URL, headers=others).status_code == 200
    bearer = {"Authorization": f"Bearer {a_token(cast.bob)}"}
    assert client.get(URL, headers=bearer).status_code == 200
    monkeypatch.setattr("itsm.table.signing_in.time.time", lambda: 6_000_067)
    assert client.get(URL, headers=good).status_code == 200


def test_trying_many_names_is_noticed_too(cast, client, monkeypatch):
    monkeypatch.setattr("itsm.table.signing_in.time.time", lambda: 6_000_007)
    for n in range(100):
        assert refused(client.get(URL, headers=basic(f"p{n}@x.example", "x")), 401)
    assert refused(client.get(URL, headers=basic("one@more.example", "x")), 429)


def test_without_valkey_nobody_is_counted(cast, client, monkeypatch):
    gone = redis.Redis.from_url("unix:///nowhere.sock")
    monkeypatch.setattr(live, "_valkey", lambda: gone)
    for _ in range(12):
        assert refused(client.get(URL, headers=basic("bob@demo.example", "x")), 401)
    good = basic("bob@demo.example", a_token(cast.bob))
    assert client.get(URL, headers=good).status_code == 200


def test_too_many_requests_are_429_in_this_shape(cast, desk, settings):
    settings.API_PER_MINUTE = 2
    bob = desk(cast.bob)
    assert [bob.ask("incident").status_code for _ in range(2)] == [200, 200]
    answer = bob.ask("incident")
    assert refused(answer, 429)
    assert int(answer["Retry-After"]) >= 1


def test_scopes_narrow_a_token(cast, desk):
    reader, incidents = desk(cast.bob, "read"), desk(cast.bob, "incidents")
    assert reader.find("incident") == []
    refused(reader.send("post", "incident", {"short_description": "x"}), 403)
    assert (
        incidents.send("post", "incident", {"short_description": "x"}).status_code
        == 201
    )
    refused(incidents.ask("problem"), 403)
    refused(incidents.ask("sys_user"), 403)
    assert desk(cast.bob, "read", "services").find("cmdb_ci")
