"""How often one may ask: each answer says what is left, each token has its own."""

import re

import pytest
import redis
from django.utils import timezone

from core.api import limits
from people import tokens
from people.token_actions import issue_token
from tests.factories import as_

pytestmark = pytest.mark.django_db
POLICY = re.compile(r'"minute";q=(\d+);w=60')
LEFT = re.compile(r'"minute";r=(\d+);t=(\d+)')


@pytest.fixture(autouse=True)
def one_minute(monkeypatch):
    """Twenty seconds into a minute, however long the test takes."""
    monkeypatch.setattr(limits.time, "time", lambda: 6_000_020.0)


def told(answer) -> tuple[int, int, int]:
    """The limit, what is left of it, and for how many seconds."""
    left, seconds = map(int, LEFT.fullmatch(answer["RateLimit"]).groups())
    return int(POLICY.fullmatch(answer["RateLimit-Policy"])[1]), left, seconds


def asking(user, **limits):
    """Headers of a new token."""
    _row, secret = tokens.issue(user=user, name="Test", at=timezone.now(), **limits)
    return {"Authorization": f"Bearer {secret}"}


def test_every_answer_says_what_is_left(cast, api):
    client = api(cast.bob)
    assert told(client.get("incidents/")) == (12_000, 11_999, 40)
    assert told(client.get("incidents/INC-404/")) == (12_000, 11_998, 40)  # not there
    assert told(client.get("incidents/?x=1")) == (12_000, 11_997, 40)  # malformed
    assert told(client.post("incidents/", {})) == (12_000, 11_996, 40)  # unprocessable
    made = client.post("incidents/", {"title": "VPN"}, Idempotency_Key="a")
    again = client.post("incidents/", {"title": "VPN"}, Idempotency_Key="a")
    assert (made.status_code, again["Idempotent-Replay"]) == (201, "true")
    assert [told(made)[1], told(again)[1]] == [11_995, 11_994]
    tag = client.get("incidents/" + made.json()["number"] + "/")["ETag"]
    have = client.get(f"incidents/{made.json()['number']}/", If_None_Match=tag)
    assert (have.status_code, told(have)[1]) == (304, 11_992)


def test_who_is_not_known_has_no_limit_to_be_told(client):
    answer = client.get("/api/v1/incidents/")
    assert answer.status_code == 401
    assert "RateLimit" not in answer


def test_a_browser_is_counted_as_its_person(cast):
    browser = as_(cast.bob)
    assert told(browser.get("/api/v1/incidents/"))[1] == 11_999
    assert told(as_(cast.bob).get("/api/v1/incidents/"))[1] == 11_998


def test_a_token_may_have_a_limit_of_its_own(cast, client):
    few, other = asking(cast.bob, per_minute=2), asking(cast.bob)
    for left in (1, 0):
        answer = client.get("/api/v1/incidents/", headers=few)
        assert (answer.status_code, told(answer)) == (200, (2, left, 40))
    refused = client.get("/api/v1/incidents/", headers=few)
    assert (refused.status_code, refused["Retry-After"]) == (429, "40")
    assert told(refused) == (2, 0, 40)
    assert told(client.get("/api/v1/incidents/", headers=other))[1] == 11_999


def test_the_next_minute_begins_anew(cast, client, monkeypatch):
    few = asking(cast.bob, per_minute=1)
    codes = [client.get("/api/v1/tags/", headers=few).status_code for _ in range(2)]
    monkeypatch.setattr(limits.time, "time", lambda: 6_000_060.0)
    answer = client.get("/api/v1/tags/", headers=few)
    assert [*codes, answer.status_code] == [200, 429, 200]
    assert told(answer) == (1, 0, 60)


def test_counting_costs_one_round_trip_and_forgets_by_itself(
    cast, api, valkey, monkeypatch
):
    sent = []
    send = redis.connection.AbstractConnection.send_packed_command

    def counted(self, *given, **more):
        sent.append(given)
        return send(self, *given, **more)

    api(cast.bob).get("tags/")  # the connection is there
    monkeypatch.setattr(
        redis.connection.AbstractConnection, "send_packed_command", counted
    )
    api(cast.bob).get("tags/")
    assert len(sent) == 1
    found = valkey.keys("rate:*")  # two where a minute has just ended
    assert found
    assert all(0 < valkey.ttl(key) <= 2 * limits.WINDOW for key in found)


def test_nothing_is_counted_where_the_limit_is_lifted(cast, api, client, settings):
    settings.API_PER_MINUTE = 0
    assert "RateLimit" not in api(cast.bob).get("tags/")
    few = asking(cast.bob, per_minute=5)
    assert told(client.get("/api/v1/tags/", headers=few)) == (5, 4, 40)


def test_without_valkey_nothing_is_promised(cast, api, monkeypatch):
    from core import live

    gone = redis.Redis.from_url("unix:///nowhere.sock")
    monkeypatch.setattr(live, "_valkey", lambda: gone)
    answer = api(cast.bob).get("tags/")
    assert answer.status_code == 200
    assert "RateLimit" not in answer


@pytest.mark.parametrize("often", [0, -1, 1_000_001])
def test_a_limit_is_a_number_that_means_something(cast, often):
    from core.errors import Invalid

    about = {"user": cast.bob, "by": cast.bob, "at": timezone.now(), "name": "x"}
    with pytest.raises(Invalid):
        issue_token(**about, per_minute=often)
