"""Who sets freezes, on the page and over REST, and what is refused."""

from datetime import UTC, date, datetime, timedelta

import pytest

from itsm.changes.freezes import actions
from itsm.changes.models import Freeze
from tests.cast import AT
from tests.factories import as_
from tests.itsm.checks import forbidden, invalid

ABOUT = {
    "name": "Month end",
    "starts_at": datetime(2026, 3, 30, 18, tzinfo=UTC),
    "ends_at": datetime(2026, 4, 2, 6, tzinfo=UTC),
    "time_zone": "Europe/Berlin",
}
RAW = ABOUT | {
    "starts_at": "2026-03-30T18:00:00Z",
    "ends_at": "2026-04-02T06:00:00Z",
    "services": ["vpn"],
    "repeat": "month_end",
    "until": "2027-12-31",
    "allows": ["emergency"],
}
API = "/api/v1/freezes/"


def made(cast, **more):
    return actions.create_freeze(by=cast.frank, at=AT, **(ABOUT | more))


def test_change_authorities_process_owners_and_administrators_set_them(cast):
    for who in (cast.frank, cast.dana, cast.grace):
        actions.create_freeze(by=who, at=AT, **ABOUT)
    for who in (cast.alice, cast.bob, cast.carol):
        with forbidden():
            actions.create_freeze(by=who, at=AT, **ABOUT)
        with forbidden():
            actions.change_freeze(
                freeze=Freeze.objects.first(), by=who, at=AT, is_active=False
            )


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"ends_at": ABOUT["starts_at"]}, "ends_at"),
        ({"ends_at": ABOUT["starts_at"] + timedelta(days=400)}, "ends_at"),
        (
            {
                "repeat": "monthly",
                "ends_at": ABOUT["starts_at"] + timedelta(days=28),
            },
            "ends_at",
        ),
        ({"until": date(2027, 1, 1)}, "until"),
        ({"repeat": "yearly", "until": date(2026, 1, 1)}, "until"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"name": " "}, "name"),
    ],
)
def test_what_makes_no_sense_is_refused(cast, wrong, field):
    with invalid() as caught:
        made(cast, **wrong)
    assert field in caught.value.errors
    assert not Freeze.objects.exists()


def test_programs_set_and_change_them(cast):
    client = as_(cast.frank)
    answer = client.post(API, RAW, content_type="application/json")
    assert answer.status_code == 201
    told = answer.json()
    assert {name: told[name] for name in RAW} == RAW
    url = f"{API}{told['id']}/"
    changed = client.patch(url, {"is_active": False}, content_type="application/json")
    assert changed.json()["is_active"] is False
    assert client.get(f"{API}?service=vpn").json()["results"][0]["id"] == told["id"]
    assert client.get(f"{API}?service=printing").json()["results"] == []
    no = as_(cast.bob).patch(url, {"name": "x"}, content_type="application/json")
    assert no.status_code == 403
    assert as_(cast.carol).get(url).status_code == 404


def test_its_page_keeps_what_was_typed_and_tells_what_happened(cast):
    client = as_(cast.frank)
    form = {
        "name": "Shop season",
        "starts_at": "2026-11-20T00:00",
        "ends_at": "2027-01-03T00:00",
        "repeat": "yearly",
        "time_zone": "Europe/Berlin",
        "allows": ["emergency"],
        "services": [cast.services["vpn"].pk],
    }
    client.post("/settings/freezes/new/", form)
    row = Freeze.objects.get()
    assert (row.repeat, row.allows, row.by) == ("yearly", ["emergency"], cast.frank)
    html = client.get("/settings/freezes/").content.decode()
    assert "Shop season" in html
    assert "Every year" in html
    url = f"/settings/freezes/{row.pk}/"
    client.post(url, form | {"name": "Season", "reason": "Orders", "is_active": "on"})
    row.refresh_from_db()
    assert (row.name, row.reason) == ("Season", "Orders")
    page = client.get(url).content.decode()
    assert "Shop season" in page  # its history
    assert as_(cast.bob).post(url, form).status_code == 403
    assert as_(cast.bob).get(url).status_code == 200
