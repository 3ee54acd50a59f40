"""The report of promises over REST."""

from datetime import timedelta

import pytest
from django.utils import timezone

from itsm.sla.models import ClockState
from tests.factories import a_token, rows
from tests.itsm.sla.agreeing import a_clock

URL = "/api/v1/promises/"


def asked(client, user, **query):
    headers = {"Authorization": f"Bearer {a_token(user)}"}
    return client.get(URL, query, headers=headers)


@pytest.fixture
def two(cast):
    made = rows(cast, 2, service=cast.services["vpn"], team=cast.teams["network"])
    began = timezone.now() - timedelta(hours=1)
    for ticket, state in zip(made, (ClockState.KEPT, ClockState.MISSED), strict=True):
        a_clock(ticket, state, started_at=began)
    return made


def test_the_numbers_are_those_of_the_page(client, cast, two):
    told = asked(client, cast.bob).json()
    assert told["kind"] == "resolution"
    assert (told["total"]["due"], told["total"]["share"]) == (2, 0.5)
    assert [(row["key"], row["missed"]) for row in told["service"]] == [("vpn", 1)]
    assert [row["key"] for row in told["team"]] == ["network"]
    assert [row["key"] for row in told["priority"]] == ["P4"]
    assert len(told["week"]) == 1
    assert told["says"].startswith("1 of 2 promises were kept, 50 %.")


def test_it_is_narrowed_as_the_page_is(client, cast, two):
    assert asked(client, cast.bob, kind="response").json()["total"]["due"] == 0
    assert asked(client, cast.bob, service="e-mail").json()["total"]["due"] == 0
    assert asked(client, cast.bob, priority="P4").json()["total"]["due"] == 2


@pytest.mark.parametrize(
    "query", [{"kind": "x"}, {"from": "x"}, {"team": "x"}, {"surprise": "1"}]
)
def test_what_it_does_not_understand_is_malformed(client, cast, query):
    answer = asked(client, cast.bob, **query)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_it_is_for_those_who_work_here(client, cast):
    assert asked(client, cast.carol).status_code == 403
