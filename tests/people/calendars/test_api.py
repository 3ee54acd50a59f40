"""Calendars over REST, as programs send and read them."""

import pytest

from people.calendars.models import CalendarVersion
from tests.api.conftest import Api

pytestmark = pytest.mark.django_db
WEEK = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
OFFICE = {
    "slug": "office",
    "name": "Office",
    "time_zone": "Europe/Berlin",
    "hours": WEEK,
    "holidays": ["2026-12-25"],
    "overrides": {"2026-12-24": [["09:00", "12:00"]]},
    "breaks": {"2026-12-22": [["10:00", "11:30"]]},
}
NIGHTS = {
    "slug": "nights",
    "name": "Nights",
    "time_zone": "Europe/Berlin",
    "hours": {day: [["22:00", "30:00"]] for day in ("fri", "sat")},
}


@pytest.fixture
def grace(cast):
    return Api(cast.grace)


def made(client, **more):
    answer = client.post("calendars/", {**OFFICE, **more})
    assert answer.status_code == 201, answer.json()
    return answer.json()


def due(client, start, minutes, slug="office"):
    answer = client.post(f"calendars/{slug}/due/", {"start": start, "minutes": minutes})
    assert answer.status_code == 200, answer.json()
    return answer.json()["due"]


def between(client, start, end, slug="office"):
    answer = client.post(f"calendars/{slug}/between/", {"start": start, "end": end})
    assert answer.status_code == 200, answer.json()
    return answer.json()["minutes"]


def test_what_was_sent_is_what_is_told(grace):
    told = made(grace)
    assert {name: told[name] for name in OFFICE} == OFFICE
    assert told["country"] == told["region"] == ""
    assert (told["is_default"], told["is_active"], told["version"]) == (False, True, 1)
    assert grace.get("calendars/office/").json() == told
    assert grace.get("calendars/").json()["results"] == [told]
    assert grace.get("calendars/?is_default=true").json()["results"] == []


def test_due_and_between_count_working_time(cast, grace):
    made(grace)
    bob = Api(cast.bob)
    friday = "2026-03-06T16:50:00+01:00"
    assert due(bob, friday, 240) == "2026-03-09T11:50:00Z"
    assert due(bob, friday, 10) == "2026-03-06T16:00:00Z"  # the closing itself
    assert due(bob, friday, -10) == "2026-03-06T15:40:00Z"
    assert due(bob, friday, 0.5) == "2026-03-06T15:50:30Z"
    assert between(bob, friday, "2026-03-09T11:50:00Z") == 240
    assert between(bob, friday, "2026-03-06T15:50:00.000001Z") == 1 / 60_000_000
    assert between(bob, "2026-03-09T11:50:00Z", friday) == 0
    christmas = "2026-12-22T08:00:00Z", "2026-12-28T08:00:00Z"
    assert between(bob, *christmas) == 60 * (6.5 + 8 + 3)


def test_a_close_above_midnight_is_on_the_next_day(grace):
    grace.post("calendars/", NIGHTS)
    saturday = "2026-10-24T20:00:00Z"  # ten in the evening, the clocks go back
    assert due(grace, saturday, 9 * 60, "nights") == "2026-10-25T05:00:00Z"


def test_a_change_is_a_new_version(grace):
    first = made(grace)
    answer = grace.patch("calendars/office/", {"hours": {"mon": [["12:00", "24:00"]]}})
    told = answer.json()
    assert (answer.status_code, told["version"]) == (200, 2)
    assert told["holidays"] == first["holidays"]
    assert due(grace, "2026-03-02T08:00:00Z", 1) == "2026-03-02T11:01:00Z"
    assert CalendarVersion.objects.count() == 2
    same = grace.patch("calendars/office/", {"name": "Head office", "country": None})
    assert (same.json()["name"], same.json()["version"]) == ("Head office", 2)


def test_public_holidays_come_by_country_and_region(grace):
    told = made(grace, country="DE", region="BE")
    assert (told["country"], told["region"]) == ("DE", "BE")
    assert told["holidays"] == ["2026-12-25"]  # one's own
    assert due(grace, "2026-05-01T07:00:00Z", 1) == "2026-05-04T07:01:00Z"


def test_one_is_the_default_and_a_retired_one_is_not(grace):
    made(grace, is_default=True)
    grace.post("calendars/", NIGHTS)
    assert grace.patch("calendars/office/", {"is_active": False}).status_code == 409
    answer = grace.patch("calendars/nights/", {"is_default": True})
    assert answer.json()["is_default"]
    assert not grace.get("calendars/office/").json()["is_default"]
    answer = grace.patch("calendars/office/", {"is_active": False})
    assert (answer.status_code, answer.json()["is_active"]) == (200, False)


def test_hidden_comes_before_forbidden_and_that_before_wrong(cast, grace):
    made(grace)
    bob, carol = Api(cast.bob), Api(cast.carol)
    wrong = {"hours": 7}
    assert carol.get("calendars/").json()["results"] == []
    for path in ("calendars/office/due/", "calendars/office/between/"):
        assert carol.post(path, wrong).status_code == 404
        assert bob.post(path, wrong).status_code == 422
        assert bob.post(path, b"{").status_code == 400
        assert bob.post(path + "?x=1", wrong).status_code == 400
    assert carol.patch("calendars/office/", wrong).status_code == 404
    assert bob.patch("calendars/office/", wrong).status_code == 403
    assert bob.post("calendars/", wrong).status_code == 403
    assert grace.patch("calendars/office/", wrong).status_code == 422
    stale = grace.patch("calendars/office/", {"name": "x"}, If_Match='"old"')
    assert stale.status_code == 412


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "time_zone"),
        ({"time_zone": "UTC"}, "hours"),
        ({"time_zone": "UTC", "hours": {"mon": [["17:00", "09:00"]]}}, "hours"),
        ({"time_zone": "UTC", "hours": {"mon": [["09:00", "49:00"]]}}, "hours"),
        ({**OFFICE, "overrides": {"24.12.2026": []}}, "overrides"),
        ({**OFFICE, "holidays": ["2026-13-01"]}, "holidays"),
        ({**OFFICE, "name": ""}, "name"),
        ({**OFFICE, "country": "XX"}, "country"),
        ({**OFFICE, "slug": "Ü"}, "slug"),
        ({**OFFICE, "is_active": True}, "is_active"),
        ({**OFFICE, "week": {}}, "week"),
    ],
)
def test_an_impossible_calendar_is_refused_by_field(grace, body, field):
    answer = grace.post("calendars/", {"name": "x", **body})
    assert answer.status_code == 422
    assert field in answer.json()["errors"]
    assert grace.get("calendars/").json()["results"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"minutes": 5}, "start"),
        ({"start": "2026-03-02T08:00:00Z"}, "minutes"),
        ({"start": "yesterday", "minutes": 5}, "start"),
        ({"start": "2026-03-02T08:00:00Z", "minutes": "5"}, "minutes"),
        ({"start": "2026-03-02T08:00:00Z", "minutes": True}, "minutes"),
        ({"start": "2026-03-02T08:00:00Z", "minutes": 1e300}, "minutes"),
        ({"start": "2026-03-02T08:00:00Z", "minutes": 50_000_000}, "start"),
        ({"start": "8999-03-02T08:00:00Z", "minutes": 5}, "start"),
        ({"start": "2026-03-02T08:00:00Z", "minutes": 5, "x": 1}, "x"),
    ],
)
def test_what_cannot_be_counted_is_told_by_field(grace, body, field):
    made(grace)
    answer = grace.post("calendars/office/due/", body)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]


def test_the_same_key_makes_one_calendar(grace):
    for _twice in range(2):
        answer = grace.post("calendars/", OFFICE, Idempotency_Key="k1")
        assert answer.status_code == 201
    assert (
        grace.post("calendars/", OFFICE).status_code == 422
    )  # the short name is taken


def test_lists_cost_the_same_however_many_there_are(
    cast, grace, django_assert_max_num_queries
):
    made(grace)
    with django_assert_max_num_queries(10) as few:
        grace.get("calendars/")
    cost = len(few)
    for n in range(8):
        grace.post("calendars/", {**NIGHTS, "slug": f"n{n}"})
    with django_assert_max_num_queries(cost):
        assert len(grace.get("calendars/").json()["results"]) == 9
