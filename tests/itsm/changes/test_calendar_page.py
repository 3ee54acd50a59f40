"""The change calendar: month, week, list; what stands in it, and who sees it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from itsm.changes.freezes import actions as freezes
from itsm.changes.models import Change
from itsm.monitoring.maintenance import actions as maintenance
from tests.cast import AT
from tests.factories import as_, rows

HOME = "/changes/calendar/"
VIEWS = ("month", "week", "list")
NIGHT = datetime(2026, 3, 10, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
ON = "date=2026-03-10"


@pytest.fixture
def plan(cast):
    """Plans a change of the VPN."""

    def made(start=NIGHT, length=2 * HOUR, model="normal", risk="", **fields):
        about = {"service": cast.services["vpn"], "title": "Firmware"} | fields
        (ticket,) = rows(cast, 1, type="change", **about)
        Change.objects.create(
            ticket=ticket,
            model=model,
            risk=risk,
            window_start=start,
            window_end=start + length,
        )
        return ticket

    return made


def shown(user, view="month", query=""):
    found = as_(user).get(f"{HOME}?view={view}&{ON}&{query}")
    assert found.status_code == 200
    return found.content.decode()


@pytest.mark.parametrize("view", VIEWS)
def test_a_planned_change_stands_in_every_view(cast, plan, view):
    ticket = plan()
    html = shown(cast.alice, view)
    assert f"/changes/{ticket.number}/" in html
    assert "Firmware" in html


@pytest.mark.parametrize("view", VIEWS)
def test_a_restricted_change_is_shown_only_to_who_may_see_it(cast, plan, view):
    ticket = plan(restricted=True, owner=cast.erin)
    plan(NIGHT + HOUR)
    assert ticket.number not in shown(cast.alice, view)
    assert ticket.number in shown(cast.erin, view)


def test_requesters_have_no_calendar(cast):
    assert as_(cast.carol).get(HOME).status_code == 403
    assert as_(cast.carol).get("/api/v1/changes/calendar/").status_code == 403


def test_what_was_called_off_does_not_stand_in_it(cast, plan):
    gone = plan(state="cancelled", state_category="cancelled")
    done = plan(state="closed", state_category="closed")
    html = shown(cast.alice)
    assert gone.number not in html
    assert done.number in html


@pytest.mark.parametrize("view", VIEWS)
def test_two_that_collide_name_each_other(cast, plan, view):
    one, other = plan(), plan(NIGHT + HOUR)
    html = shown(cast.alice, view)
    assert f"collides with {other.number}" in html
    assert f"collides with {one.number}" in html


def test_collisions_ahead_are_told_with_what_both_share(cast, plan):
    soon = timezone.now().replace(hour=12) + timedelta(days=2)
    one, other = plan(soon), plan(soon + HOUR, service=cast.services["sign-in"])
    html = as_(cast.alice).get(f"{HOME}?date={soon:%Y-%m-%d}").content.decode()
    assert "1 collision ahead" in html
    assert "VPN depends on Sign-in" in html
    assert html.count(f"/changes/{one.number}/") == 2
    assert html.count(f"/changes/{other.number}/") == 2


def test_filters_leave_out_others_but_still_name_what_collides(cast, plan):
    plan(team=cast.teams["desk"], title="Of the desk")
    other = plan(NIGHT + HOUR, team=cast.teams["network"], title="Of the network")
    html = shown(cast.alice, query="team=desk")
    assert "Of the desk" in html
    assert f"collides with {other.number}" in html
    assert f'href="/changes/{other.number}/"' not in html
    assert "Of the desk" not in shown(cast.alice, query="service=printing")
    assert "Of the desk" not in shown(cast.alice, query="model=standard")
    assert "Of the desk" in shown(cast.alice, query="model=normal&service=vpn")


def test_a_day_shows_a_few_and_says_how_many_more(cast, plan):
    for n in range(6):
        plan(NIGHT + timedelta(minutes=n), service=None, title=f"Number {n}")
    html = shown(cast.alice)
    assert "3 more" in html
    assert "Number 2" in html
    assert "Number 3" not in html
    listed = shown(cast.alice, "list")
    assert all(f"Number {n}" in listed for n in range(6))


def test_the_count_is_of_the_month_alone(cast, plan):
    plan()
    plan(datetime(2026, 4, 2, 9, tzinfo=UTC))  # in the grid, not in the month
    assert 'aria-current="page" data-key="m" data-verb="month">Month <b>1</b>' in (
        shown(cast.alice)
    )


@pytest.mark.parametrize("view", VIEWS)
def test_freezes_maintenance_and_holidays_stand_in_it(cast, plan, view):
    about = {"time_zone": "Europe/Berlin", "services": [cast.services["vpn"]]}
    freezes.create_freeze(
        by=cast.grace,
        at=AT,
        name="ERP month end",
        starts_at=NIGHT,
        ends_at=NIGHT + 30 * HOUR,
        **about,
    )
    maintenance.announce(
        by=cast.bob,
        at=AT,
        name="Gateways are cleaned",
        services=[cast.services["vpn"]],
        starts_at=NIGHT,
        ends_at=NIGHT + HOUR,
    )
    html = shown(cast.alice, view)
    assert "ERP month end" in html
    assert "Gateways are cleaned" in html
    assert "ERP month end" not in shown(cast.alice, view, "service=printing")


@pytest.mark.parametrize("view", VIEWS)
def test_it_asks_as_often_for_a_hundred_changes_as_for_many(cast, view):
    def some(n):
        found = rows(cast, n, type="change", service=cast.services["vpn"])
        Change.objects.bulk_create(
            Change(
                ticket=ticket,
                window_start=NIGHT + (place % 400) * HOUR,
                window_end=NIGHT + (place % 400 + 1) * HOUR,
            )
            for place, ticket in enumerate(found)
        )

    def count():
        client = as_(cast.alice)
        client.get(f"{HOME}?view={view}&{ON}")
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"{HOME}?view={view}&{ON}").status_code == 200
        return len(asked)

    some(100)
    few = count()
    some(1900)
    assert count() == few
    assert few <= 16


def test_nonsense_in_the_address_is_as_if_it_were_not_there(cast):
    client = as_(cast.alice)
    for query in ("date=2026-99-99", "view=x", "date=0001-01-01", "service=%00"):
        assert client.get(f"{HOME}?{query}").status_code == 200
