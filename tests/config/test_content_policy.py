"""Whom a page may talk to: us, and the live channel one port further."""

import pytest
from django.utils import timezone

from people.models import User

HOSTS = ["testserver", "desk.example", "[::1]"]


def connects_to(client, **headers) -> list[str]:
    """The sources that the policy of an ordinary page lets scripts connect to."""
    policy = client.get("/accounts/login/", headers=headers)["Content-Security-Policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    return rules["connect-src"].split()


@pytest.fixture(autouse=True)
def addresses(db, settings):
    settings.LIVE_URL, settings.PORT = "", 8000
    settings.BASE_URL, settings.ALLOWED_HOSTS = "http://127.0.0.1:8000", HOSTS
    User.objects.create_user("alice@linden.example", created_at=timezone.now())


@pytest.mark.parametrize(
    ("host", "channel"),
    [
        ("desk.example:8000", "http://desk.example:8001"),
        ("desk.example", "http://desk.example:8001"),
        ("[::1]:8000", "http://[::1]:8001"),
    ],
)
def test_a_page_may_reach_the_live_channel_of_the_host_it_came_by(
    client, host, channel
):
    allowed = connects_to(client, host=host)
    assert allowed == ["'self'", "http://127.0.0.1:8001", channel]


def test_no_other_host_is_let_in(client):
    assert "*" not in " ".join(connects_to(client))
    foreign = client.get("/accounts/login/", headers={"host": "evil.example"})
    assert foreign.status_code == 400
    assert "evil.example" not in str(foreign.headers)


def test_the_host_of_base_url_is_named_once(client, settings):
    settings.BASE_URL = "http://desk.example:8000"
    allowed = connects_to(client, host="desk.example:8000")
    assert allowed == ["'self'", "http://desk.example:8001"]


def test_a_live_url_of_its_own_is_the_only_one(client, settings):
    settings.LIVE_URL = "https://desk.example/live/"
    assert connects_to(client) == ["'self'", "https://desk.example/live/"]
