"""What is in the way of a window: beside a ticket, in a new one's form, by REST."""

from datetime import timedelta

import pytest
from django.utils import timezone

from itsm.changes.freezes import actions as freezes
from itsm.changes.models import Change
from tests.cast import AT
from tests.factories import a_change, as_, rows
from tests.itsm.checks import fresh

HOUR = timedelta(hours=1)


@pytest.fixture
def soon():
    """A whole hour in three days."""
    now = timezone.now() + timedelta(days=3)
    return now.replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def other(cast, soon):
    """A change of the VPN that is planned already."""
    (ticket,) = rows(cast, 1, type="change", service=cast.services["vpn"])
    Change.objects.create(ticket=ticket, window_start=soon, window_end=soon + 2 * HOUR)
    return ticket


@pytest.fixture
def mine(cast, soon):
    """A change of Alice's for the same time."""
    ticket = a_change(cast, service=cast.services["vpn"])
    Change.objects.filter(pk=ticket.pk).update(
        window_start=soon + HOUR, window_end=soon + 2 * HOUR
    )
    return ticket


def freeze(cast, start, end):
    return freezes.create_freeze(
        by=cast.frank,
        at=AT,
        name="Month end",
        starts_at=start,
        ends_at=end,
        time_zone="UTC",
        allows=["emergency"],
    )


def test_beside_a_change_stands_what_is_in_its_way_and_one_click_moves_it(
    cast, soon, mine, other
):
    client = as_(cast.alice)
    assert "in-the-way" in client.get(f"/changes/{mine.number}/").content.decode()
    page = client.get(f"/changes/{mine.number}/collisions/")
    html = page.content.decode()
    assert f"/changes/{other.number}/" in html
    assert "both on VPN" in html
    free = soon + 2 * HOUR
    assert f'name="window.start" value="{free.isoformat()}"' in html.replace(
        "\n", ""
    ).replace("             ", " ")
    client.post(
        f"/changes/{mine.number}/do/edit/",
        {
            "only": "window",
            "window.start": free.isoformat(),
            "window.end": (free + HOUR).isoformat(),
        },
    )
    assert fresh(mine).change.window == (free, free + HOUR)
    html = client.get(f"/changes/{mine.number}/collisions/").content.decode()
    assert "no other change, no freeze" in html


def test_a_freeze_is_in_the_way_and_named_with_its_end(cast, soon, mine):
    row = freeze(cast, soon, soon + 20 * HOUR)
    html = as_(cast.alice).get(f"/changes/{mine.number}/collisions/").content.decode()
    assert "Month end" in html
    assert f"/settings/freezes/{row.pk}/" in html
    Change.objects.filter(pk=mine.pk).update(model="emergency")
    html = as_(cast.alice).get(f"/changes/{mine.number}/collisions/").content.decode()
    assert "Month end" not in html


def test_an_unplanned_change_is_offered_a_first_window(cast, other):
    ticket = a_change(cast, service=cast.services["vpn"])
    html = as_(cast.alice).get(f"/changes/{ticket.number}/collisions/").content.decode()
    assert "No window is planned yet." in html
    assert "Plan it for" in html


def test_only_changes_that_one_sees_have_that_page(cast, mine):
    assert as_(cast.carol).get(f"/changes/{mine.number}/collisions/").status_code == 404
    incident = rows(cast, 1)[0]
    url = f"/changes/{incident.number}/collisions/"
    assert as_(cast.alice).get(url).status_code == 404


def typed(soon, **more):
    start, end = soon + HOUR, soon + 2 * HOUR
    here = {
        "type": "change",
        "service": "vpn",
        "window.start": f"{timezone.localtime(start):%Y-%m-%dT%H:%M}",
        "window.end": f"{timezone.localtime(end):%Y-%m-%dT%H:%M}",
    }
    return here | more


def test_the_form_of_a_new_change_says_it_as_soon_as_window_and_service_are_set(
    cast, soon, other
):
    client = as_(cast.alice)
    headers = {"HX-Request": "true"}
    said = client.post("/new/change/", typed(soon, show="beside"), headers=headers)
    html = said.content.decode()
    assert other.number in html
    assert "both on VPN" in html
    unsaid = typed(soon, show="beside", service="")
    said = client.post("/new/change/", unsaid, headers=headers).content.decode()
    assert other.number not in said


def test_one_click_in_the_form_takes_the_free_window(cast, soon, other):
    free = f"{timezone.localtime(soon + 2 * HOUR):%Y-%m-%dT%H:%M}"
    put = f"window.start={free}&window.end={free}&title=No"
    html = as_(cast.alice).post("/new/change/", typed(soon, put=put, title="Yes"))
    page = html.content.decode()
    assert f'value="{free}"' in page
    assert 'value="Yes"' in page  # nothing else is put


def test_programs_ask_the_same(cast, soon, mine, other):
    client = as_(cast.alice)
    told = client.get(f"/api/v1/changes/{mine.number}/collisions/").json()
    (met,) = told["collisions"]
    assert (met["number"], met["kinds"]) == (other.number, ["service"])
    free = soon + 2 * HOUR
    assert told["earliest_free"]["start"] == f"{free:%Y-%m-%dT%H:%M:%SZ}"
    span = {"start": (soon + HOUR).isoformat(), "end": (soon + 2 * HOUR).isoformat()}
    asked = client.get("/api/v1/changes/free/", span | {"service": "vpn"}).json()
    assert {one["number"] for one in asked["collisions"]} == {
        mine.number,
        other.number,
    }
    assert client.get("/api/v1/changes/free/", span).json()["collisions"] == []
    wrong = span | {"service": "nothing"}
    assert client.get("/api/v1/changes/free/", wrong).status_code == 400
    assert client.get("/api/v1/changes/free/").status_code == 400
    url = f"/api/v1/changes/{mine.number}/collisions/"
    assert as_(cast.carol).get(url).status_code == 404


def test_programs_read_the_calendar(cast, soon, mine, other):
    freeze(cast, soon, soon + 20 * HOUR)
    span = {"start": soon.isoformat(), "end": (soon + 9 * HOUR).isoformat()}
    told = as_(cast.alice).get("/api/v1/changes/calendar/", span).json()
    by_number = {one["number"]: one for one in told["changes"]}
    assert by_number[mine.number]["collides_with"] == [other.number]
    assert [one["name"] for one in told["entries"]] == ["Month end"]
    far = span | {"end": (soon + timedelta(days=101)).isoformat()}
    assert as_(cast.alice).get("/api/v1/changes/calendar/", far).status_code == 400
